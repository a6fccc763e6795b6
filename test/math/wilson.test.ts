import { describe, expect, test } from 'vitest'
import { wilsonInterval } from '../../functions/math/wilson.ts'

describe('The score interval of a share', () => {
  test('It equals published values', () => {
    // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    const published: [number, number, number, number][] = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ]
    for (const [successes, trials, low, high] of published) {
      const interval = wilsonInterval(successes, trials)!
      expect(interval.low).toBeCloseTo(low, 4)
      expect(interval.high).toBeCloseTo(high, 4)
    }
  })

  test('No trial gives no interval', () => {
    expect(wilsonInterval(0, 0)).toBeNull()
  })
})
