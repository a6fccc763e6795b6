import { InvalidInput } from '../../core/errors.ts'

/** Products of two vectors of this length are far inside of f32. */
const MAX_LENGTH = 1e18
/** A vector this near to length 1 is taken as it is, so that what has been scaled once is not changed again. */
const UNIT_TOLERANCE = 1e-6

/**
 * The squared length. Throws InvalidInput, with the name of the vector, for another number of dimensions, a
 * number that is not finite, and a length above 1e18.
 */
export function squaredLength(vector: Float32Array, dimensions: number, name: string): number {
  if (vector.length !== dimensions)
    throw new InvalidInput(`${name}: got ${vector.length} dimensions, expected ${dimensions}`)
  let squares = 0
  for (let i = 0; i < dimensions; i++) squares += vector[i]! * vector[i]!
  if (squares <= MAX_LENGTH ** 2) return squares
  const at = vector.findIndex((x) => !Number.isFinite(x))
  throw new InvalidInput(
    at < 0
      ? `${name}: got a length of ${Math.sqrt(squares)}, expected at most 1e18`
      : `${name}: got ${vector[at]} in dimension ${at}, expected a finite number`,
  )
}

/** The bias, if it is finite and at most 1e18. */
export function checkBias(bias: number, name: string): number {
  if (Math.abs(bias) <= MAX_LENGTH) return bias
  throw new InvalidInput(`${name}: got a bias of ${bias}, expected at most 1e18`)
}

/** Writes the vector at length 1. A vector of zeros stays zeros. */
export function setUnit(target: Float32Array, vector: Float32Array, squares: number): void {
  const isScaled = squares === 0 || Math.abs(squares - 1) <= UNIT_TOLERANCE
  const scale = isScaled ? 1 : 1 / Math.sqrt(squares)
  for (let i = 0; i < vector.length; i++) target[i] = vector[i]! * scale
}

/**
 * Writes [vector, bias, rest] / radius, where rest makes its length 1 (Bachrach et al. 2014, section 4.1,
 * "Speeding up the Xbox recommender system using a Euclidean transformation for inner-product spaces").
 * Its inner product with [query, 1, 0] orders as query · vector + bias does, and so does its cosine. `radius`
 * is the length of the longest [vector, bias]; a longer one than that has a rest of 0.
 */
export function setAugmented(
  target: Float32Array,
  { vector, bias, squares }: { vector: Float32Array; bias: number; squares: number },
  radius: number,
): void {
  const { length } = vector
  const scale = radius > 0 ? 1 / radius : 0
  for (let i = 0; i < length; i++) target[i] = vector[i]! * scale
  target[length] = bias * scale
  target[length + 1] = Math.sqrt(Math.max(0, 1 - (squares + bias * bias) * scale * scale))
}

/** What a query adds to its own dimensions to find the greatest product plus bias. */
export const QUERY_TAIL: readonly number[] = [1, 0]
