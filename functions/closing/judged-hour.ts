import { shardOf } from '../math/hash.ts'
import {
  type JudgedHour,
  type JudgedRow,
  type Shown,
  slateItem,
  type UserHour,
} from './rules/rule.ts'

/** A user with more events has no vote in the crowd, so that one flood does not fill the memory. */
const MAX_EVENTS_PER_VOTE = 5000

/**
 * Whether a user belongs to the crowd that the rules compare with: all users of an hour of up to `crowdEvents`
 * events, and of a larger one a half, a quarter and so on by hash. It does not depend on how the hour is cut.
 */
export function openCrowd(events: number, crowdEvents: number): (user: string) => boolean {
  let parts = 1
  while (events > parts * crowdEvents) parts *= 2
  return (user) => shardOf(user, parts) === 0
}

const byTime = <R extends JudgedRow>(rows: readonly R[]): R[] =>
  [...rows].sort((a, b) => a.timeMs - b.timeMs || (a.event < b.event ? -1 : 1))

/** Rows by user, in order of time. Of equal times, those of earlier closings come first. */
export function groupByUser(
  kept: readonly JudgedRow[],
  rows: readonly JudgedRow[],
): Map<string, UserHour> {
  const byUser = new Map<string, JudgedRow[]>()
  for (const list of [byTime(kept), byTime(rows)])
    for (const row of list) {
      const found = byUser.get(row.user)
      if (found) found.push(row)
      else byUser.set(row.user, [row])
    }
  const users = new Map<string, UserHour>()
  for (const [user, list] of byUser) {
    if (kept.length > 0) list.sort((a, b) => a.timeMs - b.timeMs)
    const slateItems = list.map((row) => (row.request === null ? null : slateItem(row)))
    users.set(user, { user, rows: list, slateItems })
  }
  return users
}

/** The users with a vote. */
export const votersOf = (users: Iterable<UserHour>): UserHour[] =>
  [...users].filter(({ rows }) => rows.length <= MAX_EVENTS_PER_VOTE)

/** Collects the crowd's rows. Of a user with too many, it keeps one more than a vote may have. */
export function collectVotes(isOfCrowd: (user: string) => boolean) {
  const counts = new Map<string, number>()
  const rows: JudgedRow[] = []
  return {
    rows,
    add(row: JudgedRow): void {
      if (!isOfCrowd(row.user)) return
      const count = (counts.get(row.user) ?? 0) + 1
      counts.set(row.user, count)
      if (count <= MAX_EVENTS_PER_VOTE + 1) rows.push(row)
    },
  }
}

/** Notes the first impression of an item of a slate. Equal times are decided by the user's name. */
export function noteShown(
  firstShown: Map<string, Shown>,
  id: string,
  { user, timeMs }: Shown,
): void {
  const first = firstShown.get(id)
  if (!first || timeMs < first.timeMs || (timeMs === first.timeMs && user < first.user))
    firstShown.set(id, { timeMs, user })
}

/** What the rules need of an hour whose rows are all at hand. */
export function wholeHour(
  rows: readonly JudgedRow[],
  kept: readonly JudgedRow[],
  events: number,
  isOfCrowd: (user: string) => boolean = () => true,
): JudgedHour {
  const users = groupByUser(kept, rows)
  const firstShown = new Map<string, Shown>()
  for (const { rows: list, slateItems } of users.values())
    for (const [place, row] of list.entries())
      if (row.type === 'impression' && slateItems[place] !== null)
        noteShown(firstShown, slateItems[place]!, row)
  const crowd = votersOf(users.values()).filter(({ user }) => isOfCrowd(user))
  return { events, crowd, firstShown, users }
}
