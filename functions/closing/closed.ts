import type {
  ClosingHour,
  ExcludedUsers,
  HourAccount,
  UNCLOSED_REASONS,
} from '../contract/accounts.ts'
import type { EventRow } from '../contract/rows.ts'

/** What one closing leaves of an hour, or of a shard of it. */
export interface Closed {
  kept: EventRow[]
  users: ExcludedUsers
  account: HourAccount
}

/** What one call may hold. */
export interface Limits {
  /** Of rows, as read-hour.ts estimates them. */
  heldBytes: number
  /** Of a sharded hour: events whose copies are compared at a time, some 300 bytes each. */
  idsPerPass: number
}
export const LIMITS: Limits = { heldBytes: 1.4e9, idsPerPass: 2_000_000 }

export function closed(
  { hourMs, lane, cleanKeys }: ClosingHour,
  decided: Pick<Closed, 'kept' | 'users'> &
    Pick<HourAccount, 'accepted' | 'duplicates' | 'excluded'>,
): Closed {
  const { kept, users, accepted, duplicates, excluded } = decided
  const counts = { accepted, kept: kept.length, duplicates, excluded }
  return { kept, users, account: { hourMs, lane, ...counts, files: cleanKeys } }
}

/** Nothing is kept, and the account says why. */
export const unclosed = (
  hour: ClosingHour,
  accepted: number,
  reason: (typeof UNCLOSED_REASONS)[number],
): Closed =>
  closed(hour, { kept: [], users: {}, accepted, duplicates: 0, excluded: { [reason]: accepted } })
