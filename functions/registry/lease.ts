import type { CurrentRow } from '../contract/registry.ts'
import { isoSeconds } from '../contract/time.ts'
import { tryChange } from './change-current.ts'
import type { Registry } from './registry.ts'

export interface TakenLease {
  /** The token that this writer's changes must carry; null where it may not write. */
  fence: number | null
  /** Why it may not write; null where it may. */
  reason: string | null
}

/**
 * Makes `owner` the scene's only writer until `untilMs`, by one conditional write that raises the
 * fence. It takes over a lease that has expired at `nowMs`; the former holder can then change
 * nothing. A lease that the owner holds already is kept. Times are event times, not the clock's.
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
      reason: `${lease.owner} holds the lease until ${isoSeconds(lease.untilMs)}: the next run also takes this interval`,
    }
  const taken = await tryChange(registry, current, { lease: { owner, untilMs } })
  if (taken) return { fence: taken.fence, reason: null }
  // The same run may be delivered twice at the same time. Both deliveries write under one lease.
  const now = await registry.current()
  if (now?.lease?.owner === owner) return { fence: now.fence, reason: null }
  return {
    fence: null,
    reason: 'another writer took the lease first: the next run also takes this interval',
  }
}

/** Releases the lease. Does nothing for a holder that has lost it. */
export async function releaseLease(registry: Registry, fence: number | null): Promise<void> {
  if (fence === null) return
  const current = await registry.current()
  if (current?.fence === fence && current.lease)
    // The fence stays the same: no other writer holds a token.
    await tryChange(registry, current, { fence })
}
