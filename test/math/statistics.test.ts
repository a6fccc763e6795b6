import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  binomialLowerTail,
  binomialUpperTail,
  logGamma,
  regularizedBeta,
} from '../../functions/math/binomial.ts'
import { bootstrapMean, bootstrapStatistics } from '../../functions/math/bootstrap.ts'
import { seededUniform } from '../../functions/math/random.ts'

function choose(n: number, k: number): number {
  let product = 1
  for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i
  return product
}
const upperTail = (k: number, n: number, p: number): number =>
  Array.from(
    { length: n - k + 1 },
    (_, i) => choose(n, k + i) * p ** (k + i) * (1 - p) ** (n - k - i),
  ).reduce((a, b) => a + b, 0)

describe('Binomial tails', () => {
  test('Binomial tails equal the sum of their terms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        (n, p, at) => {
          const k = at % (n + 1)
          expect(binomialUpperTail(k, n, p)).toBeCloseTo(upperTail(k, n, p), 9)
          expect(binomialLowerTail(k, n, p) + binomialUpperTail(k + 1, n, p)).toBeCloseTo(1, 9)
        },
      ),
    )
  })

  test('The gamma and beta functions match known values', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12)
    expect(logGamma(11)).toBeCloseTo(Math.log(3_628_800), 10)
    expect(regularizedBeta(0.3, 1, 1)).toBeCloseTo(0.3, 12)
    expect(regularizedBeta(0.5, 7, 7)).toBeCloseTo(0.5, 12)
    expect(regularizedBeta(0.2, 2, 3)).toBeCloseTo(6 * 0.04 - 8 * 0.008 + 3 * 0.0016, 12)
  })

  test('Binomial tails hold for the counts of a busy day', () => {
    // Normal approximation: 11,000 of 100,000 at one in ten lies ten standard deviations out.
    expect(binomialUpperTail(11_000, 100_000, 0.1)).toBeLessThan(1e-20)
    expect(binomialUpperTail(10_000, 100_000, 0.1)).toBeCloseTo(0.5, 2)
  })
})

describe('The bootstrap of a mean', () => {
  const options = { resamples: 400, confidence: 0.9, seed: 5 }
  const ones = (n: number): number[] => Array.from({ length: n }, () => 1)

  test('The bootstrap gives the weighted mean and repeats for a seed', () => {
    const names = ['a', 'b', 'c']
    const found = bootstrapMean([1, 2, 6], [1, 1, 2], names, options)
    expect(found.mean).toBeCloseTo(15 / 4, 12)
    expect(found).toEqual(bootstrapMean([1, 2, 6], [1, 1, 2], names, options))
  })

  test('The bootstrap covers a known mean about as often as promised', () => {
    const uniform = seededUniform(11)
    let covered = 0
    for (let trial = 0; trial < 200; trial++) {
      const values = Array.from({ length: 60 }, () => uniform())
      const { low, high } = bootstrapMean(
        values,
        ones(60),
        values.map((_, i) => `${i}`),
        { ...options, seed: trial },
      )
      if (low <= 0.5 && 0.5 <= high) covered++
    }
    expect(covered / 200).toBeGreaterThan(0.82)
    expect(covered / 200).toBeLessThan(0.96)
  })

  test('The bootstrap is wider when the rows of a user agree', () => {
    const uniform = seededUniform(3)
    const users = Array.from({ length: 40 }, () => uniform())
    const values = users.flatMap((value) => Array.from({ length: 10 }, () => value))
    const width = (clusters: string[]) => {
      const { low, high } = bootstrapMean(values, ones(400), clusters, options)
      return high - low
    }
    expect(width(values.map((_, i) => `u${Math.floor(i / 10)}`))).toBeGreaterThan(
      2 * width(values.map((_, i) => `${i}`)),
    )
  })
})

describe('The bootstrap of any statistic', () => {
  const options = { resamples: 400, confidence: 0.9, seed: 5 }
  const uniform = seededUniform(9)
  const values = Array.from({ length: 60 }, () => uniform())
  const mean = (draws: readonly Uint32Array[]): number => {
    const drawn = draws[0]!
    const total = drawn.reduce((a, b) => a + b, 0)
    return values.reduce((sum, value, i) => sum + value * drawn[i]!, 0) / total
  }

  test('The general bootstrap agrees with the mean bootstrap for one mean', () => {
    const [found] = bootstrapStatistics([60], (draws) => [mean(draws)], options)
    const ones = values.map(() => 1)
    const names = values.map((_, i) => `${i}`)
    const expected = bootstrapMean(values, ones, names, options)
    expect(found!.value).toBeCloseTo(expected.mean, 12)
    expect(found!.low).toBeCloseTo(expected.low, 12)
    expect(found!.high).toBeCloseTo(expected.high, 12)
  })

  test('The bootstrap draws as many clusters as each stratum has', () => {
    bootstrapStatistics(
      [3, 50],
      (draws) => {
        expect(draws.map((drawn) => drawn.reduce((a, b) => a + b, 0))).toEqual([3, 50])
        return [0]
      },
      options,
    )
  })

  test('The bootstrap pairs values: a common shift has no width', () => {
    const [gap] = bootstrapStatistics([60], (draws) => [mean(draws) + 0.25 - mean(draws)], options)
    expect(gap!.low).toBeCloseTo(0.25, 12)
    expect(gap!.high).toBeCloseTo(0.25, 12)
  })
})
