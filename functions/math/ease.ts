import { factorize, invert } from './cholesky.ts'

/**
 * EASE (Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", equations 7 and 8): the item to
 * item weights B that rebuild each user's items from the user's other items with the least squared error
 * and l2·‖B‖², where no item may rebuild itself. Closed form: P = (XᵀX + l2·I)⁻¹, B = −P / diag(P) by column.
 *
 * Replaces `gram` = XᵀX (n × n, row-major, symmetric) by B: row i has what a seen item i adds to the score of
 * each item. Its diagonal is 0. n³ / 2 products; no memory besides. Throws RangeError where l2 is not above 0,
 * or the matrix is no Gram matrix.
 */
export function easeWeights(gram: Float64Array, n: number, l2: number): void {
  if (!(l2 > 0)) throw new RangeError(`l2 is ${l2}; expected a number above 0`)
  for (let i = 0; i < n; i++) gram[i * n + i]! += l2
  factorize(gram, n)
  invert(gram, n)
  const scale = Float64Array.from({ length: n }, (_, i) => -1 / gram[i * n + i]!)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) gram[i * n + j]! *= scale[j]!
    gram[i * n + i] = 0
  }
}
