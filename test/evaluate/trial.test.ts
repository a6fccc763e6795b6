import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CanaryConfiguration } from '../../functions/contract/scene.ts'
import type { Trial } from '../../functions/contract/training.ts'
import { judgeTrial, type LoggedRows, observeTrial } from '../../functions/evaluate/trial.ts'
import { bootstrapDifference } from '../../functions/math/bootstrap.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { makeScene } from '../make/scene.ts'

const { gates } = makeScene()
const canary: CanaryConfiguration = { share: 0.2, seed: 1, hours: 4, minUsers: 30 }

/** Hours of a trial in which each arm's people click at a rate of their own. */
function trials(hours: number, people: number, rate: number, servedRate: number): Trial[] {
  const uniform = seededUniform(hours + people)
  const arm = (name: string, clickRate: number) => {
    const users = Array.from({ length: people }, (_, i) => `${name}${i}`)
    return {
      users,
      weights: users.map(() => 10),
      positives: users.map(
        () => Array.from({ length: 10 }, () => uniform()).filter((u) => u < clickRate).length,
      ),
    }
  }
  return Array.from({ length: hours }, (_, hour) => ({
    throughMs: hour,
    canary: arm('c', rate),
    served: arm('s', servedRate),
    loss: null,
  }))
}
const worseLoss = (trial: Trial, by: number): Trial => ({
  ...trial,
  loss: {
    ours: 'canary',
    theirs: 'served',
    users: trial.canary.users,
    differences: trial.canary.weights.map((weight) => by * weight),
    weights: trial.canary.weights,
  },
})

describe('A trial', () => {
  test('A trial assigns each row to the release that ranked it', () => {
    const rows: LoggedRows = {
      labels: [1, 0, 1, 0, 1],
      weights: [1, 2, 1, 2, 1],
      users: ['a', 'a', 'b', 'c', 'd'],
      releases: ['7', '7', '6', null, '5'],
      predictions: [
        [0.5, 0.5, 0.5, 0.5, 0.5],
        [0.9, 0.1, 0.5, 0.5, 0.5],
      ],
    }
    const armOf = (release: string) =>
      release === '7' ? ('canary' as const) : release === '6' ? ('served' as const) : null
    const trial = observeTrial(rows, ['control', 'tried'], 'tried', 'control', armOf, 9)
    expect(trial.canary).toEqual({ users: ['a'], positives: [1], weights: [3] })
    expect(trial.served).toEqual({ users: ['b'], positives: [1], weights: [1] })
    // Only what the canary ranked: one hit and one (doubled) miss, both better than one half.
    expect(trial.loss!.users).toEqual(['a'])
    expect(trial.loss!.differences[0]).toBeCloseTo(3 * (Math.log(0.5) - Math.log(0.9)), 12)
  })

  test('A trial waits for its hours and then promotes a good canary', () => {
    for (const hours of [1, 2, 3])
      expect(judgeTrial(canary, gates, trials(hours, 200, 0.1, 0.1)).decision).toBe('wait')
    const { decision, verdict } = judgeTrial(canary, gates, trials(4, 200, 0.1, 0.1))
    expect(decision).toBe('promote')
    expect(verdict).toMatchObject({ gate: 'canary', passed: true })
    expect(verdict.reason).toMatch(
      /^canary, 4 of 4 hours, 200 users: outcomes at .* served .*not significantly worse$/,
    )
  })

  test('A trial withdraws a canary with fewer clicks and gives the difference', () => {
    const { decision, verdict } = judgeTrial(canary, gates, trials(1, 400, 0.05, 0.15))
    expect(decision).toBe('withdraw')
    expect(verdict.passed).toBe(false)
    expect(verdict.reason).toMatch(/: significantly worse$/)
  })

  test('A trial withdraws a canary that predicts worse than the champion', () => {
    const [trial] = trials(1, 100, 0.1, 0.1)
    expect(judgeTrial(canary, gates, [worseLoss(trial!, 0.05)]).decision).toBe('withdraw')
    expect(judgeTrial(canary, gates, [worseLoss(trial!, -0.05)]).decision).toBe('wait')
  })

  test('A trial with too few people ends after twice its hours', () => {
    expect(judgeTrial(canary, gates, trials(7, 10, 0.1, 0.1)).decision).toBe('wait')
    const { decision, verdict } = judgeTrial(canary, gates, trials(8, 10, 0.1, 0.1))
    expect(decision).toBe('withdraw')
    expect(verdict.reason).toMatch(
      /champion and challenger need 30 each: check that impressions carry the release that ranked them$/,
    )
  })

  test('A trial whose log names no release promotes after its hours', () => {
    const silent = trials(4, 50, 0.1, 0.1).map((trial) => {
      const nobody = { users: [], positives: [], weights: [] }
      return { ...trial, canary: nobody, served: nobody }
    })
    expect(judgeTrial(canary, gates, silent.slice(0, 3)).decision).toBe('wait')
    const { decision, verdict } = judgeTrial(canary, gates, silent)
    expect(decision).toBe('promote')
    expect(verdict.reason).toMatch(/no impression names a release of the trial/)
  })

  test('Repeated looks at two equal versions seldom withdraw one', () => {
    let withdrawn = 0
    for (let n = 0; n < 60; n++) {
      const all = trials(4, 60 + n, 0.1, 0.1)
      if (
        [1, 2, 3, 4].some((k) => judgeTrial(canary, gates, all.slice(0, k)).decision === 'withdraw')
      )
        withdrawn++
    }
    // 1 - confidence is 0.05 over all looks, half of it on this side; 60 draws, three sigma.
    expect(withdrawn).toBeLessThanOrEqual(6)
  })
})

describe('The bootstrap of a difference', () => {
  const options = { resamples: 2000, confidence: 0.95, seed: 3 }

  test('The bootstrap width agrees with theory for two large groups', () => {
    const uniform = seededUniform(7)
    const group = (n: number, rate: number) => {
      const users = Array.from({ length: n }, (_, i) => `u${i}`)
      return {
        users,
        positives: users.map(() => (uniform() < rate ? 1 : 0)),
        weights: users.map(() => 1),
      }
    }
    const first = group(3000, 0.3)
    const second = group(2000, 0.2)
    const found = bootstrapDifference(first, second, options)
    const error = Math.sqrt((0.3 * 0.7) / 3000 + (0.2 * 0.8) / 2000)
    expect((found.high - found.low) / 2 / (1.96 * error)).toBeGreaterThan(0.9)
    expect((found.high - found.low) / 2 / (1.96 * error)).toBeLessThan(1.1)
    expect(Math.abs(found.mean - 0.1)).toBeLessThan(4 * error)
  })

  test('The bootstrap difference changes sign with the group order', () => {
    const people = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 5 })),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(people, people, (left, right) => {
        const group = (rows: readonly (readonly [number, number])[]) => ({
          users: rows.map((_, i) => `u${i}`),
          positives: rows.map(([positives]) => positives),
          weights: rows.map(([, weight]) => weight),
        })
        const there = bootstrapDifference(group(left), group(right), options)
        const back = bootstrapDifference(group(right), group(left), options)
        expect(there.mean).toBeCloseTo(-back.mean, 12)
        expect(there.low).toBeLessThanOrEqual(there.high)
      }),
      { numRuns: 20 },
    )
  })
})
