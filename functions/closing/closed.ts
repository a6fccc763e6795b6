import type {
  ClosingHour,
  ExcludedUsers,
  HourAccount,
  UNCLOSED_REASONS,
} from '../contract/accounts.ts'
import type { UserCounts } from '../contract/removed.ts'
import type { EventRow } from '../contract/rows.ts'
import { countDrops } from './drop-counts.ts'

/** The result of closing an hour, or a shard of it. */
export interface Closed {
  kept: EventRow[]
  users: ExcludedUsers
  account: HourAccount
}

/** What one call may hold in memory. */
export interface Limits {
  /** Bytes of rows, as read-hour.ts estimates them. */
  heldBytes: number
  /**
   * For an hour in shards: how many events are checked for copies at a time, about 300 bytes each.
   */
  idsPerPass: number
  /** Events of the users that the rules take for the crowd, about 400 bytes each beside those of a shard. */
  crowdEvents: number
}
export const LIMITS: Limits = { heldBytes: 1.4e9, idsPerPass: 2_000_000, crowdEvents: 250_000 }

export function closed(
  { hourMs, lane, cleanKeys }: ClosingHour,
  decided: Pick<Closed, 'kept' | 'users'> &
    Pick<HourAccount, 'accepted' | 'duplicates' | 'excluded'> & { counts?: UserCounts },
): Closed {
  const { kept, users, accepted, duplicates, excluded, counts } = decided
  const numbers = { accepted, kept: kept.length, duplicates, excluded }
  const drops = countDrops(kept)
  const account = { hourMs, lane, ...numbers, ...(counts && { users: counts }) }
  return { kept, users, account: { ...account, files: cleanKeys, drops } }
}

/** The result for an hour of which nothing is kept. The account has the reason. */
export const unclosed = (
  hour: ClosingHour,
  accepted: number,
  reason: (typeof UNCLOSED_REASONS)[number],
): Closed =>
  closed(hour, { kept: [], users: {}, accepted, duplicates: 0, excluded: { [reason]: accepted } })
