import { singularValues } from './svd.ts'

/** Pairs of rows, as they are added to the sum that a rotation is found from. */
export interface RowPairs {
  dimensions: number
  /** Σ weight · xᵀy: dimensions × dimensions, row-major. */
  products: Float64Array
}

export const createRowPairs = (dimensions: number): RowPairs => ({
  dimensions,
  products: new Float64Array(dimensions * dimensions),
})

/** Adds one pair: row x is to be rotated to row y. Both are `dimensions` numbers of a matrix from an offset on. */
export function addRowPair(
  { dimensions, products }: RowPairs,
  x: Float32Array,
  xFrom: number,
  y: Float32Array,
  yFrom: number,
  weight: number,
): void {
  for (let i = 0; i < dimensions; i++) {
    const scaled = weight * x[xFrom + i]!
    const row = i * dimensions
    for (let j = 0; j < dimensions; j++) products[row + j]! += scaled * y[yFrom + j]!
  }
}

/**
 * The orthogonal matrix R (row-major) that minimizes Σ weight · |x·R − y|² over the pairs: R = U·Vᵀ with
 * Σ weight · xᵀy = U·S·Vᵀ (Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem"). It may
 * reflect. All numbers must be finite.
 */
export function bestRotation({ dimensions: n, products }: RowPairs): Float64Array {
  const { u, v } = singularValues(products, n)
  const rotation = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += u[i * n + k]! * v[j * n + k]!
      rotation[i * n + j] = sum
    }
  return rotation
}

/** The rows of a matrix (n × dimensions, row-major) times a square matrix, in a new matrix. */
export function rotateRows(
  rows: Float32Array,
  rotation: Float64Array,
  dimensions: number,
): Float32Array {
  const rotated = new Float32Array(rows.length)
  const sums = new Float64Array(dimensions)
  for (let from = 0; from < rows.length; from += dimensions) {
    sums.fill(0)
    for (let i = 0; i < dimensions; i++) {
      const value = rows[from + i]!
      const row = i * dimensions
      for (let j = 0; j < dimensions; j++) sums[j]! += value * rotation[row + j]!
    }
    rotated.set(sums, from)
  }
  return rotated
}
