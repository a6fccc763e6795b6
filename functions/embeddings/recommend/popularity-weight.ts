import { deepWalkRecommender, type WalkVectors } from './deep-walk.ts'
import { type HeldOut, judgedUsers } from './judge.ts'
import { maskKnown } from './known.ts'

/** Users that α is chosen on, at most: their inner products with all items are the cost. */
const MAX_USERS = 2000

const GRID = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3]

/** The place of an item in a ranking, from 0; k or more where it is beyond k. NaN ranks nowhere. */
function placeOf(scores: Float64Array, item: number): number {
  const own = scores[item]!
  if (!(own > Number.NEGATIVE_INFINITY)) return Number.POSITIVE_INFINITY
  let place = 0
  for (let other = 0; other < scores.length; other++)
    if (scores[other]! > own || (scores[other] === own && other < item)) place++
  return place
}

/**
 * The α of in(user)·out(item) + α·log(1 + degree(item)) that gives held-out events the best NDCG@k; the least
 * of equals. The vectors must not have seen these events.
 */
export function choosePopularityWeight(
  vectors: WalkVectors,
  heldOut: HeldOut,
  grid: readonly number[] = GRID,
  k = 10,
): number {
  const plain = deepWalkRecommender(vectors, 0)
  const gains = new Float64Array(grid.length)
  const products = new Float64Array(vectors.degree.length)
  const scores = new Float64Array(vectors.degree.length)
  const logDegree = vectors.degree.map((degree) => Math.log1p(degree))
  for (const user of judgedUsers(heldOut, MAX_USERS)) {
    plain.scoreFor(user, products)
    maskKnown(heldOut.known, user, products)
    for (const [g, alpha] of grid.entries()) {
      for (let item = 0; item < scores.length; item++)
        scores[item] = products[item]! + alpha * logDegree[item]!
      const place = placeOf(scores, heldOut.events[user]!)
      if (place < k) gains[g]! += 1 / Math.log2(place + 2)
    }
  }
  return grid[gains.indexOf(Math.max(...gains))]!
}
