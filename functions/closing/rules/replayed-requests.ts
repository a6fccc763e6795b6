import {
  type IsExcluded,
  type JudgedHour,
  type JudgedRow,
  measureCrowd,
  type Rule,
  slateItem,
  type UserHour,
} from './rule.ts'

/** Items of slates that the user was shown after another user, in the same request. */
function copiedItems({ firstShown }: JudgedHour, user: UserHour): Set<string> {
  const copied = new Set<string>()
  for (const [place, { type, timeMs }] of user.rows.entries()) {
    const id = user.slateItems[place]!
    if (type !== 'impression' || id === null) continue
    const shown = firstShown.get(id)
    if (shown !== undefined && shown.user !== user.user && shown.timeMs < timeMs) copied.add(id)
  }
  return copied
}

/** Whether most of the crowd's users with slates copy slates of others: then the log names no requests, but pages. */
function isShared(crowd: readonly UserHour[], copied: readonly ReadonlySet<string>[]): boolean {
  const users = crowd.filter(({ rows }) =>
    rows.some(({ type, request }) => type === 'impression' && request !== null),
  )
  return 2 * copied.filter(({ size }) => size > 0).length > users.length
}

const isSameEvent = (a: JudgedRow, b: JudgedRow): boolean =>
  a.item === b.item &&
  a.request === b.request &&
  a.type === b.type &&
  a.outcome === b.outcome &&
  a.position === b.position &&
  a.value === b.value

/** Further copies of an event under other ids: same request, item, place and instant. */
function findRepeats({ rows }: UserHour): Set<JudgedRow> {
  const repeats = new Set<JudgedRow>()
  /** Different events of one instant, by item. */
  const instant = new Map<string, JudgedRow[]>()
  for (const [place, row] of rows.entries()) {
    if (row.timeMs !== rows[place - 1]?.timeMs) instant.clear()
    if (row.request === null) continue
    const same = instant.get(row.item)
    if (!same) instant.set(row.item, [row])
    else if (same.some((other) => isSameEvent(row, other))) repeats.add(row)
    else same.push(row)
  }
  return repeats
}

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
      const copied = isSilent ? new Set<string>() : measured.of(user)
      const repeats = findRepeats(user)
      if (copied.size === 0 && repeats.size === 0) return null
      return (row) => repeats.has(row) || (row.request !== null && copied.has(slateItem(row)))
    }
  },
}
