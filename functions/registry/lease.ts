import type { CurrentRow } from '../contract/registry.ts'
import { isoSeconds } from '../contract/time.ts'
import { tryChange } from './change-current.ts'
import type { Registry } from './registry.ts'

export interface TakenLease {
  /** The token that this writer's changes must carry; null where it may not write. */
  fence: number | null
  /** Why not. */
  reason: string | null
}

/**
 * Makes `owner` the scene's only writer until `untilMs`, by one conditional write that raises the
 * fence. A lease that is free or expired at `nowMs` is taken, and its holder can
 * change nothing from then on; the owner's own stands. Time is the run's, not the clock's.
 */
export async function takeLease(
  registry: Registry,
  current: CurrentRow,
  owner: string,
  nowMs: number,
  untilMs: number,
): Promise<TakenLease> {
  const { lease, fence } = current
  if (lease?.owner === owner) return { fence, reason: null }
  if (lease && lease.untilMs > nowMs)
    return {
      fence: null,
      reason: `${lease.owner} is writing until ${isoSeconds(lease.untilMs)}: the interval joins the next run's`,
    }
  const taken = await tryChange(registry, current, { lease: { owner, untilMs } })
  if (taken) return { fence: taken.fence, reason: null }
  // The same run, delivered twice at once: either delivery writes under the one lease.
  const now = await registry.current()
  if (now?.lease?.owner === owner) return { fence: now.fence, reason: null }
  return { fence: null, reason: "another writer was first: the interval joins the next run's" }
}

/** Gives the lease back. A holder that was replaced has none to give. */
export async function giveLeaseBack(registry: Registry, fence: number | null): Promise<void> {
  if (fence === null) return
  const current = await registry.current()
  if (current?.fence === fence && current.lease)
    // The fence stays: nobody else has been promised anything.
    await tryChange(registry, current, { fence })
}
