/**
 * How a vector follows from its neighbours' vectors and its content. An entity's vector is N(content's prediction,
 * the spread of cross-fitted errors), and each neighbour's `in` is a noisy linear vote for it. All are views of one
 * block of (4 d + 3) × d numbers: `mean`, `voteMean`, `intercept`, `gain`, `precision`, `plainPrior`, `contentPrior`.
 */
export interface PlacementModel {
  dimensions: number
  numbers: Float32Array
  /** d: of the trained vectors, and of their neighbours' vectors. */
  mean: Float32Array
  voteMean: Float32Array
  /** d: the intercept of the prediction by content. */
  intercept: Float32Array
  /** d × d: what one vote adds, and by how much it adds to the precision. */
  gain: Float32Array
  precision: Float32Array
  /** d × d: the inverse spread of vectors around `mean`, and around the prediction by content. */
  plainPrior: Float32Array
  contentPrior: Float32Array
}

/** Numbers of a model's block. */
export const placementNumbers = (dimensions: number): number => (4 * dimensions + 3) * dimensions

/** A model as views of its block. */
export function placementModelOf(numbers: Float32Array, dimensions: number): PlacementModel {
  const row = (at: number): Float32Array => numbers.subarray(at * dimensions, (at + 1) * dimensions)
  const square = (n: number): Float32Array => {
    const from = (3 + n * dimensions) * dimensions
    return numbers.subarray(from, from + dimensions * dimensions)
  }
  return {
    ...{ dimensions, numbers },
    ...{ mean: row(0), voteMean: row(1), intercept: row(2) },
    ...{ gain: square(0), precision: square(1), plainPrior: square(2), contentPrior: square(3) },
  }
}
