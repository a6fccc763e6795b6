import { describe, expect, test } from 'vitest'
import type { SampleManifest } from '../../functions/contract/accounts.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import type { RunPlan, Tier } from '../../functions/contract/training.ts'
import { expectRate } from '../../functions/train/hour-rates.ts'
import { judgeData } from '../../functions/train/judge-data.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { closings, hour, scene } from './judged-hours.ts'

describe('An hour with young outcomes', () => {
  const young = (n: number, impressions: number, positives: number, share: number) => {
    const set = hour(n, impressions, positives)
    return { ...set, account: { ...set.account, known: impressions * share } }
  }
  // Purchases: 5.8 % in the end, of which a day has shown 80 % and an hour 10 %.
  const purchases = { impressions: 100_000, known: 80_000, positives: 4640 }
  const ask = (tier: Tier, trailing: RunPlan['expected'], ...sets: SampleManifest[]) =>
    judgeData(scene, { tier, expected: trailing }, sets, closings)

  test('A young hour passes with few positives where a final hour fails', () => {
    expect(ask('hourly', purchases, young(0, 10_000, 60, 0.1)).failed).toBeNull()
    expect(ask('hourly', purchases, hour(0, 10_000, 60)).failed).toMatchObject({
      gate: 'positive-rate',
    })
    const { known: _, ...uncounted } = purchases
    expect(ask('hourly', uncounted, young(0, 10_000, 60, 0.1)).failed).toBeNull()
  })

  test('A young hour outside a threefold range of expectation is refused', () => {
    for (const positives of [15, 200])
      expect(ask('hourly', purchases, young(0, 10_000, positives, 0.1)).failed).toMatchObject({
        gate: 'positive-rate',
        reason: expect.stringMatching(
          /against 5\.80 % before, of which 10\.00 % has arrived by now/,
        ),
        numbers: { expected: expect.closeTo(0.0058, 5), known: 1000 },
      })
  })

  test('A young hour is judged beside older hours, each by its age', () => {
    const sets = [young(0, 10_000, 290, 0.5), young(1, 10_000, 290, 0.1), young(2, 10_000, 58, 0.1)]
    expect(ask('hourly', purchases, ...sets)).toMatchObject({
      learned: [sets[0], sets[2]],
      failed: null,
    })
  })

  test('A daily is compared unchanged with dailies whose age is unknown', () => {
    const { known: _, ...uncounted } = purchases
    const day = young(0, 100_000, 4640, 0.2)
    expect(ask('daily', uncounted, day).failed).toBeNull()
    expect(ask('daily', purchases, day).failed).toMatchObject({ gate: 'positive-rate' })
  })
})

describe('The expected rate', () => {
  test('The expected rate has a known share when all its versions do', () => {
    const [first, second] = [makeVersion(2, { known: 700.5 }), makeVersion(3, { known: 800 })]
    expect(expectRate([first, second])).toEqual({
      impressions: 2000,
      known: 1500.5,
      positives: 200,
    })
    expect(expectRate([first, makeVersion(3)])).toEqual({ impressions: 2000, positives: 200 })
  })

  test('The expected rate has hourly variation when any version does', () => {
    const versions = [
      makeVersion(2, { dispersion: 2 }),
      makeVersion(3),
      makeVersion(4, { dispersion: 3 }),
    ]
    expect(expectRate(versions)).toMatchObject({ dispersion: 2.5 })
  })

  test('The expected rate uses the last accepted dailies, or earlier fulls', () => {
    const full = makeVersion(1, { tier: 'full', impressions: 500, positives: 5 })
    const refused = makeVersion(3, { status: 'refused', impressions: 9, positives: 9 })
    expect(expectRate([full, refused])).toEqual({ impressions: 500, positives: 5 })
    const dailies = Array.from({ length: 9 }, (_, n) =>
      makeVersion(n + 2, {
        dataThroughMs: DAY0_MS + (n + 2) * DAY_MS,
        impressions: 10 ** 6,
        positives: n,
      }),
    )
    expect(expectRate([full, refused, ...dailies])).toEqual({
      impressions: 7 * 10 ** 6,
      positives: 2 + 3 + 4 + 5 + 6 + 7 + 8,
    })
  })
})
