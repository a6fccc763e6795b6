import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { minutesAtShare, shareWithin } from '../../functions/math/delay.ts'
import { logit, sigmoid } from '../../functions/math/logistic.ts'
import { YOUNG_LABELS, type YoungLabels, youngGradient } from '../../functions/math/young-labels.ts'

describe('A delay curve', () => {
  const curve = [
    [10, 0],
    [20, 0.5],
    [60, 1],
  ] as const
  test('A delay curve is zero, then linear between points, then whole', () => {
    for (const [minutes, share] of [
      [0, 0],
      [10, 0],
      [15, 0.25],
      [20, 0.5],
      [40, 0.75],
      [60, 1],
      [999, 1],
    ] as const)
      expect(shareWithin(curve, minutes)).toBeCloseTo(share, 12)
  })
  test('A delay curve inverts to the delay of each share', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (share) => {
        expect(shareWithin(curve, minutesAtShare(curve, share))).toBeCloseTo(share, 10)
      }),
    )
    expect(minutesAtShare(curve, 1)).toBe(60)
  })
  test('A delay curve never falls as time passes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (at, more) => {
          expect(shareWithin(curve, at + more)).toBeGreaterThanOrEqual(shareWithin(curve, at))
        },
      ),
    )
  })
})

const CORRECTED = ['importance', 'fake-negative', 'delayed-feedback'] as const
const cases = fc.record({
  p: fc.double({ min: 0.02, max: 0.9, noNaN: true }),
  known: fc.double({ min: 0.001, max: 1, noNaN: true }),
  rate: fc.double({ min: 0.1, max: 1, noNaN: true }),
})
type Case = { p: number; known: number; rate: number }

/** Mean over what a row of true chance p shows: p·known of the time a positive, else a negative that is kept at the rate. */
const expected = ({ p, known, rate }: Case, of: (label: number) => number): number =>
  p * known * of(1) + (1 - p * known) * rate * of(0)
const gradientAt =
  (kind: YoungLabels, z: number, { known, rate }: Case) =>
  (label: number): number =>
    youngGradient(kind, z, -Math.log(rate), label, known)
const derivative = (of: (z: number) => number, z: number): number =>
  (of(z + 1e-5) - of(z - 1e-5)) / 2e-5

describe('The gradient of young labels', () => {
  test('The young gradient becomes the logistic gradient when all is known', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 1), ({ p, rate }, label) => {
        const correction = -Math.log(rate)
        for (const kind of YOUNG_LABELS)
          expect(youngGradient(kind, logit(p), correction, label, 1)).toBeCloseTo(
            sigmoid(logit(p) + correction) - label,
            12,
          )
      }),
    )
  })

  test('The corrected gradient is zero in expectation at the matured odds', () => {
    fc.assert(
      fc.property(cases, (row) => {
        for (const kind of CORRECTED)
          expect(expected(row, gradientAt(kind, logit(row.p), row)), kind).toBeCloseTo(0, 10)
      }),
    )
  })

  test('Importance weighting expects the matured gradient at any logit', () => {
    const logits = fc.double({ min: -4, max: 4, noNaN: true })
    fc.assert(
      fc.property(cases, logits, (row, z) => {
        fc.pre(row.known >= 0.05)
        const matured = sigmoid(z - Math.log(row.rate))
        expect(expected(row, gradientAt('importance', z, row))).toBeCloseTo(
          row.p * (matured - 1) + (1 - row.p) * row.rate * matured,
          10,
        )
      }),
    )
  })

  test('Without correction the gradient is biased towards fewer positives', () => {
    const row = { p: 0.3, known: 0.5, rate: 1 }
    expect(expected(row, gradientAt('none', logit(row.p), row))).toBeGreaterThan(0.1)
  })

  test('The likelihood gradient equals a numerical derivative, even for newborn labels', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 1), ({ p, known, rate }, label) => {
        const loss = (z: number): number => {
          const seen = sigmoid(z) * known
          const kept = seen / (seen + rate * (1 - seen))
          return -(label === 1 ? Math.log(kept) : Math.log(1 - kept))
        }
        const z = logit(p)
        const gradient = youngGradient('delayed-feedback', z, -Math.log(rate), label, known)
        expect(gradient).toBeCloseTo(derivative(loss, z), 5)
      }),
    )
  })

  test('Each weighted-loss gradient equals the numerical derivative of its stated loss', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 1), ({ p, known, rate }, label) => {
        fc.pre(known >= 0.05)
        const at = logit(p)
        const positive = (z: number): number => -Math.log(sigmoid(z - Math.log(rate)))
        const negative = (z: number): number => -Math.log(1 - sigmoid(z - Math.log(rate)))
        // The model's own chance weighs a negative, and is held constant while it learns.
        const stated = {
          importance: (z: number) =>
            label === 1 ? positive(z) / known - rate * (1 / known - 1) * negative(z) : negative(z),
          'fake-negative': (z: number) =>
            label === 1 ? positive(z) / known : (negative(z) * (1 - p)) / (1 - p * known),
        }
        for (const kind of ['importance', 'fake-negative'] as const)
          expect(youngGradient(kind, at, -Math.log(rate), label, known), kind).toBeCloseTo(
            derivative(stated[kind], at),
            3,
          )
      }),
    )
  })

  test('The likelihood correction has the smallest variance per row', () => {
    // Of an estimating equation: E[g²] / (dE[g]/dz)² at the truth (Huber 1967). The information bound is the likelihood's.
    const variance = (kind: YoungLabels, row: Case): number => {
      const z = logit(row.p)
      const slope = derivative((at) => expected(row, gradientAt(kind, at, row)), z)
      return expected(row, (label) => gradientAt(kind, z, row)(label) ** 2) / slope ** 2
    }
    fc.assert(
      fc.property(cases, (row) => {
        fc.pre(row.known >= 0.05 && row.known <= 0.95)
        const best = variance('delayed-feedback', row)
        for (const kind of ['importance', 'fake-negative'] as const)
          expect(variance(kind, row), kind).toBeGreaterThan(best * 0.9999)
      }),
    )
  })
})
