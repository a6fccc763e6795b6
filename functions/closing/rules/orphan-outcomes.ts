import { type JudgedRow, medianOf, type Rule, type UserHour } from './rule.ts'
import { addAct, type MarkedByName, openShares } from './shares.ts'

/**
 * Share of the requests with a person's outcome whose impressions lie outside the hour, or were lost. An
 * outcome that comes hours later, such as a purchase, has a higher share, which the crowd shows.
 */
const OUTSIDE_SHARE = 0.1

/** What the user was shown in this hour: items of requests, and items. */
function findShown({ rows, slateItems }: UserHour) {
  const items = new Set<string>()
  const ofSlates = new Set<number>()
  for (const [place, row] of rows.entries()) {
    if (row.type !== 'impression') continue
    items.add(row.item)
    if (slateItems[place]! >= 0) ofSlates.add(slateItems[place]!)
  }
  return { items, ofSlates }
}
/** Whether an outcome was not shown. `id` is its number of an item of a slate. */
const isOrphan = (
  { items, ofSlates }: ReturnType<typeof findShown>,
  { item, request }: JudgedRow,
  id: number,
): boolean => (request === null ? !items.has(item) : !ofSlates.has(id))

/** Requests with an outcome, or items for outcomes without a request. Those that were not shown are marked. */
function countRequests(user: UserHour): MarkedByName {
  const counts: MarkedByName = new Map()
  if (!user.rows.some(({ type }) => type === 'outcome')) return counts
  const shown = findShown(user)
  const seen = new Map<string, Set<string>>()
  for (const [place, row] of user.rows.entries()) {
    if (row.type !== 'outcome') continue
    const name = row.outcome ?? ''
    // Several outcomes of one slate are one observation: the slate is in this hour, or it is not.
    const unit = row.request ?? `of ${row.item}`
    const seenBefore = seen.get(name) ?? new Set()
    if (seenBefore.has(unit)) continue
    seen.set(name, seenBefore.add(unit))
    addAct(counts, name, isOrphan(shown, row, user.slateItems[place]!))
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
      return (row) =>
        row.type === 'outcome' &&
        names.has(row.outcome ?? '') &&
        isOrphan(shown, row, hour.slateItems.find(row))
    }
  },
}
