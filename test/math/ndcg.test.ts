import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ndcg } from '../../functions/math/ndcg.ts'

describe('Normalized discounted cumulative gain', () => {
  test('Six grades have the value that is computed by hand', () => {
    // DCG 7/1 + 3/1.58496 + 7/2 + 0 + 1/2.58496 + 3/2.80735; ideal 7 + 7/1.58496 + 3/2 + 3/2.32193 + 1/2.58496.
    expect(ndcg([3, 2, 3, 0, 1, 2], 6)).toBeCloseTo(13.8482 / 14.5954, 4)
  })

  test('Results past the places gain nothing, and count in the best order', () => {
    expect(ndcg([0, 3], 1)).toBe(0)
    expect(ndcg([3, 0], 1)).toBe(1)
  })

  test('Without any relevant result there is no value', () => {
    expect(ndcg([0, 0], 10)).toBeNull()
    expect(ndcg([], 10)).toBeNull()
  })

  test('The best order has 1, and no other order has more', () => {
    const grades = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(grades, fc.integer({ min: 1, max: 12 }), (order, places) => {
        const value = ndcg(order, places)
        if (value === null) return order.every((grade) => grade === 0)
        const best = ndcg(
          order.toSorted((a, b) => b - a),
          places,
        )
        return best === 1 && value >= 0 && value <= 1
      }),
    )
  })
})
