import { shardOf } from '../math/hash.ts'
import type { JudgedHour, JudgedRow, Shown, UserHour } from './rules/rule.ts'
import { createSlateItems, type SlateItems } from './slate-items.ts'

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
  slateItems: SlateItems,
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
    users.set(user, { user, rows: list, slateItems: list.map(slateItems.codeOf) })
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
  firstShown: (Shown | undefined)[],
  id: number,
  { user, timeMs }: Shown,
): void {
  const first = firstShown[id]
  if (!first || timeMs < first.timeMs || (timeMs === first.timeMs && user < first.user))
    firstShown[id] = { timeMs, user }
}

/** What the rules need of an hour whose rows are all at hand. */
export function wholeHour(
  rows: readonly JudgedRow[],
  kept: readonly JudgedRow[],
  events: number,
  isOfCrowd: (user: string) => boolean = () => true,
): JudgedHour {
  const slateItems = createSlateItems()
  const users = groupByUser(kept, rows, slateItems)
  const firstShown = new Array<Shown | undefined>(slateItems.size).fill(undefined)
  for (const { rows: list, slateItems: ids } of users.values())
    for (let place = 0; place < list.length; place++)
      if (list[place]!.type === 'impression' && ids[place]! >= 0)
        noteShown(firstShown, ids[place]!, list[place]!)
  const crowd = votersOf(users.values()).filter(({ user }) => isOfCrowd(user))
  return { events, crowd, slateItems, firstShown, users }
}
