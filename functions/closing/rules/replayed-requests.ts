import {
  type IsExcluded,
  type JudgedHour,
  type JudgedRow,
  type Rule,
  slateItem,
  type UserHour,
} from './rule.ts'

/** Whether an impression repeats one that another user had before, in the same request. */
function isCopy({ firstShown }: JudgedHour, row: JudgedRow): boolean {
  if (row.type !== 'impression' || row.request === null) return false
  const shown = firstShown.get(slateItem(row))
  return shown !== undefined && shown.user !== row.user && shown.timeMs < row.timeMs
}

/** Items of slates that the user copied from another. */
const copiedItems = (hour: JudgedHour, { rows }: UserHour): Set<string> =>
  new Set(rows.filter((row) => isCopy(hour, row)).map(slateItem))

/** Whether most of the crowd's users with slates copy slates of others: then the log names no requests, but pages. */
function isShared(hour: JudgedHour): boolean {
  let users = 0
  let copiers = 0
  for (const user of hour.crowd) {
    if (!user.rows.some(({ type, request }) => type === 'impression' && request !== null)) continue
    users++
    if (copiedItems(hour, user).size > 0) copiers++
  }
  return 2 * copiers > users
}

/** Further copies of an event under other ids: same request, item, place and instant. */
function openRepeats({ rows }: UserHour): Set<JudgedRow> {
  const seen = new Set<string>()
  const repeats = new Set<JudgedRow>()
  for (const row of rows) {
    if (row.request === null) continue
    const { type, outcome, position, value, timeMs } = row
    const content = `${slateItem(row)}\n${type}\n${outcome}\n${position}\n${value}\n${timeMs}`
    if (seen.has(content)) repeats.add(row)
    seen.add(content)
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
    const isSilent = isShared(hour)
    return (user): IsExcluded | null => {
      const copied = isSilent ? new Set<string>() : copiedItems(hour, user)
      const repeats = openRepeats(user)
      if (copied.size === 0 && repeats.size === 0) return null
      return (row) => repeats.has(row) || (row.request !== null && copied.has(slateItem(row)))
    }
  },
}
