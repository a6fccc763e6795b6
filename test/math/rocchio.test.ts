import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moveTowards } from '../../functions/math/rocchio.ts'

const unit = (...values: number[]): Float32Array => {
  const norm = Math.hypot(...values)
  return Float32Array.from(values, (value) => value / norm)
}

test('Half a move between two directions halves their angle', () => {
  const moved = moveTowards(unit(1, 0), [{ vector: unit(0, 1), weight: 7 }], 0.5)!
  expect(moved[0]).toBeCloseTo(Math.SQRT1_2, 6)
  expect(moved[1]).toBeCloseTo(Math.SQRT1_2, 6)
})

test('Texts count by their weights', () => {
  const texts = [
    { vector: unit(1, 0), weight: 3 },
    { vector: unit(0, 1), weight: 4 },
  ]
  expect([...moveTowards(null, texts, 0.5)!]).toEqual([...unit(3, 4)])
})

test('Without texts the query stays', () => {
  const query = unit(1, 2)
  expect(moveTowards(query, [], 0.5)).toBe(query)
  expect(moveTowards(query, [{ vector: unit(1, 1), weight: 0 }], 0.5)).toBe(query)
  expect(moveTowards(null, [], 0.5)).toBeNull()
})

test('A moved query has length one and is nearer to the texts', () => {
  const numbers = fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), {
    ...{ minLength: 4, maxLength: 4 },
  })
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, j) => sum + value * b[j]!, 0)
  fc.assert(
    fc.property(numbers, numbers, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, share) => {
      const [query, text] = [unit(...a), unit(...b)]
      const moved = moveTowards(query, [{ vector: text, weight: 1 }], share)!
      expect(dot(moved, moved)).toBeCloseTo(1, 5)
      expect(dot(moved, text)).toBeGreaterThan(dot(query, text) - 1e-6)
    }),
  )
})
