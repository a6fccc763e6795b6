import { readHistories } from './histories.ts'
import type { Interactions, Method, Recommender } from './interactions.ts'

/** Scores an item by its decayed number of users: each counts once, by the strongest event. */
function popularity(interactions: Interactions): Recommender {
  const { targets, weights } = readHistories(interactions)
  const users = new Float64Array(interactions.items.length)
  for (const [e, item] of targets.entries()) users[item]! += weights[e]!
  const scoreOf = users.map((count) => (count > 0 ? count : Number.NEGATIVE_INFINITY))
  return { name: 'popularity', scoreFor: (_user, scores) => scores.set(scoreOf) }
}

/** The same order for all users. */
export const popularityMethod: Method = {
  name: 'popularity',
  grid: [{}],
  prepare: (interactions) => () => popularity(interactions),
}
