import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createFactorState,
  interactions,
  updateFactors,
  wakeFactors,
} from '../../functions/math/factors.ts'
import { createFtrlState, ftrlStartAt, ftrlUpdate, ftrlWeight } from '../../functions/math/ftrl.ts'
import { logLossAtLogit, sigmoid } from '../../functions/math/logistic.ts'

const ftrl = { alpha: 0.1, beta: 1, l1: 0.5, l2: 1 }

describe('FTRL-Proximal', () => {
  test('FTRL takes the first step as computed by hand from algorithm 1', () => {
    const state = createFtrlState(1)
    ftrlUpdate(state, 0, 0.8, 0, ftrl)
    // σ = (√0.64 − 0) / 0.1 = 8; z = 0.8 − 8 · 0; n = 0.64; w = −(0.8 − 0.5) / ((1 + 0.8) / 0.1 + 1).
    expect(state.z[0]).toBeCloseTo(0.8, 6)
    expect(state.n[0]).toBeCloseTo(0.64, 6)
    expect(ftrlWeight(state, 0, ftrl)).toBeCloseTo(-0.3 / 19, 6)
  })

  test('FTRL can start at any learned weight with no step taken', () => {
    fc.assert(
      fc.property(fc.float({ min: -8, max: 8, noNaN: true }), (weight) => {
        const state = createFtrlState(1)
        ftrlUpdate(state, 0, 0.8, 0, ftrl)
        ftrlStartAt(state, 0, weight, ftrl)
        expect(ftrlWeight(state, 0, ftrl)).toBeCloseTo(weight, 5)
        expect(state.n[0]).toBe(0)
      }),
    )
  })

  test('FTRL keeps a weight at zero while evidence stays under L1', () => {
    const state = createFtrlState(1)
    ftrlUpdate(state, 0, 0.4, 0, ftrl)
    expect(ftrlWeight(state, 0, ftrl)).toBe(0)
  })

  test('FTRL minimizes the sum of linearized losses with its proximal terms', () => {
    // Closed form of the argmin in equation 1, recomputed from all gradients at once.
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (gradients) => {
          const state = createFtrlState(1)
          const used: { g: number; w: number }[] = []
          for (const g of gradients) {
            const w = ftrlWeight(state, 0, ftrl)
            used.push({ g, w })
            ftrlUpdate(state, 0, g, w, ftrl)
          }
          let n = 0
          let linear = 0
          for (const { g, w } of used) {
            linear += g - ((Math.sqrt(n + g * g) - Math.sqrt(n)) / ftrl.alpha) * w
            n += g * g
          }
          const shrunk = Math.sign(linear) * Math.max(0, Math.abs(linear) - ftrl.l1)
          expect(ftrlWeight(state, 0, ftrl)).toBeCloseTo(
            -shrunk / ((ftrl.beta + Math.sqrt(n)) / ftrl.alpha + ftrl.l2),
            4,
          )
        },
      ),
    )
  })
})

describe('The factorization machine', () => {
  const factors = 3
  const options = { factors, alpha: 0.05, l2: 0, init: 0.3, seed: 7 }
  const entry = fc.record({
    slot: fc.integer({ min: 0, max: 9 }),
    x: fc.double({ min: -2, max: 2, noNaN: true }),
  })
  const awake = () => {
    const state = createFactorState(10, factors)
    for (let slot = 0; slot < 10; slot++) wakeFactors(state, slot, options)
    return state
  }
  const evaluate = (
    state: ReturnType<typeof awake>,
    slots: number[],
    values: number[],
    sums = new Float64Array(factors),
  ) =>
    interactions(
      state,
      Uint32Array.from(slots),
      Float32Array.from(values),
      0,
      slots.length,
      factors,
      sums,
    )

  test('The machine equals the double sum over all pairs of entries', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { maxLength: 8, selector: ({ slot }) => slot }),
        (entries) => {
          const state = awake()
          let expected = 0
          entries.forEach((a, i) => {
            for (const b of entries.slice(i + 1))
              for (let f = 0; f < factors; f++)
                expected +=
                  state.values[a.slot * factors + f]! *
                  state.values[b.slot * factors + f]! *
                  Math.fround(a.x) *
                  Math.fround(b.x)
          })
          expect(
            evaluate(
              state,
              entries.map(({ slot }) => slot),
              entries.map(({ x }) => x),
            ),
          ).toBeCloseTo(expected, 9)
        },
      ),
    )
  })

  test('The machine steps along the gradient from finite differences', () => {
    const slots = [1, 4, 6]
    const values = [1, 0.5, -1.5]
    const state = awake()
    const loss = (): number => logLossAtLogit(evaluate(state, slots, values), 1)
    const sums = new Float64Array(factors)
    const error = sigmoid(evaluate(state, slots, values, sums)) - 1
    const step = 1e-3
    for (const [i, slot] of slots.entries())
      for (let f = 0; f < factors; f++) {
        const at = slot * factors + f
        const v = state.values[at]!
        state.values[at] = v + step
        const above = loss()
        state.values[at] = v - step
        const below = loss()
        state.values[at] = v
        const gradient = error * values[i]! * (sums[f]! - v * values[i]!)
        expect(gradient).toBeCloseTo((above - below) / (2 * step), 3)
      }
    const before = loss()
    for (const [i, slot] of slots.entries())
      updateFactors(state, slot, values[i]!, error, sums, options)
    expect(loss()).toBeLessThan(before)
  })

  test('The first step on a small gradient is small', () => {
    const state = awake()
    const before = state.values[0]!
    const sums = Float64Array.of(0.01 + before, 0, 0)
    updateFactors(state, 0, 1, 0.5, sums, options)
    // The gradient is 0.5 · (0.01 + v − v) = 0.005, and the step 0.05 · 0.005 / (1 + 0.005).
    expect(before - state.values[0]!).toBeCloseTo((0.05 * 0.005) / 1.005, 6)
  })

  test('A slot starts with the same values and spread whenever first seen', () => {
    const state = createFactorState(2000, factors)
    for (let slot = 0; slot < 2000; slot++) wakeFactors(state, slot, options)
    const again = createFactorState(2000, factors)
    wakeFactors(again, 1234, options)
    const from = 1234 * factors
    expect(again.values.subarray(from, from + factors)).toEqual(
      state.values.subarray(from, from + factors),
    )
    const spread = Math.sqrt(state.values.reduce((sum, v) => sum + v * v, 0) / state.values.length)
    expect(spread).toBeCloseTo(options.init, 1)
  })
})
