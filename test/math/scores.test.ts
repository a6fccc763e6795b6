import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auc } from '../../functions/math/auc.ts'
import { logit, logLossAt, logLossAtLogit, sigmoid } from '../../functions/math/logistic.ts'
import { quantileOfSorted } from '../../functions/math/quantile.ts'
import { scorePredictions } from '../../functions/math/scores.ts'
import { Sum } from '../../functions/math/sum.ts'

const row = fc.record({
  p: fc.constantFrom(0.1, 0.2, 0.5, 0.7),
  label: fc.constantFrom(0, 1),
  weight: fc.constantFrom(1, 2, 5),
})

/** The probability that a positive outranks a negative, over every pair. */
function pairwise(rows: readonly { p: number; label: number; weight: number }[]): number | null {
  let wins = 0
  let pairs = 0
  for (const a of rows.filter(({ label }) => label === 1))
    for (const b of rows.filter(({ label }) => label === 0)) {
      const weight = a.weight * b.weight
      pairs += weight
      wins += weight * (a.p > b.p ? 1 : a.p === b.p ? 0.5 : 0)
    }
  return pairs > 0 ? wins / pairs : null
}

describe('AUC', () => {
  test('AUC equals the count over all pairs, with ties and weights', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const found = auc(
          rows.map(({ p }) => p),
          rows.map(({ label }) => label),
          rows.map(({ weight }) => weight),
        )
        const expected = pairwise(rows)
        if (expected === null) expect(found).toBeNull()
        else expect(found).toBeCloseTo(expected, 12)
      }),
    )
  })
})

describe('Scores', () => {
  test('A base-rate predictor has entropy 1, calibration 1 and AUC one half', () => {
    const labels = [1, 0, 0, 0, 1, 0, 0, 0]
    const scores = scorePredictions(
      labels.map(() => 0.25),
      labels,
      labels.map(() => 1),
    )
    expect(scores).toMatchObject({ rows: 8, positives: 2, auc: 0.5, undefinedBecause: {} })
    expect(scores.normalizedEntropy).toBeCloseTo(1, 12)
    expect(scores.calibrationRatio).toBeCloseTo(1, 12)
    expect(scores.logLoss).toBeCloseTo(-(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)), 12)
  })

  test('A kept negative weighs as many rows as it represents', () => {
    const weighted = scorePredictions([0.3, 0.6, 0.1], [1, 0, 0], [1, 2, 3])
    const repeated = scorePredictions(
      [0.3, 0.6, 0.6, 0.1, 0.1, 0.1],
      [1, 0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1, 1],
    )
    for (const metric of ['auc', 'logLoss', 'normalizedEntropy', 'calibrationRatio'] as const)
      expect(weighted[metric]).toBeCloseTo(repeated[metric]!, 12)
  })

  test('Scores without rows or without one class are null with a reason', () => {
    expect(scorePredictions([], [], [])).toMatchObject({
      auc: null,
      logLoss: null,
      undefinedBecause: { auc: 'no rows', logLoss: 'no rows' },
    })
    const none = scorePredictions([0.1, 0.2], [0, 0], [1, 1])
    expect(none).toMatchObject({
      auc: null,
      normalizedEntropy: null,
      calibrationRatio: null,
      undefinedBecause: { auc: 'no positives among 2 rows' },
    })
    expect(none.logLoss).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8)) / 2, 12)
    expect(scorePredictions([0.1], [1], [1])).toMatchObject({
      auc: null,
      calibrationRatio: 0.1,
      undefinedBecause: { auc: 'no negatives among 1 rows' },
    })
  })
})

describe('Predictions that are not numbers', () => {
  test('Predictions that are not numbers give no scores, and ranking finishes', () => {
    const scores = scorePredictions([0.1, Number.NaN, Number.NaN, 0.4], [0, 1, 0, 1], [1, 1, 1, 1])
    const reason = '2 of 4 predictions are not numbers'
    for (const metric of ['auc', 'logLoss', 'normalizedEntropy', 'calibrationRatio'] as const) {
      expect(scores[metric]).toBeNull()
      expect(scores.undefinedBecause[metric]).toBe(reason)
    }
    expect(auc([Number.NaN, Number.NaN], [0, 1])).toBeLessThanOrEqual(1)
  })
})

describe('The logistic function', () => {
  test('The logistic function and its loss are stable at both ends', () => {
    expect(sigmoid(800)).toBe(1)
    expect(sigmoid(-800)).toBe(0)
    expect(logLossAtLogit(800, 0)).toBe(800)
    expect(logLossAtLogit(-800, 1)).toBe(800)
    expect(logLossAtLogit(800, 1)).toBe(0)
    expect(Number.isFinite(logLossAt(0, 1))).toBe(true)
  })

  test('The logistic function and its loss match their textbook forms', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -15, max: 15, noNaN: true }),
        fc.constantFrom(0, 1),
        (z, label) => {
          const p = 1 / (1 + Math.exp(-z))
          expect(sigmoid(z)).toBeCloseTo(p, 12)
          expect(logit(p)).toBeCloseTo(z, 6)
          expect(logLossAtLogit(z, label)).toBeCloseTo(-Math.log(label === 1 ? p : 1 - p), 6)
        },
      ),
    )
  })
})

test('Quantiles are those of Hyndman and Fan type 7', () => {
  expect(quantileOfSorted([1, 2, 3, 4], 0.25)).toBe(1.75)
  expect(quantileOfSorted([1, 2, 3, 4], 0.5)).toBe(2.5)
  expect(quantileOfSorted([10], 0.99)).toBe(10)
  expect(() => quantileOfSorted([], 0.5)).toThrow(RangeError)
})

test('The compensated sum keeps what a plain sum loses', () => {
  const terms = [1, 1e100, 1, -1e100]
  const sum = new Sum()
  for (const term of terms) sum.add(term)
  expect(terms.reduce((a, b) => a + b)).toBe(0)
  expect(sum.value).toBe(2)
})
