import { drawsFor } from '../draws.ts'
import type { Item } from '../item.ts'
import type { WorldOptions } from '../options.ts'
import type { Tastes } from '../people.ts'
import { examination, type Request, type Surface, sigmoid } from '../surface.ts'
import { weightedChoice } from '../weighted-choice.ts'
import { createQueries, type Query } from './queries.ts'
import { gradeOf } from './relevance.ts'
import { openTextRanking } from './text-ranking.ts'

/** Results that the app finds for a query, and those of them on the page. */
const FOUND = 30
const SHOWN = 10
/** Log-odds of a click on a result that is looked at, by its grade. */
const BY_GRADE = [-3.6, -2.2, -0.6, 1] as const
/** Popular queries among which a person's taste and the hour's trend decide. */
const CANDIDATES = 4

/** Pages of search results: people click on what they meant, and on what looks good. */
export function openSearchPage(options: WorldOptions, tastes: Tastes): Surface {
  const rank = openTextRanking()
  const choosePopular = weightedChoice(createQueries(options), ({ weight }) => weight)
  const interest = ({ intent }: Query, { person, timeMs }: Request): number =>
    intent === null
      ? 0
      : 0.6 * tastes.of(person, intent.department, timeMs) + tastes.trend(intent.department, timeMs)

  // An attack asks for a slate, and then visits with the same query.
  const asked = new WeakMap<Request, Query>()
  function queryOf(request: Request): Query {
    const known = asked.get(request)
    if (known) return known
    const draws = drawsFor(options.seed, 'query', request.person.n, request.timeMs)
    const candidates = Array.from({ length: CANDIDATES }, () => choosePopular(draws))
    const query = weightedChoice(candidates, (one) => Math.exp(interest(one, request)))(draws)
    asked.set(request, query)
    return query
  }
  function find(request: Request): Item[] {
    const draws = drawsFor(options.seed, 'results', request.person.n, request.timeMs)
    return rank(draws, queryOf(request).text, request.items, FOUND)
  }
  return {
    found: (request) =>
      find(request).map((item) => ({
        ...{ itemId: item.id, grade: gradeOf(queryOf(request).intent, item) },
      })),
    slate: (moment) => find(moment).slice(0, SHOWN),
    context: (moment) => ({ query: queryOf(moment).text }),
    chance(moment, item, position) {
      const { intent } = queryOf(moment)
      const trend = intent === null ? 0 : 0.5 * tastes.trend(intent.department, moment.timeMs)
      return examination(position) * sigmoid(BY_GRADE[gradeOf(intent, item)] + trend + item.quality)
    },
    logged(event) {
      const isClick = event.type === 'outcome' && event.outcome === 'click'
      if (event.type !== 'impression' && !isClick) return event
      if (event.context?.['query'] !== undefined) return event
      // A cheat searches too. Impressions and clicks of one request have one query.
      const draws = drawsFor(options.seed, 'cheat-query', event.requestId ?? event.eventId!)
      return { ...event, context: { ...event.context, query: choosePopular(draws).text } }
    },
  }
}
