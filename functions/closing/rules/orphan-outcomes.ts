import { medianOf, type Rule, slateItem, type UserHour } from './rule.ts'
import { addAct, type MarkedByName, openShares } from './shares.ts'

/**
 * Share of the requests with a person's outcome whose impressions lie outside the hour, or were lost. An
 * outcome that comes hours later, such as a purchase, has a higher share, which the crowd shows.
 */
const OUTSIDE_SHARE = 0.1

/** What the user was shown in this hour: items of requests, and items. */
function findShown({ rows, slateItems }: UserHour): Set<string> {
  const shown = new Set<string>()
  for (const [place, row] of rows.entries()) {
    if (row.type !== 'impression') continue
    shown.add(row.item)
    const id = slateItems[place]!
    if (id !== null) shown.add(id)
  }
  return shown
}
const isOrphan = (shown: ReadonlySet<string>, row: UserHour['rows'][number]): boolean =>
  row.type === 'outcome' && !shown.has(row.request === null ? row.item : slateItem(row))

/** Requests with an outcome, or items for outcomes without a request. Those that were not shown are marked. */
function countRequests(user: UserHour): MarkedByName {
  const counts: MarkedByName = new Map()
  if (!user.rows.some(({ type }) => type === 'outcome')) return counts
  const shown = findShown(user)
  const seen = new Set<string>()
  for (const row of user.rows) {
    if (row.type !== 'outcome') continue
    const name = row.outcome ?? ''
    // Several outcomes of one slate are one observation: the slate is in this hour, or it is not.
    const unit = `${name}\n${row.request ?? `of ${row.item}`}`
    if (seen.has(unit)) continue
    seen.add(unit)
    addAct(counts, name, isOrphan(shown, row))
  }
  return counts
}

/** The share of the user's outcomes that name a request. */
const linkedShare = ({ rows }: UserHour): number[] => {
  const outcomes = rows.filter(({ type }) => type === 'outcome')
  if (outcomes.length === 0) return []
  return [outcomes.filter(({ request }) => request !== null).length / outcomes.length]
}

/**
 * Excludes outcomes without an impression, of a user that has many. Null model: each request with an
 * outcome has its impressions outside the hour with the chance OUTSIDE_SHARE, or with that of the hour's
 * median user if it is higher. It is silent if the median user's outcomes name no request, since then the
 * log does not say which impression an outcome belongs to. A few late outcomes are never found.
 */
export const orphanOutcomes: Rule = {
  reason: 'orphan_outcome',
  remembersUsers: false,
  open(hour) {
    if (medianOf(hour.crowd.flatMap(linkedShare), 0) < 0.5) return () => null
    const findNames = openShares(hour, OUTSIDE_SHARE, countRequests)
    return (user) => {
      const names = new Set(findNames(user))
      if (names.size === 0) return null
      const shown = findShown(user)
      return (row) => names.has(row.outcome ?? '') && isOrphan(shown, row)
    }
  },
}
