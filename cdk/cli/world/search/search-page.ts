import { drawsFor } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import type { Tastes } from '../people.ts'
import { examination, type Moment, type Surface, sigmoid } from '../surface.ts'
import { weightedChoice } from '../weighted-choice.ts'
import { createQueries, type Query } from './queries.ts'
import { gradeOf } from './relevance.ts'
import { openTextRanking } from './text-ranking.ts'

/** Log-odds of a click on a result that is looked at, by its grade. */
const BY_GRADE = [-4, -2.6, -1, 0.6] as const
/** Popular queries among which a person's taste and the hour's trend decide. */
const CANDIDATES = 4

/** What a person searches for at a moment. */
function openQueries(options: WorldOptions, tastes: Tastes): (moment: Moment) => Query {
  const choosePopular = weightedChoice(createQueries(options), ({ weight }) => weight)
  return ({ person, timeMs }) => {
    // Of the moment alone: an attack asks for a slate, and then visits with the same query.
    const draws = drawsFor(options.seed, 'query', person.n, timeMs)
    const interest = ({ intent }: Query): number =>
      intent === null
        ? 0
        : 0.6 * tastes.of(person, intent.department, timeMs) +
          tastes.trend(intent.department, timeMs)
    const candidates = Array.from({ length: CANDIDATES }, () => choosePopular(draws))
    return weightedChoice(candidates, (query) => Math.exp(interest(query)))(draws)
  }
}

/** Pages of search results: people click on what they meant, and on what looks good. */
export function openSearchPage(options: WorldOptions, tastes: Tastes): Surface {
  const rank = openTextRanking()
  const queryAt = openQueries(options, tastes)
  const asked = new WeakMap<Moment, Query>()
  const queryOf = (moment: Moment): Query => {
    const query = asked.get(moment) ?? queryAt(moment)
    asked.set(moment, query)
    return query
  }
  const choosePopular = weightedChoice(createQueries(options), ({ weight }) => weight)
  return {
    slate: (moment) => rank(moment.draws, queryOf(moment).text, moment.items),
    context: (moment) => ({ query: queryOf(moment).text }),
    chance(moment, item, position) {
      const { intent } = queryOf(moment)
      const trend = intent === null ? 0 : 0.5 * tastes.trend(intent.department, moment.timeMs)
      return examination(position) * sigmoid(BY_GRADE[gradeOf(intent, item)] + trend + item.quality)
    },
    logged(event) {
      if (event.type !== 'impression' || event.context?.['query'] !== undefined) return event
      // A cheat searches too. Impressions of one request have one query.
      const draws = drawsFor(options.seed, 'cheat-query', event.requestId ?? event.eventId!)
      return { ...event, context: { ...event.context, query: choosePopular(draws).text } }
    },
  }
}
