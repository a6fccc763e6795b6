import { everyEvent, type Rule, type UserHour } from './rule.ts'
import { addAct, type MarkedByName, openShares } from './shares.ts'

/**
 * Seeing a slate, choosing one of its items and moving the hand takes a person more than this. (Choice
 * among eight takes about half a second without the movement: Hick 1952, figure 1.)
 */
const LEAST_DELAY_MS = 300
/** Share of a person's outcomes that come sooner all the same: a tap that was under way as the slate changed. */
const STRAY_SHARE = 0.05

/** First outcomes of the user's own impressions. Those that came too soon are marked. */
function countDelays({ rows, slateItems }: UserHour): MarkedByName {
  const delays: MarkedByName = new Map()
  if (!rows.some(({ type }) => type === 'outcome')) return delays
  const shownMs = new Map<number, number>()
  const ended = new Map<string, Set<number>>()
  for (const [place, row] of rows.entries()) {
    const id = slateItems[place]!
    if (id < 0) continue
    if (row.type === 'impression') {
      if (!shownMs.has(id)) shownMs.set(id, row.timeMs)
      continue
    }
    const name = row.outcome ?? ''
    const since = shownMs.get(id)
    const endedBefore = ended.get(name) ?? new Set()
    if (since === undefined || endedBefore.has(id)) continue
    ended.set(name, endedBefore.add(id))
    addAct(delays, name, row.timeMs - since < LEAST_DELAY_MS)
  }
  return delays
}

/**
 * Excludes all events of a user whose outcomes follow their impressions sooner than a person can act.
 * Null model: each first outcome of an impression comes too soon with the chance STRAY_SHARE, or with that
 * of the hour's median user if it is higher: an app may report an outcome itself, and a log may give both
 * events one time. It is silent without requests.
 */
export const impossibleDelays: Rule = {
  reason: 'impossible_delay',
  remembersUsers: true,
  open(hour) {
    const findNames = openShares(hour, STRAY_SHARE, countDelays)
    return (user) => (findNames(user).length > 0 ? everyEvent : null)
  },
}
