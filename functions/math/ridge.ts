import { factorize, solve } from './cholesky.ts'

/**
 * Ridge regression with several outputs and an intercept that is not penalized (Hastie, Tibshirani & Friedman
 * 2009, "The Elements of Statistical Learning", section 3.4.1). It needs only sums over the rows: the sums of two
 * sets of rows add up to those of both. So a model for each fold costs no pass over the rows.
 */

/** Of rows x (inputs) and y (outputs). */
export interface RidgeSums {
  inputs: number
  outputs: number
  rows: number
  /** Σx: inputs. Σy: outputs. */
  x: Float64Array
  y: Float64Array
  /** Σxxᵀ, the lower triangle: inputs × inputs, row-major. */
  xx: Float64Array
  /** Σxyᵀ: inputs × outputs, row-major. */
  xy: Float64Array
  /** Σ|y|². */
  yy: number
}

export interface RidgeModel {
  /** inputs × outputs, row-major. */
  weights: Float64Array
  /** outputs. */
  intercept: Float64Array
}

export const emptySums = (inputs: number, outputs: number): RidgeSums => ({
  inputs,
  outputs,
  rows: 0,
  x: new Float64Array(inputs),
  y: new Float64Array(outputs),
  xx: new Float64Array(inputs * inputs),
  xy: new Float64Array(inputs * outputs),
  yy: 0,
})

/** Adds one row. `x` and `y` are read from `xAt` and `yAt` on. */
export function addRow(
  sums: RidgeSums,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  xAt = 0,
  yAt = 0,
): void {
  const { inputs, outputs } = sums
  sums.rows++
  for (let o = 0; o < outputs; o++) {
    const value = y[yAt + o]!
    sums.y[o]! += value
    sums.yy += value * value
  }
  for (let i = 0; i < inputs; i++) {
    const value = x[xAt + i]!
    if (value === 0) continue
    sums.x[i]! += value
    for (let j = 0; j <= i; j++) sums.xx[i * inputs + j]! += value * x[xAt + j]!
    for (let o = 0; o < outputs; o++) sums.xy[i * outputs + o]! += value * y[yAt + o]!
  }
}

/** The sums of two sets of rows. */
export function combineSums(sums: RidgeSums, other: RidgeSums): RidgeSums {
  const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i]!)
  return {
    inputs: sums.inputs,
    outputs: sums.outputs,
    rows: sums.rows + other.rows,
    x: add(sums.x, other.x),
    y: add(sums.y, other.y),
    xx: add(sums.xx, other.xx),
    xy: add(sums.xy, other.xy),
    yy: sums.yy + other.yy,
  }
}

/** Σ(x − x̄)(x − x̄)ᵀ, the lower triangle. */
function centredSquares({ inputs, rows, x, xx }: RidgeSums): Float64Array {
  const centred = xx.slice()
  for (let i = 0; i < inputs; i++)
    for (let j = 0; j <= i; j++) centred[i * inputs + j]! -= (x[i]! * x[j]!) / rows
  return centred
}

/**
 * The mean square of a centred input over all rows and inputs: what `penalty` is relative to. 0 without rows, or
 * where inputs are constant.
 */
function meanSquare({ inputs, rows, x, xx }: RidgeSums): number {
  if (rows === 0) return 0
  let sum = 0
  for (let i = 0; i < inputs; i++) sum += xx[i * (inputs + 1)]! - (x[i]! * x[i]!) / rows
  return Math.max(0, sum) / inputs
}

/**
 * Minimizes Σ|y − Wᵀx − b|² + λ|W|², with λ = `penalty` × the mean sum of squares of a centred input; so the same
 * penalty means the same for few and many rows. Constant inputs, or no rows: W is 0 and b is the mean.
 * inputs³ / 6 + inputs² · outputs products.
 */
export function solveRidge(sums: RidgeSums, penalty: number): RidgeModel {
  const { inputs, outputs, rows } = sums
  const weights = new Float64Array(inputs * outputs)
  const intercept = sums.y.map((sum) => (rows === 0 ? 0 : sum / rows))
  const scale = meanSquare(sums)
  if (!(scale > 0)) return { weights, intercept }
  const matrix = centredSquares(sums)
  for (let i = 0; i < inputs; i++) matrix[i * (inputs + 1)]! += penalty * scale
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++)
      weights[i * outputs + o] = sums.xy[i * outputs + o]! - (sums.x[i]! * sums.y[o]!) / rows
  factorize(matrix, inputs)
  solve(matrix, inputs, weights, outputs)
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++)
      intercept[o]! -= weights[i * outputs + o]! * (sums.x[i]! / rows)
  return { weights, intercept }
}

/** Σ|y − Wᵀx − b|² over the rows of `sums`, without reading them. */
export function squaredError({ weights, intercept }: RidgeModel, sums: RidgeSums): number {
  const { inputs, outputs, rows } = sums
  let error = sums.yy
  for (let o = 0; o < outputs; o++)
    error += rows * intercept[o]! * intercept[o]! - 2 * intercept[o]! * sums.y[o]!
  // Wᵀ(Σxxᵀ)W, by symmetry twice the part below the diagonal and once the diagonal.
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) {
      const weight = weights[i * outputs + o]!
      error += 2 * weight * (intercept[o]! * sums.x[i]! - sums.xy[i * outputs + o]!)
    }
    for (let j = 0; j <= i; j++) {
      let product = 0
      for (let o = 0; o < outputs; o++)
        product += weights[i * outputs + o]! * weights[j * outputs + o]!
      error += (j < i ? 2 : 1) * product * sums.xx[i * inputs + j]!
    }
  }
  return Math.max(0, error)
}

/** Writes Wᵀx + b into `into` from `at` on. */
export function predictRidge(
  { weights, intercept }: Readonly<Record<keyof RidgeModel, ArrayLike<number>>>,
  x: ArrayLike<number>,
  xAt: number,
  inputs: number,
  into: Float32Array | Float64Array,
  at: number,
): void {
  const outputs = intercept.length
  for (let o = 0; o < outputs; o++) {
    let sum = intercept[o]!
    for (let i = 0; i < inputs; i++) sum += weights[i * outputs + o]! * x[xAt + i]!
    into[at + o] = sum
  }
}
