import type { CurrentRow } from '../contract/registry.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { Registry } from './registry.ts'

/** Another writer changed CURRENT first. A retry reads CURRENT again and decides again. */
export class LostRace extends QuartermasterError {
  /** `fence` is what this writer expected; null where it expected no release. */
  constructor(fence: number | null) {
    const expected = fence === null ? 'no release yet' : `fence ${fence}`
    super(
      `another writer changed CURRENT first: expected ${expected}; this request did not change what is served, so check what is served and retry`,
    )
  }
}

/**
 * Writes CURRENT if its fence is still that of `current`. Where `current` is null, there is no row
 * yet and `change` is the whole row. The write raises the fence and clears the lease, so that no
 * other writer can change anything; `change` may set both. Null where another writer was first.
 */
export async function tryChange(
  registry: Registry,
  current: CurrentRow | null,
  change: Partial<CurrentRow>,
): Promise<CurrentRow | null> {
  const fence = current?.fence ?? null
  const row = { ...current, fence: (fence ?? 0) + 1, lease: null, ...change } as CurrentRow
  return (await registry.change(row, fence)) ? row : null
}

/** The same. Throws LostRace where another writer was first. */
export async function changeCurrent(
  registry: Registry,
  current: CurrentRow | null,
  change: Partial<CurrentRow>,
): Promise<CurrentRow> {
  const row = await tryChange(registry, current, change)
  if (!row) throw new LostRace(current?.fence ?? null)
  return row
}
