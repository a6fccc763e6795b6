import { recommendByProducts } from './inner-products.ts'
import type { Method, Recommender } from './interactions.ts'

/** Vectors of one space, in the numbering of the interactions. */
export interface WalkVectors {
  /** users × d, row-major: `in` of each user. A row of zeros: the user has none. */
  userIn: Float32Array
  /** items × d, row-major: `out` of each item. A row of zeros: the item has none. */
  itemOut: Float32Array
  /** items: the weighted degree in the graph. */
  degree: Float64Array
}

/**
 * Scores in(user)·out(item) + popularityWeight · log(1 + degree(item)). An item without a vector has no score,
 * so that it is not recommended for its degree alone.
 */
export function deepWalkRecommender(
  { userIn, itemOut, degree }: WalkVectors,
  popularityWeight: number,
): Recommender {
  const dimensions = itemOut.length / Math.max(1, degree.length)
  const prior = degree.map((edges, item) =>
    itemOut.subarray(item * dimensions, (item + 1) * dimensions).some((x) => x !== 0)
      ? popularityWeight * Math.log1p(edges)
      : Number.NEGATIVE_INFINITY,
  )
  return recommendByProducts('deepwalk', userIn, itemOut, prior)
}

/**
 * DeepWalk's recommender of vectors that are trained already. They must not have seen the events that it is
 * chosen or judged on.
 */
export const deepWalkMethod = (vectors: WalkVectors, popularityWeight: number): Method => ({
  name: 'deepwalk',
  grid: [{ popularityWeight }],
  prepare: () => () => deepWalkRecommender(vectors, popularityWeight),
})
