import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareWithin } from '../../functions/math/delay.ts'
import { logit, sigmoid } from '../../functions/math/logistic.ts'
import { YOUNG_LABELS, youngGradient } from '../../functions/math/young-labels.ts'

describe('a delay curve', () => {
  const curve = [
    [10, 0],
    [20, 0.5],
    [60, 1],
  ] as const
  test('is nothing before its first point, linear between points, whole after its last', () => {
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
  test('never falls as time passes', () => {
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

const cases = fc.record({
  p: fc.double({ min: 0.02, max: 0.9, noNaN: true }),
  known: fc.double({ min: 0.1, max: 1, noNaN: true }),
  rate: fc.double({ min: 0.1, max: 1, noNaN: true }),
})

describe('the gradient of a young label', () => {
  test('is that of logistic loss once everything is known, whatever the kind', () => {
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

  test('vanishes in expectation at the matured odds, for both corrections and any sampling', () => {
    fc.assert(
      fc.property(cases, ({ p, known, rate }) => {
        // Of a row with true chance p: seen as a positive p·known times, as a kept negative the rest × rate.
        const seen = p * known
        for (const kind of ['importance', 'fake-negative'] as const) {
          const at = (label: number): number =>
            youngGradient(kind, logit(p), -Math.log(rate), label, known)
          expect(seen * at(1) + (1 - seen) * rate * at(0), kind).toBeCloseTo(0, 10)
        }
      }),
    )
  })

  test('is biased towards fewer positives where nothing is corrected', () => {
    const [p, known] = [0.3, 0.5]
    const at = (label: number): number => youngGradient('none', logit(p), 0, label, known)
    expect(p * known * at(1) + (1 - p * known) * at(0)).toBeGreaterThan(0.1)
  })

  test('of the likelihood equals a numerical derivative', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0, 1), ({ p, known, rate }, label) => {
        const loss = (z: number): number => {
          const seen = sigmoid(z) * known
          const kept = seen / (seen + rate * (1 - seen))
          return -(label === 1 ? Math.log(kept) : Math.log(1 - kept))
        }
        const z = logit(p)
        const numerical = (loss(z + 1e-5) - loss(z - 1e-5)) / 2e-5
        expect(youngGradient('fake-negative', z, -Math.log(rate), label, known)).toBeCloseTo(
          numerical,
          5,
        )
      }),
    )
  })
})
