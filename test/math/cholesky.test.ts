import fc from 'fast-check'
import { expect, test } from 'vitest'
import { factorize, invert, solve } from '../../functions/math/cholesky.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { invertByElimination } from './gauss-jordan.ts'

/** X·Xᵀ + I of random numbers: symmetric positive definite. */
function drawMatrix(n: number, seed: number): number[][] {
  const uniform = seededUniform(seed)
  const x = Array.from({ length: n }, () => Array.from({ length: n }, () => 2 * uniform() - 1))
  return x.map((a, i) =>
    x.map((b, j) => a.reduce((sum, value, k) => sum + value * b[k]!, i === j ? 1 : 0)),
  )
}
const expectClose = (found: Float64Array, expected: readonly number[]): void =>
  expected.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 8)
  })

const sizes = fc.integer({ min: 1, max: 23 })

test('Solutions and inverses equal those of elimination at every size', () => {
  fc.assert(
    fc.property(sizes, fc.integer(), fc.integer({ min: 1, max: 4 }), (n, seed, columns) => {
      const matrix = drawMatrix(n, seed)
      const inverse = invertByElimination(matrix)
      const factor = Float64Array.from(matrix.flat())
      factorize(factor, n)
      const uniform = seededUniform(seed + 1)
      const rhs = Float64Array.from({ length: n * columns }, () => uniform())
      const solved = rhs.slice()
      solve(factor, n, solved, columns)
      expectClose(
        solved,
        inverse.flatMap((row) =>
          Array.from({ length: columns }, (_, c) =>
            row.reduce((sum, value, k) => sum + value * rhs[k * columns + c]!, 0),
          ),
        ),
      )
      invert(factor, n)
      expectClose(factor, inverse.flat())
    }),
    { numRuns: 60 },
  )
})

test('The factor times its transpose is the matrix', () => {
  const matrix = drawMatrix(14, 3)
  const factor = Float64Array.from(matrix.flat())
  factorize(factor, 14)
  for (let i = 0; i < 14; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k <= j; k++) sum += factor[i * 14 + k]! * factor[j * 14 + k]!
      expect(sum).toBeCloseTo(matrix[i]![j]!, 10)
    }
})

test.each([
  ['of rank one', [1, 1, 1, 1]],
  ['with a negative value', [1, 2, 2, 1]],
  ['with a NaN', [1, Number.NaN, Number.NaN, 1]],
])('A matrix %s is refused with its pivot', (_what, numbers) => {
  expect(() => factorize(Float64Array.from(numbers), 2)).toThrow(/^pivot 1 of 2 is .*definite$/)
})
