import { expect, test } from 'vitest'
import { factorize, solve } from '../../functions/math/cholesky.ts'
import { covarianceOf, precisionOf, voteModel } from '../../functions/math/linear-gaussian.ts'
import { seededUniform } from '../../functions/math/random.ts'

const D = 3
/** So many rows that shrinking does not count. */
const MANY = 1e9
const uniform = seededUniform(3)
const draw = (n: number): Float64Array => Float64Array.from({ length: n }, () => uniform() - 0.5)
const product = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: D * D }, (_, at) => {
    const [i, j] = [Math.floor(at / D), at % D]
    let sum = 0
    for (let k = 0; k < D; k++) sum += a[i * D + k]! * b[k * D + j]!
    return sum
  })
const turn = (a: Float64Array): Float64Array =>
  a.map((_, at) => a[(at % D) * D + Math.floor(at / D)]!)
/** A covariance: MᵀM plus a sphere. */
function drawCovariance(): Float64Array {
  const m = draw(D * D)
  const covariance = product(turn(m), m)
  for (let i = 0; i < D; i++) covariance[i * (D + 1)]! += 0.2
  return covariance
}

test('The posterior is the conditional mean of the joint normal distribution', () => {
  const [spread, noise, map] = [drawCovariance(), drawCovariance(), draw(D * D)]
  const votes = [draw(D), draw(D)]
  const model = voteModel(map, noise, D, MANY)
  const matrix = precisionOf(spread, D, MANY).map((value, i) => value + 2 * model.precision[i]!)
  const posterior = Float64Array.from({ length: D }, (_, i) => {
    let sum = 0
    for (const vote of votes) for (let j = 0; j < D; j++) sum += model.gain[i * D + j]! * vote[j]!
    return sum
  })
  factorize(matrix, D)
  solve(matrix, D, posterior, 1)
  // Both votes side by side: x = (Aᵀy + e₁, Aᵀy + e₂); E[y | x] = cov(y, x) cov(x)⁻¹ x (Bishop 2006, equation 2.81).
  const seen = product(product(turn(map), spread), map)
  const joint = new Float64Array(4 * D * D)
  for (let i = 0; i < 2 * D; i++)
    for (let j = 0; j < 2 * D; j++) {
      const at = (i % D) * D + (j % D)
      joint[i * 2 * D + j] = seen[at]! + (i < D === j < D ? noise[at]! : 0)
    }
  const weights = Float64Array.from([...votes[0]!, ...votes[1]!])
  factorize(joint, 2 * D)
  solve(joint, 2 * D, weights, 1)
  const cross = product(spread, map)
  for (let i = 0; i < D; i++) {
    let expected = 0
    for (let j = 0; j < 2 * D; j++) expected += cross[i * D + (j % D)]! * weights[j]!
    expect(posterior[i]).toBeCloseTo(expected, 4)
  }
})

test('A covariance of few rows is drawn towards a sphere', () => {
  const rows = [
    [1, 0, 0],
    [-1, 0, 0],
  ]
  const covariance = covarianceOf(2, D, (row, into) => into.set(rows[row]!))
  expect([...covariance]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0])
  const precision = precisionOf(covariance, D, 2)
  // Two fifths of its own, three fifths of the mean variance of a third.
  expect(precision[0]).toBeCloseTo(1 / (0.4 + 0.2), 4)
  expect(precision[4]).toBeCloseTo(1 / 0.2, 4)
  expect(precision[1]).toBeCloseTo(0, 9)
})

test('Equal rows and no rows have a finite precision', () => {
  for (const rows of [0, 5])
    expect(precisionOf(new Float64Array(D * D), D, rows).every(Number.isFinite)).toBe(true)
})
