import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PairedLoss } from '../../functions/contract/training.ts'
import { gateServed, pairLosses } from '../../functions/evaluate/gates.ts'
import { logLossAt } from '../../functions/math/logistic.ts'
import { makeScene } from '../make/scene.ts'

const gates = makeScene().gates
/** An interval on which each of so many users lost that much more by the served chain, a little apart. */
const interval = (users: number, difference: number, spread = 0.01, from = 0): PairedLoss => ({
  ours: 'hourly-1',
  theirs: 'daily-1',
  users: Array.from({ length: users }, (_, n) => `u${from + n}`),
  differences: Array.from({ length: users }, (_, n) => 2 * (difference + spread * ((n % 3) - 1))),
  weights: Array.from({ length: users }, () => 2),
})

describe('A served chain', () => {
  test('A served chain stays while it matches its base', () => {
    expect(gateServed(gates, [interval(90, -0.02)])).toMatchObject({
      gate: 'served',
      passed: true,
      numbers: { users: 90, intervals: 1, mean: expect.closeTo(-0.02, 6) },
    })
  })

  test('A served chain falls when it is significantly worse than allowed', () => {
    const verdict = gateServed(gates, [interval(90, 0.05)])
    expect(verdict.passed).toBe(false)
    expect(verdict.reason).toMatch(
      /^served hourly-1: log loss \+0\.05000 \(95 % interval 0\.0\d+ to 0\.0\d+\) against daily-1, 90 users over 1 intervals: significantly worse, by more than the 0\.005 allowed$/,
    )
  })

  test('A served chain stays when chance alone explains the loss', () => {
    expect(gateServed(gates, [interval(90, 0.02, 2)]).passed).toBe(true)
  })

  test('A served chain is not judged by too few people', () => {
    const few = interval(gates.minJudgedUsers - 1, 5)
    expect(gateServed(gates, [few])).toMatchObject({
      passed: true,
      reason: expect.stringMatching(/49 users over 1 intervals: too few users to decide$/),
    })
    expect(gateServed(gates, [interval(gates.minJudgedUsers, 5)]).passed).toBe(false)
  })

  test('A person who returns in a later interval counts once', () => {
    const people = Math.ceil(gates.minJudgedUsers / 2)
    const twice = [interval(people, 5), interval(people, 5)]
    expect(gateServed(gates, twice)).toMatchObject({ passed: true, numbers: { users: people } })
    const others = [interval(people, 5), interval(people, 5, 0.01, people)]
    expect(gateServed(gates, others)).toMatchObject({
      passed: false,
      numbers: { users: 2 * people, intervals: 2 },
    })
  })

  test('A served chain is judged by weighted row losses in any order', () => {
    const probability = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    const row = fc.record({
      user: fc.constantFrom('a', 'b', 'c'),
      label: fc.constantFrom(0, 1),
      weight: fc.constantFrom(1, 2, 4),
      ours: probability,
      theirs: probability,
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const pair = (of: typeof rows) =>
          pairLosses(
            {
              labels: of.map(({ label }) => label),
              weights: of.map(({ weight }) => weight),
              users: of.map(({ user }) => user),
              predictions: [of.map(({ theirs }) => theirs), of.map(({ ours }) => ours)],
            },
            ['base', 'served'],
            'served',
            'base',
          )
        const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
        const weight = sum(rows.map((one) => one.weight))
        const mean =
          sum(
            rows.map(
              (one) =>
                one.weight * (logLossAt(one.ours, one.label) - logLossAt(one.theirs, one.label)),
            ),
          ) / weight
        for (const order of [rows, [...rows].reverse()])
          expect(gateServed(gates, [pair(order)]).numbers['mean']).toBeCloseTo(mean, 9)
      }),
    )
  })
})
