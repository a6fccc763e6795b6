import { factorize, invert, solve } from './cholesky.ts'

/**
 * A hidden vector y ~ N(m, S) that is seen through noisy votes x ~ N(x̄ + Aᵀ(y − ȳ), Ψ), and what is known of y after
 * n votes (Bishop 2006, "Pattern Recognition and Machine Learning", equations 2.113 to 2.117). The posterior's
 * precision is S⁻¹ + n·AΨ⁻¹Aᵀ: it depends on the number of votes alone.
 */
export interface VoteModel {
  /** AΨ⁻¹ and AΨ⁻¹Aᵀ: d × d, row-major. */
  gain: Float64Array
  precision: Float64Array
}

/**
 * Adds d·`share` times the mean variance to a covariance of few rows, so that it can be inverted: with many rows
 * almost nothing, with few it becomes a sphere (Ledoit & Wolf 2004 shrink to the same target).
 */
function shrink(covariance: Float64Array, d: number, rows: number): Float64Array {
  let trace = 0
  for (let i = 0; i < d; i++) trace += covariance[i * (d + 1)]!
  const [own, sphere] = [rows / (rows + d), d / (rows + d)]
  const shrunk = covariance.map((value) => own * value)
  // A variance of zero (equal rows) has no inverse: then everything is as precise as f32 can tell.
  const floor = Math.max(trace / d, 1e-12)
  for (let i = 0; i < d; i++) shrunk[i * (d + 1)]! += sphere * floor + 1e-6 * floor
  return shrunk
}

/** Σ residualᵀ·residual / rows of `rows` × d residuals that `residual` writes row by row. */
export function covarianceOf(
  rows: number,
  d: number,
  residual: (row: number, into: Float64Array) => void,
): Float64Array {
  const covariance = new Float64Array(d * d)
  const row = new Float64Array(d)
  for (let r = 0; r < rows; r++) {
    residual(r, row)
    for (let i = 0; i < d; i++) {
      const value = row[i]!
      for (let j = 0; j <= i; j++) covariance[i * d + j]! += value * row[j]!
    }
  }
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      covariance[i * d + j]! /= Math.max(1, rows)
      covariance[j * d + i] = covariance[i * d + j]!
    }
  return covariance
}

/** The inverse of a covariance of `rows` rows, shrunk. d × d. */
export function precisionOf(covariance: Float64Array, d: number, rows: number): Float64Array {
  const matrix = shrink(covariance, d, rows)
  factorize(matrix, d)
  invert(matrix, d)
  return matrix
}

/** `map` is A: d × d, row-major, a row for each number of y. `noise` is Ψ, found on `rows` votes of different y. */
export function voteModel(
  map: Float64Array,
  noise: Float64Array,
  d: number,
  rows: number,
): VoteModel {
  const factor = shrink(noise, d, rows)
  const turned = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) turned[j * d + i] = map[i * d + j]!
  factorize(factor, d)
  solve(factor, d, turned, d)
  const gain = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) gain[i * d + j] = turned[j * d + i]!
  const precision = new Float64Array(d * d)
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) {
      const value = gain[i * d + k]!
      for (let j = 0; j < d; j++) precision[i * d + j]! += value * map[j * d + k]!
    }
  return { gain, precision }
}
