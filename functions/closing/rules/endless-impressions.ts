import { limitOf } from './limit.ts'
import { everyEvent, levelOf, type Rule, type UserHour } from './rule.ts'

/** Ten times the impressions of the median user are at least a thousand times rarer. */
const LEAST_TAIL = 1 / 3
/** A person who sees one item every four seconds for the whole hour. Fewer impressions are never too many. */
const LEAST_LIMIT = 900

const countImpressions = ({ rows }: UserHour): number =>
  rows.reduce((sum, { type }) => sum + (type === 'impression' ? 1 : 0), 0)

/**
 * Excludes all events of a user with more impressions in the hour than any person sees. Null model: a Pareto
 * tail above the crowd's median, see `limitOf`.
 */
export const endlessImpressions: Rule = {
  reason: 'endless_impressions',
  remembersUsers: true,
  open(hour) {
    const counts = hour.crowd.map(countImpressions).filter((count) => count > 0)
    const limit = Math.max(LEAST_LIMIT, limitOf(counts, LEAST_TAIL, levelOf(hour)))
    return (user) => (countImpressions(user) > limit ? everyEvent : null)
  },
}
