import { type Draws, drawsFor } from '../draws.ts'
import type { Item } from '../item.ts'
import type { WorldOptions } from '../options.ts'
import type { Tastes } from '../people.ts'
import type { Query } from '../search/queries.ts'
import type { Request } from '../surface.ts'
import { weightedChoice } from '../weighted-choice.ts'
import { openPassageRanking } from './passage-ranking.ts'
import { createQuestions } from './questions.ts'

/** Chunks that the app finds for a question. */
const FOUND = 20
/** Popular questions among which the hour's trend decides. */
const CANDIDATES = 3

/** What people ask, and what the app finds. Both depend on the person and the moment alone. */
export interface Asking {
  popular(draws: Draws): Query
  queryOf(request: Request): Query
  /** In the app's order. Another attempt finds others. */
  find(request: Request, query: Query, attempt?: number): Item[]
}

export function openAsking({ seed, items: count }: WorldOptions, tastes: Tastes): Asking {
  const rank = openPassageRanking()
  const popular = weightedChoice(createQuestions({ seed, items: count }), ({ weight }) => weight)
  return {
    popular,
    queryOf({ person, timeMs }) {
      const draws = drawsFor(seed, 'question', person.n, timeMs)
      const candidates = Array.from({ length: CANDIDATES }, () => popular(draws))
      return weightedChoice(candidates, ({ intent }) =>
        Math.exp(intent === null ? 0 : tastes.trend(intent.department, timeMs)),
      )(draws)
    },
    find({ person, timeMs, items }, { text }, attempt = 0) {
      return rank(drawsFor(seed, 'retrieved', person.n, timeMs, attempt), text, items, FOUND)
    },
  }
}
