import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SampleManifest } from '../../functions/contract/accounts.ts'
import { closedKey } from '../../functions/contract/keys.ts'
import type { DecisionRow } from '../../functions/contract/registry.ts'
import type { Removed } from '../../functions/contract/removed.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { quantileOfSorted } from '../../functions/math/quantile.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { judgeData } from '../../functions/train/judge-data.ts'
import {
  countRemoved,
  earlierRemoved,
  gateRemoved,
  REMOVED_GATE,
} from '../../functions/train/removed-share.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { drops, expected, hour, scene } from './judged-hours.ts'

const { gates } = scene
/** Shares of users: by a rule, and by verdicts of one reason. */
const removed = (rule: number, verdict: number, all = 10_000): Removed => ({
  rules: { all, excluded: { impossible_rate: Math.round(rule * all) } },
  verdicts: { all, excluded: { focus: Math.round(verdict * all) } },
})
const week = Array.from({ length: 7 }, (_, n) => removed(0.02 + 0.001 * n, 0.03))

describe('The gate on the share removed', () => {
  test('A jump of one reason is refused with its name and numbers', () => {
    const { passed, gate, reason, numbers } = gateRemoved(gates, removed(0.02, 0.3), week)
    expect([passed, gate]).toEqual([false, REMOVED_GATE])
    expect(reason).toMatch(
      /^(verdicts as focus|all verdicts) excluded events of 3000 of 10000 users \(30\.00 %\)/,
    )
    expect(reason).toMatch(/a median of 3\.00 % in 7 earlier intervals: a jump/)
    expect(numbers).toMatchObject({ removed: 3000, of: 10_000, share: 0.3, median: 0.03 })
    // DynamoDB takes no number nearer to 0 than 1e-130, and the numbers go to the registry.
    expect(numbers['tail']).toBe(1e-99)
  })

  test('A sudden fall is refused as well', () => {
    const before = week.map(() => removed(0.25, 0.03))
    expect(gateRemoved(gates, removed(0, 0.03), before).reason).toMatch(
      /^the rule impossible_rate excluded events of 0 of 10000 users .* a fall of its odds/,
    )
  })

  test('A level that came three times before passes', () => {
    expect(gateRemoved(gates, removed(0.02, 0.3), week.slice(0, 2)).passed).toBe(true)
    const level = [...week.slice(0, 3), ...week.slice(3).map(() => removed(0.02, 0.3))]
    expect(gateRemoved(gates, removed(0.02, 0.3), level).passed).toBe(true)
  })

  test('A first share from nothing is refused only if it is large', () => {
    const nobody = { all: 10_000, excluded: {} }
    const none = week.map(() => ({ rules: nobody, verdicts: nobody }))
    expect(gateRemoved(gates, removed(0.002, 0.002), none).passed).toBe(true)
    expect(gateRemoved(gates, removed(0, 0.2), none).passed).toBe(false)
  })

  test('A busy script or two in a night hour are no jump', () => {
    const night = Array.from({ length: 24 }, (_, n) => removed(n % 10 === 0 ? 1 / 40 : 0, 0, 40))
    expect(gateRemoved(gates, removed(2 / 15, 0, 15), night).passed).toBe(true)
    expect(gateRemoved(gates, removed(8 / 15, 0, 15), night).passed).toBe(false)
  })

  test('A move within the limit never fails', () => {
    const share = fc.double({ min: 0, max: 0.9, noNaN: true })
    const move = fc.double({ min: -0.099, max: 0.099, noNaN: true })
    fc.assert(
      fc.property(fc.array(share, { minLength: 3, maxLength: 25 }), move, (earlier, by) => {
        const sorted = earlier.toSorted((a, b) => a - b)
        const median = quantileOfSorted(sorted, 0.5)
        const now = removed(0, Math.min(1, Math.max(0, median + by)))
        expect(
          gateRemoved(
            gates,
            now,
            earlier.map((one) => removed(0, one)),
          ).passed,
        ).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('Shares of a few users hardly ever fail', () => {
    const uniform = seededUniform(7)
    // Of fifty users, every one is removed with a chance of 8 %.
    const draw = (): Removed => {
      const users = Array.from({ length: 50 }, () => (uniform() < 0.08 ? 1 : 0))
      return removed(0, users.reduce<number>((a, b) => a + b, 0) / 50, 50)
    }
    const runs = Array.from({ length: 1000 }, () => {
      const earlier = Array.from({ length: 7 }, draw)
      return gateRemoved(gates, draw(), earlier).passed
    })
    expect(runs.filter((passed) => !passed).length).toBeLessThan(10)
  })
})

describe('What cheats took from an interval', () => {
  const key = (n: number): string =>
    closedKey({
      ...{ scene: 'feed', hourMs: DAY0_MS + n * HOUR_MS },
      ...{ closedThroughMs: DAY0_MS + (n + 1) * HOUR_MS, accepted: 500 },
    })
  const setOf = (n: number, excluded: number): SampleManifest => {
    const made = hour(n, 400, 40)
    const one = { hourMs: made.fromMs, impressions: 400 - excluded, positives: 40, known: 400 }
    const users = { all: 100, excluded: { focus: excluded / 4 } }
    const drop = { drop: 'd'.repeat(32), events: excluded }
    return {
      ...{ ...made, impressionKeys: [key(n)] },
      account: { ...made.account, samples: 400 - excluded, excluded: { focus: excluded } },
      hours: [{ ...one, excluded: { focus: excluded }, users, drop }],
    }
  }
  const closings = [0, 1, 2].map((n) => ({
    ...{ closedThroughMs: DAY0_MS + (n + 1) * HOUR_MS, drops },
    hours: [
      {
        hourMs: DAY0_MS + n * HOUR_MS,
        excluded: { impossible_rate: 10 },
        users: { all: 120, excluded: { impossible_rate: 2 } },
        drops: {},
      },
    ],
  }))

  test('Its account adds closings and sets of the same hours', () => {
    expect(countRemoved([setOf(0, 20), setOf(1, 0)], closings)).toEqual({
      rules: { all: 240, excluded: { impossible_rate: 4 } },
      verdicts: { all: 200, excluded: { focus: 5 } },
    })
  })

  test('A poisoned hour is excluded by name, with its drop', () => {
    const plan = { tier: 'hourly' as const, expected, removedBefore: week }
    const { excluded, learned, failed } = judgeData(
      scene,
      plan,
      [setOf(0, 12), setOf(1, 200), setOf(2, 12)],
      closings,
    )
    expect(failed).toBeNull()
    expect(learned.map(({ fromMs }) => fromMs)).toEqual([DAY0_MS, DAY0_MS + 2 * HOUR_MS])
    expect(excluded[0]!.verdict.reason).toMatch(
      /T01:00:00Z: .* excluded events of 50 of 100 users .*; most in the hour .*T01:00:00Z \(200, and there most in the drop d+\)/,
    )
  })

  test('Earlier intervals are accepted ones and those that it refused', () => {
    const refusal: DecisionRow = {
      ...{ timeMs: DAY0_MS, kind: 'refusal', tier: 'daily', version: null, from: 1, to: 1 },
      reason: 'a jump',
      evidence: {
        ...{ gate: REMOVED_GATE, ranTier: 'daily', removed: removed(0, 0.3) },
        dataThroughMs: makeVersion(3).dataThroughMs,
      },
    }
    const versions = [
      makeVersion(1, { removed: removed(0, 0.01) }),
      makeVersion(2, { removed: removed(0, 0.02) }),
      makeVersion(4, { removed: removed(0, 0.04), status: 'refused' }),
      makeVersion(2, { tier: 'full', removed: removed(0, 0.05) }),
    ]
    const found = earlierRemoved('daily', versions, [refusal, { ...refusal, kind: 'skip' }])
    expect(found).toEqual([removed(0, 0.3), removed(0, 0.02), removed(0, 0.01)])
  })
})
