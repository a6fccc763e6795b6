import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placesOfLargest } from '../../functions/math/largest.ts'

const scores = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(Number.NaN, -Infinity, Infinity)),
)

test('The largest scores come in the order of a stable sort', () => {
  fc.assert(
    fc.property(scores, fc.nat(12), (values, count) => {
      const expected = values
        .map((score, place) => ({ score, place }))
        .filter(({ score }) => score > Number.NEGATIVE_INFINITY)
        .sort((a, b) => (a.score === b.score ? a.place - b.place : a.score > b.score ? -1 : 1))
        .slice(0, count)
        .map(({ place }) => place)
      expect(Array.from(placesOfLargest(values, count))).toEqual(expected)
    }),
  )
})
