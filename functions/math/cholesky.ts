import { PAIR, productOfRows, productsOfRows, ROWS } from './row-products.ts'

/**
 * Cholesky's decomposition A = L·Lᵀ of a symmetric positive definite matrix, and what is solved with it
 * (Golub & Van Loan 2013, "Matrix Computations", section 4.2). Matrices are n × n, row-major, f64.
 */

/** Row `row` of L from column `from` on; the columns before it are done. */
function finishRow(matrix: Float64Array, n: number, row: number, from: number): void {
  for (let c = from; c <= row; c++) {
    const rest = matrix[row * n + c]! - productOfRows(matrix, n, row, c, 0, c)
    if (c < row) matrix[row * n + c] = rest / matrix[c * n + c]!
    else if (rest > 0) matrix[row * n + c] = Math.sqrt(rest)
    else throw new RangeError(`pivot ${c} of ${n} is ${rest}: the matrix is not positive definite`)
  }
}

/** Columns before `row` of rows `row` to `row + 3`. */
function fillRows(matrix: Float64Array, n: number, row: number, sums: Float64Array): void {
  for (let c = 0; c < row; c += PAIR) {
    productsOfRows(matrix, n, row, c, 0, c, sums)
    const [pivot, next, below] = [
      matrix[c * n + c]!,
      matrix[(c + 1) * n + c + 1]!,
      matrix[(c + 1) * n + c]!,
    ]
    for (let i = 0; i < ROWS; i++) {
      const at = (row + i) * n + c
      const left = (matrix[at]! - sums[i]!) / pivot
      matrix[at] = left
      matrix[at + 1] = (matrix[at + 1]! - sums[ROWS + i]! - left * below) / next
    }
  }
}

/**
 * Replaces the lower triangle of `matrix` by L. The part above the diagonal is neither read nor written.
 * n³ / 6 products. Throws RangeError where the matrix is not positive definite or has a NaN; its lower
 * triangle is then lost.
 */
export function factorize(matrix: Float64Array, n: number): void {
  const sums = new Float64Array(ROWS * PAIR)
  let row = 0
  for (; row + ROWS <= n; row += ROWS) {
    fillRows(matrix, n, row, sums)
    for (let r = row; r < row + ROWS; r++) finishRow(matrix, n, r, row)
  }
  for (; row < n; row++) finishRow(matrix, n, row, 0)
}

/**
 * Replaces `rhs` (n × columns, row-major) by A⁻¹·rhs. `factor` has the L of `factorize`. n² products
 * a column.
 */
export function solve(factor: Float64Array, n: number, rhs: Float64Array, columns: number): void {
  for (let r = 0; r < n; r++) {
    const into = r * columns
    for (let k = 0; k < r; k++) {
      const weight = factor[r * n + k]!
      for (let c = 0; c < columns; c++) rhs[into + c]! -= weight * rhs[k * columns + c]!
    }
    for (let c = into; c < into + columns; c++) rhs[c]! /= factor[r * n + r]!
  }
  for (let r = n - 1; r >= 0; r--) {
    const from = r * columns
    for (let c = from; c < from + columns; c++) rhs[c]! /= factor[r * n + r]!
    for (let k = 0; k < r; k++) {
      const weight = factor[r * n + k]!
      for (let c = 0; c < columns; c++) rhs[k * columns + c]! -= weight * rhs[from + c]!
    }
  }
}

/** Writes (L⁻¹)ᵀ above the diagonal, where 1 / L's diagonal is `inverse`. */
function invertFactor(matrix: Float64Array, n: number, inverse: Float64Array): void {
  const sums = new Float64Array(ROWS * PAIR)
  /** Column c of row r. `sum` has the products from column `from` on; the products before it are added. */
  const finish = (r: number, c: number, sum: number, from: number): void => {
    let rest = sum + matrix[c * n + r]! * inverse[r]!
    for (let k = r + 1; k < from; k++) rest += matrix[r * n + k]! * matrix[c * n + k]!
    matrix[r * n + c] = -rest * inverse[c]!
  }
  for (let row = 0; row < n; row += ROWS) {
    const end = Math.min(n, row + ROWS)
    for (let r = row; r < end; r++) for (let c = r + 1; c < end; c++) finish(r, c, 0, c)
    let c = end
    for (; c + PAIR <= n; c += PAIR) {
      productsOfRows(matrix, n, row, c, end, c, sums)
      for (let r = row; r < end; r++) {
        finish(r, c, sums[r - row]!, end)
        const last = matrix[r * n + c]! * matrix[(c + 1) * n + c]!
        finish(r, c + 1, sums[ROWS + r - row]! + last, end)
      }
    }
    for (; c < n; c++)
      for (let r = row; r < end; r++) finish(r, c, productOfRows(matrix, n, r, c, end, c), end)
  }
}

/** Columns before `row` of rows `row` and `row + 1` of A⁻¹: inner products of rows of (L⁻¹)ᵀ from there on. */
function fillInverse(matrix: Float64Array, n: number, row: number, sums: Float64Array): void {
  const next = row + 1
  let c = 0
  for (; c + ROWS <= row; c += ROWS) {
    productsOfRows(matrix, n, c, row, next, n, sums)
    for (let i = 0; i < ROWS; i++) {
      const first = matrix[row * n + row]! * matrix[(c + i) * n + row]!
      matrix[row * n + c + i] = first + sums[i]!
      matrix[next * n + c + i] = sums[ROWS + i]!
    }
  }
  for (; c < row; c++) {
    matrix[row * n + c] = productOfRows(matrix, n, row, c, row, n)
    matrix[next * n + c] = productOfRows(matrix, n, next, c, next, n)
  }
  matrix[next * n + row] = productOfRows(matrix, n, next, row, next, n)
}

/**
 * Replaces `matrix` by A⁻¹, both triangles, where its lower triangle has the L of `factorize`. In place:
 * L⁻¹ is written above the diagonal, then A⁻¹ = (L⁻¹)ᵀ·L⁻¹ over L. n³ / 3 products.
 */
export function invert(matrix: Float64Array, n: number): void {
  const inverse = Float64Array.from({ length: n }, (_, i) => 1 / matrix[i * n + i]!)
  invertFactor(matrix, n, inverse)
  for (let i = 0; i < n; i++) matrix[i * n + i] = inverse[i]!
  const diagonal = Float64Array.from({ length: n }, (_, i) => productOfRows(matrix, n, i, i, i, n))
  const sums = new Float64Array(ROWS * PAIR)
  let row = 0
  for (; row + PAIR <= n; row += PAIR) fillInverse(matrix, n, row, sums)
  for (let c = 0; c < row && row < n; c++)
    matrix[row * n + c] = productOfRows(matrix, n, row, c, row, n)
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = diagonal[i]!
    for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j]!
  }
}
