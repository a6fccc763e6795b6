import { rowMatrix } from '../../math/dot-rows.ts'
import type { ItemSimilarity } from './interactions.ts'

/** A copy with rows of length 1. A row of zeros, or with a number that is not finite, becomes NaN. */
function normalize(vectors: Float32Array, dimensions: number): Float32Array {
  const unit = new Float32Array(vectors.length)
  for (let from = 0; from < vectors.length; from += dimensions) {
    let squares = 0
    for (let f = from; f < from + dimensions; f++) squares += vectors[f]! ** 2
    const length = Math.sqrt(squares)
    for (let f = from; f < from + dimensions; f++) unit[f] = vectors[f]! / length
  }
  return unit
}

/** Cosine of the `in` vectors of items (items × dimensions, row-major). A row of zeros is like no item. */
export function similarByVectors(itemIn: Float32Array, dimensions: number): ItemSimilarity {
  const unit = normalize(itemIn, dimensions)
  const matrix = rowMatrix(unit, dimensions)
  const clean = (cosine: number): number =>
    Number.isFinite(cosine) ? cosine : Number.NEGATIVE_INFINITY
  return {
    name: 'deepwalk',
    scoreFor(item, scores) {
      const cosines = matrix.scoresOf(matrix.row(item))
      for (let other = 0; other < matrix.rows; other++) scores[other] = clean(cosines[other]!)
      scores[item] = Number.NEGATIVE_INFINITY
    },
    scoreItems(item, candidates, scores) {
      for (let i = 0; i < candidates.length; i++) {
        let cosine = 0
        for (let f = 0; f < dimensions; f++)
          cosine += unit[item * dimensions + f]! * unit[candidates[i]! * dimensions + f]!
        scores[i] = candidates[i] === item ? Number.NEGATIVE_INFINITY : clean(cosine)
      }
    },
  }
}
