import { rowMatrix } from '../../math/dot-rows.ts'
import type { Recommender } from './interactions.ts'

/**
 * Scores user · item + `prior` of the item. Vectors are row-major, users × dimensions and items × dimensions;
 * the items' are copied (4 bytes a number). −∞ in `prior`: the item has no score.
 */
export function recommendByProducts(
  name: string,
  users: Float32Array,
  items: Float32Array,
  prior: Float64Array,
): Recommender {
  const dimensions = items.length / Math.max(1, prior.length)
  const matrix = rowMatrix(items, Math.max(1, dimensions))
  const vectorOf = (user: number): Float32Array =>
    users.subarray(user * dimensions, (user + 1) * dimensions)
  return {
    name,
    scoreFor(user, scores) {
      const products = matrix.scoresOf(vectorOf(user))
      for (let item = 0; item < prior.length; item++) scores[item] = products[item]! + prior[item]!
    },
    scoreItems(user, candidates, scores) {
      const vector = vectorOf(user)
      for (let i = 0; i < candidates.length; i++) {
        const from = candidates[i]! * dimensions
        let product = prior[candidates[i]!]!
        for (let f = 0; f < dimensions; f++) product += vector[f]! * items[from + f]!
        scores[i] = product
      }
    },
  }
}
