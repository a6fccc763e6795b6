import type { CurrentRow } from '../contract/registry.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { Registry } from './registry.ts'

/** Another writer changed CURRENT first. A retry reads it again and decides on what it says then. */
export class LostRace extends QuartermasterError {
  /** `fence`: what this writer expected; null where it expected that nothing is released yet. */
  constructor(fence: number | null) {
    const expected = fence === null ? 'no release yet' : `fence ${fence}`
    super(
      `another writer came between: expected ${expected} in CURRENT; what is served was not changed, look at it and ask again`,
    )
  }
}

/**
 * Writes CURRENT on condition of the fence that was read (null: there is no row yet, and `change` is
 * all of it). Raises the fence and clears the lease, so that every other writer loses its right to
 * change anything; a `change` may name either. Null: another writer was first.
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

/** As `tryChange`. Throws LostRace where another writer was first. */
export async function changeCurrent(
  registry: Registry,
  current: CurrentRow | null,
  change: Partial<CurrentRow>,
): Promise<CurrentRow> {
  const row = await tryChange(registry, current, change)
  if (!row) throw new LostRace(current?.fence ?? null)
  return row
}
