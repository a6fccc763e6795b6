import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { covarianceOf, principalComponents } from '../../functions/math/pca.ts'
import {
  addRowPair,
  bestRotation,
  createRowPairs,
  rotateRows,
} from '../../functions/math/procrustes.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { singularValues } from '../../functions/math/svd.ts'
import { normals, orthogonal } from '../make/normals.ts'

type Matrix = Float64Array
const multiply = (a: ArrayLike<number>, b: ArrayLike<number>, n: number): Matrix =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let k = 0; k < n; k++) sum += a[i * n + k]! * b[k * n + j]!
    return sum
  })
const transpose = (a: ArrayLike<number>, n: number): Matrix =>
  Float64Array.from({ length: n * n }, (_, at) => a[(at % n) * n + Math.floor(at / n)]!)
const identity = (n: number): Matrix =>
  Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0))
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(0, ...Array.from(a, (value, at) => Math.abs(value - b[at]!)))

const expectOrthogonal = (a: Matrix, n: number) =>
  expect(distance(multiply(transpose(a, n), a, n), identity(n))).toBeLessThan(1e-10)

describe('the singular value decomposition', () => {
  test('Its factors multiply to the matrix', () => {
    const numbers = fc.double({ min: -1e3, max: 1e3, noNaN: true })
    const matrices = fc
      .integer({ min: 1, max: 12 })
      .chain((n) => fc.array(numbers, { minLength: n * n, maxLength: n * n }))
    fc.assert(
      fc.property(matrices, (values) => {
        const n = Math.sqrt(values.length)
        const { u, s, v } = singularValues(Float64Array.from(values), n)
        const scaled = u.map((value, at) => value * s[at % n]!)
        expect(distance(multiply(scaled, transpose(v, n), n), values)).toBeLessThan(1e-8)
        expectOrthogonal(u, n)
        expectOrthogonal(v, n)
        expect([...s].every((value, at) => value >= 0 && value <= (s[at - 1] ?? value))).toBe(true)
      }),
    )
  })

  test('A singular matrix has orthogonal factors, too', () => {
    const n = 9
    const [x, y] = [normals(n, 1), normals(n, 2)]
    const rankOne = Float64Array.from(
      { length: n * n },
      (_, at) => x[Math.floor(at / n)]! * y[at % n]!,
    )
    for (const matrix of [rankOne, new Float64Array(n * n)]) {
      const { u, s, v } = singularValues(matrix, n)
      expectOrthogonal(u, n)
      expectOrthogonal(v, n)
      expect(s.subarray(1).every((value) => value < 1e-12)).toBe(true)
    }
    expect(singularValues(rankOne, n).s[0]).toBeCloseTo(Math.hypot(...x) * Math.hypot(...y), 10)
  })

  test('Singular values are the known ones of a product', () => {
    const n = 20
    const known = Float64Array.from({ length: n }, (_, at) => 3 ** (5 - at))
    const left = orthogonal(n, 3).map((value, at) => value * known[at % n]!)
    const { s } = singularValues(multiply(left, orthogonal(n, 4), n), n)
    expect(distance(s, known)).toBeLessThan(1e-10)
  })
})

describe('the rotation of rows to other rows', () => {
  const [rows, n] = [300, 24]
  const x = Float32Array.from(normals(rows * n, 5))

  function rotationTo(y: Float32Array, weightOf: (row: number) => number = () => 1): Matrix {
    const pairs = createRowPairs(n)
    for (let row = 0; row < rows; row++) addRowPair(pairs, x, row * n, y, row * n, weightOf(row))
    return bestRotation(pairs)
  }

  test('A random rotation or reflection is recovered', () => {
    for (const seed of [6, 7, 8]) {
      const truth = orthogonal(n, seed)
      expect(distance(rotationTo(rotateRows(x, truth, n)), truth)).toBeLessThan(1e-6)
    }
  })

  test('No orthogonal matrix near it is closer', () => {
    const y = Float32Array.from(normals(rows * n, 9), (value, at) => value + x[at]!)
    const found = rotationTo(y)
    expectOrthogonal(found, n)
    const lossOf = (rotation: Matrix): number => {
      const rotated = rotateRows(x, rotation, n)
      return rotated.reduce((sum, value, at) => sum + (value - y[at]!) ** 2, 0)
    }
    const least = lossOf(found)
    for (let seed = 0; seed < 20; seed++) {
      const draw = seededUniform(seed)
      const [i, j] = [Math.floor(draw() * n), Math.floor(draw() * n)]
      const turn = identity(n)
      const angle = draw() - 0.5
      if (i !== j) {
        turn[i * n + i] = turn[j * n + j] = Math.cos(angle)
        turn[i * n + j] = Math.sin(angle)
        turn[j * n + i] = -Math.sin(angle)
      }
      expect(lossOf(multiply(found, turn, n))).toBeGreaterThanOrEqual(least - 1e-6)
    }
  })

  test('A row without weight does not count', () => {
    const truth = orthogonal(n, 10)
    const y = rotateRows(x, truth, n).fill(7, 0, 50 * n)
    expect(
      distance(
        rotationTo(y, (row) => (row < 50 ? 0 : 2)),
        truth,
      ),
    ).toBeLessThan(1e-6)
  })
})

/** Eigenvectors by Jacobi's two-sided method (Golub and Van Loan, section 8.5): columns, and their eigenvalues. */
function jacobiEigen(matrix: Matrix, n: number): { values: number[]; vectors: Matrix } {
  let [a, vectors] = [matrix, identity(n)]
  for (let sweep = 0; sweep < 30; sweep++)
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p * n + q]!) < 1e-14) continue
        const angle = 0.5 * Math.atan2(2 * a[p * n + q]!, a[q * n + q]! - a[p * n + p]!)
        const turn = identity(n)
        turn[p * n + p] = turn[q * n + q] = Math.cos(angle)
        turn[p * n + q] = Math.sin(angle)
        turn[q * n + p] = -Math.sin(angle)
        a = multiply(transpose(turn, n), multiply(a, turn, n), n)
        vectors = multiply(vectors, turn, n)
      }
  return { values: Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors }
}

describe('principal components', () => {
  const [rows, n] = [200, 6]
  const stretched = Float32Array.from(
    normals(rows * n, 11),
    (value, at) => value * (1 + (at % n)) + 3,
  )

  test('The covariance is that of its definition', () => {
    const columns = Array.from({ length: n }, (_, j) =>
      Array.from({ length: rows }, (_, row) => stretched[row * n + j]!),
    )
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    const expected = columns.flatMap((a) =>
      columns.map((b) => mean(a.map((value, row) => (value - mean(a)) * (b[row]! - mean(b))))),
    )
    expect(distance(covarianceOf(stretched, n), expected)).toBeLessThan(1e-9)
  })

  test('The components are the eigenvectors of the largest eigenvalues', () => {
    const { values, vectors } = jacobiEigen(covarianceOf(stretched, n), n)
    const order = values.map((_, j) => j).sort((i, j) => values[j]! - values[i]!)
    const found = principalComponents(stretched, n, 2)
    for (const [component, j] of order.slice(0, 2).entries()) {
      const along = Array.from(
        { length: n },
        (_, i) => vectors[i * n + j]! * found[2 * i + component]!,
      )
      expect(Math.abs(along.reduce((a, b) => a + b, 0))).toBeCloseTo(1, 8)
    }
  })

  test('The greatest number of a component is positive', () => {
    const negative = stretched.map((value) => -value)
    const found = principalComponents(stretched, n, 2)
    expect(distance(principalComponents(negative, n, 2), found)).toBeLessThan(1e-12)
    for (const component of [0, 1]) {
      const column = [...found].filter((_, at) => at % 2 === component)
      expect(Math.max(...column)).toBe(Math.max(...column.map(Math.abs)))
    }
  })
})
