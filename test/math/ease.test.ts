import fc from 'fast-check'
import { expect, test } from 'vitest'
import { easeWeights } from '../../functions/math/ease.ts'
import { invertByElimination } from './gauss-jordan.ts'

/** XᵀX of rows of zeros and ones. */
const gramOf = (x: readonly (readonly number[])[]): number[][] =>
  x[0]!.map((_, i) => x[0]!.map((__, j) => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0)))
const learn = (gram: number[][], l2: number): Float64Array => {
  const weights = Float64Array.from(gram.flat())
  easeWeights(weights, gram.length, l2)
  return weights
}
const histories = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 }))
  .chain(([items, users]) =>
    fc.array(fc.array(fc.constantFrom(0, 1), { minLength: items, maxLength: items }), {
      minLength: users,
      maxLength: users,
    }),
  )

test('EASE equals the closed form by elimination, and its diagonal is zero', () => {
  fc.assert(
    fc.property(histories, fc.double({ min: 0.5, max: 500, noNaN: true }), (x, l2) => {
      const gram = gramOf(x)
      const inverse = invertByElimination(
        gram.map((row, i) => row.map((value, j) => value + (i === j ? l2 : 0))),
      )
      const weights = learn(gram, l2)
      for (let i = 0; i < gram.length; i++)
        for (let j = 0; j < gram.length; j++) {
          const expected = i === j ? 0 : -inverse[i]![j]! / inverse[j]![j]!
          expect(weights[i * gram.length + j]).toBeCloseTo(expected, 9)
        }
    }),
    { numRuns: 60 },
  )
})

test('No small change of the weights lowers the loss of EASE', () => {
  const x = [
    [1, 1, 0, 0],
    [1, 1, 1, 0],
    [0, 1, 1, 1],
    [1, 0, 0, 1],
    [0, 1, 1, 0],
  ]
  const weights = learn(gramOf(x), 2)
  const lossOf = (b: Float64Array): number =>
    x
      .flatMap((row) =>
        row.map((value, j) => value - row.reduce((sum, seen, i) => sum + seen * b[i * 4 + j]!, 0)),
      )
      .reduce((sum, error) => sum + error ** 2, 0) +
    2 * b.reduce((sum, weight) => sum + weight ** 2, 0)
  const best = lossOf(weights)
  for (let at = 0; at < 16; at++)
    for (const change of [-0.01, 0.01])
      if (at % 5 !== 0)
        expect(lossOf(weights.map((w, i) => w + (i === at ? change : 0)))).toBeGreaterThan(best)
})

test('EASE without shrinkage is refused', () => {
  expect(() => easeWeights(new Float64Array([1]), 1, 0)).toThrow(/^l2 is 0; expected .* above 0$/)
})
