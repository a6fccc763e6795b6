import {
  type IsExcluded,
  type JudgedHour,
  type JudgedRow,
  measureCrowd,
  type Rule,
  type UserHour,
} from './rule.ts'

/** Items of slates that the user was shown after another user, in the same request. */
function copiedItems({ firstShown }: JudgedHour, user: UserHour): ReadonlySet<number> {
  let copied: Set<number> | null = null
  for (const [place, { type, timeMs }] of user.rows.entries()) {
    const id = user.slateItems[place]!
    if (type !== 'impression' || id < 0) continue
    const shown = firstShown[id]
    if (shown !== undefined && shown.user !== user.user && shown.timeMs < timeMs)
      copied = (copied ?? new Set()).add(id)
  }
  return copied ?? NONE
}

/** Whether most of the crowd's users with slates copy slates of others: then the log names no requests, but pages. */
function isShared(crowd: readonly UserHour[], copied: readonly ReadonlySet<number>[]): boolean {
  const users = crowd.filter(({ rows }) =>
    rows.some(({ type, request }) => type === 'impression' && request !== null),
  )
  return 2 * copied.filter(({ size }) => size > 0).length > users.length
}

/** Of events about one item of a slate, at one instant. */
const isSameEvent = (a: JudgedRow, b: JudgedRow): boolean =>
  a.type === b.type && a.outcome === b.outcome && a.position === b.position && a.value === b.value

/** Further copies of an event under other ids: same request, item, place and instant. */
function findRepeats({ rows, slateItems }: UserHour): Set<JudgedRow> {
  const repeats = new Set<JudgedRow>()
  /** Different events of one instant, by the item of their slate. */
  let instant = new Map<number, JudgedRow[]>()
  for (const [place, row] of rows.entries()) {
    const isFirst = row.timeMs !== rows[place - 1]?.timeMs
    // Most events have an instant of their own.
    if (isFirst && row.timeMs !== rows[place + 1]?.timeMs) continue
    if (isFirst) instant = new Map()
    const id = slateItems[place]!
    if (id < 0) continue
    const same = instant.get(id)
    if (!same) instant.set(id, [row])
    else if (same.some((other) => isSameEvent(row, other))) repeats.add(row)
    else same.push(row)
  }
  return repeats
}
const NONE: ReadonlySet<number> = new Set()

/**
 * Excludes replayed events. A request belongs to one user (functions/contract/events.ts), so an item of its slate
 * that was shown to another user before is a replay, with its outcomes. So is an event that repeats another of
 * its request to the millisecond and in the same place. Both are exact, so there is no chance to bound. Only an
 * outcome under another user, as after a sign-in, is no replay. It is silent without requests, and
 * the first part is silent if most users share the requests of others.
 */
export const replayedRequests: Rule = {
  reason: 'replayed_request',
  remembersUsers: false,
  open(hour) {
    const measured = measureCrowd(hour.crowd, (user) => copiedItems(hour, user))
    const isSilent = isShared(hour.crowd, measured.all)
    return (user): IsExcluded | null => {
      const copied = isSilent ? NONE : measured.of(user)
      const repeats = findRepeats(user)
      if (copied.size === 0 && repeats.size === 0) return null
      return (row) => repeats.has(row) || copied.has(hour.slateItems.find(row))
    }
  },
}
