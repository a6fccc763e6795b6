import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SampleManifest } from '../../functions/contract/accounts.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import type { RunPlan, Tier } from '../../functions/contract/training.ts'
import { sumAccounts } from '../../functions/samples/commit-set.ts'
import { judgeData } from '../../functions/train/judge-data.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { closings, drops, expected, hour, scene } from './judged-hours.ts'

const sceneNegatives = { perPositive: 4, smoothing: 0.75, windowHours: 2160 }
const judge = (...sets: SampleManifest[]) =>
  judgeData(scene, { tier: 'hourly', expected }, sets, closings)
const spoiled = hour(0, 400, 240)
/** The set of a day of such hours. */
const dayOf = (...hours: SampleManifest[]): SampleManifest => ({
  ...hours[0]!,
  account: sumAccounts(hours.map(({ account }) => account)),
  hours: hours.map(({ fromMs: hourMs, account: { impressions, positives } }) => ({
    hourMs,
    impressions,
    positives,
    known: impressions,
  })),
})
const hoursOf = (count: number, impressions: number, positives: number): SampleManifest[] =>
  Array.from({ length: count }, (_, n) => hour(n, impressions, positives))
const judgeDay = (hours: SampleManifest[], rate: RunPlan['expected'] = expected) =>
  judgeData(scene, { tier: 'daily', expected: rate }, [dayOf(...hours)], closings)
const firstRun = { impressions: 0, positives: 0 }

describe('Scenes that draw negatives', () => {
  const { sampling } = scene
  const drawing = makeScene({ sampling: { ...sampling, negatives: sceneNegatives } })

  test('A scene that draws negatives is never compared with earlier rates', () => {
    const hourly = { tier: 'hourly', expected } as const
    expect(judge(spoiled).failed).toMatchObject({ gate: 'positive-rate' })
    expect(judgeData(drawing, hourly, [spoiled], closings)).toMatchObject({
      failed: null,
      excluded: [],
    })
    const day = dayOf(...hoursOf(20, 400, 40), hour(21, 400, 400))
    const daily = { tier: 'daily', expected } as const
    expect(judgeData(scene, daily, [day], closings).excluded).toHaveLength(1)
    expect(judgeData(drawing, daily, [day], closings)).toMatchObject({ failed: null, excluded: [] })
  })

  test('A scene that draws negatives still needs both labels', () => {
    const all = hour(0, 400, 400)
    const { failed } = judgeData(drawing, { tier: 'hourly', expected }, [all], closings)
    expect(failed).toMatchObject({ gate: 'labels' })
  })
})

describe('An hour refused by gates', () => {
  test('A refused hour stops an increment that has no other hours', () => {
    expect(judge(spoiled).failed).toMatchObject({ gate: 'positive-rate' })
  })

  test('A refused hour is excluded by the next increment and never diluted', () => {
    const others = [hour(1, 400, 40), hour(2, 400, 40), hour(3, 400, 40)]
    // Together they lie within the bounds: 360 of 1,600 is less than three times one in ten.
    const together = hour(0, 1600, 360)
    expect(judge(together)).toMatchObject({ failed: null, excluded: [] })
    expect(judge(spoiled, ...others)).toMatchObject({
      learned: others,
      excluded: [
        {
          fromMs: DAY0_MS,
          throughMs: DAY0_MS + HOUR_MS,
          verdict: { reason: expect.stringMatching(/^2026-01-05T00:00:00Z: positive rate 60/) },
        },
      ],
      failed: null,
    })
  })

  test('Two hours out of bounds in opposite directions do not compensate', () => {
    // 240 of 800 together: within three times one in ten.
    expect(judge(spoiled, hour(1, 400, 0))).toMatchObject({
      excluded: [],
      failed: { gate: 'positive-rate', numbers: { positives: 0, impressions: 400 } },
    })
  })

  test('Refused hours are never learned beside passing hours, and none is lost', () => {
    const sets = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true })),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(sets, (rates) => {
        const all = rates.map(([n, rate], i) => hour(i, n, Math.round(n * rate)))
        const { learned, excluded } = judge(...all)
        const excludedFrom = excluded.map(({ fromMs }) => fromMs)
        expect([...learned.map(({ fromMs }) => fromMs), ...excludedFrom].sort()).toEqual(
          all.map(({ fromMs }) => fromMs).sort(),
        )
        if (learned.length > 1 && learned.length < all.length)
          for (const set of learned) expect(judge(set).failed?.gate).not.toBe('positive-rate')
      }),
    )
  })
})

describe('A day with bad hours', () => {
  const others = hoursOf(24, 400, 40).slice(1)

  test.each([0.3, 0.45, 0.8])('An hour with the rate %f is excluded from its day', (rate) => {
    for (const earlier of [expected, firstRun]) {
      const { excluded, failed } = judgeDay([hour(0, 400, 400 * rate), ...others], earlier)
      expect(failed).toBeNull()
      expect(excluded).toMatchObject([{ fromMs: DAY0_MS, throughMs: DAY0_MS + HOUR_MS }])
    }
  })

  test('A first day compares each hour with its other hours', () => {
    const hours = [hour(0, 400, 320), hour(1, 400, 320), ...others.slice(1)]
    const { excluded } = judgeDay(hours, firstRun)
    expect(excluded.map(({ fromMs }) => fromMs)).toEqual([DAY0_MS, DAY0_MS + HOUR_MS])
    expect(excluded[0]!.verdict.reason).toMatch(/against 1\d\.\d\d % in the other hours/)
    expect(judgeDay(others, firstRun)).toMatchObject({ excluded: [], failed: null })
  })

  test('A day with mostly bad hours is refused and names the first', () => {
    const hours = [...hoursOf(13, 400, 240), ...others.slice(13)]
    expect(judgeDay(hours)).toMatchObject({
      excluded: [],
      failed: {
        gate: 'positive-rate',
        reason: expect.stringMatching(
          /^13 of 23 hours are out of bounds, the first at 2026-01-05T/,
        ),
      },
    })
  })

  test('The gate allows for hours that vary more than chance', () => {
    // A few people an hour, each of whom likes most or little.
    const uneven = Array.from({ length: 24 }, (_, n) => hour(n, 60, n % 2 ? 42 : 18))
    const rate = { impressions: 100_000, positives: 50_000 }
    const all = [...uneven, hour(24, 60, 52)]
    expect(judgeDay(all, rate).excluded).toHaveLength(1)
    expect(judgeDay(all, { ...rate, dispersion: 9 }).excluded).toEqual([])
    expect(judgeDay(all, firstRun).excluded).toEqual([])
  })
})

describe('Labels', () => {
  const ask = (tier: Tier, positives: number, negatives: number) =>
    judgeData(
      scene,
      { tier, expected: firstRun },
      [hour(0, positives + negatives, positives)],
      closings,
    ).failed

  test('Labels of one kind alone train no tier', () => {
    for (const tier of ['full', 'daily', 'hourly'] as const)
      for (const [positives, negatives] of [
        [0, 4000],
        [4000, 0],
      ] as const)
        expect(ask(tier, positives, negatives)).toMatchObject({
          gate: 'labels',
          numbers: { positives, negatives },
        })
  })

  test('A full or daily needs more labels per kind than an hourly', () => {
    for (const tier of ['full', 'daily'] as const) {
      expect(ask(tier, 9, 400)?.reason).toBe(
        "9 positive and 400 negative samples, and training needs at least 10 and 10: the interval joins the next run's",
      )
      expect(ask(tier, 400, 9)).toMatchObject({ gate: 'labels' })
      expect(ask(tier, 10, 400)).toBeNull()
    }
    expect(ask('hourly', 1, 400)).toBeNull()
  })

  test('Labels missing beyond chance mean a broken log, not a wait', () => {
    expect(judge(hour(0, 400, 0)).failed).toMatchObject({ gate: 'positive-rate' })
    expect(judge(hour(0, 30, 0)).failed).toMatchObject({ gate: 'labels' })
  })
})

describe('An extreme earlier rate', () => {
  const ask = (before: number, positives: number) =>
    judgeData(
      scene,
      { tier: 'hourly', expected: { impressions: 10_000, positives: before } },
      [hour(0, 400, positives)],
      closings,
    ).failed

  test('An earlier positive rate of 0 or 1 is judged normally', () => {
    expect(ask(0, 40)).toMatchObject({ gate: 'positive-rate' })
    expect(ask(0, 1)).toBeNull()
    expect(ask(10_000, 360)).toMatchObject({ gate: 'positive-rate' })
    expect(ask(10_000, 399)).toBeNull()
  })
})

describe('A mostly quarantined hour', () => {
  const broken = { read: 1000, accepted: 300, quarantined: { not_json: 700 }, refused: {} }
  const read = [broken, drops, drops, drops].map((of, n) => ({
    closedThroughMs: DAY0_MS + (n + 1) * HOUR_MS,
    drops: of,
    hours: [],
  }))
  const [first, second, third] = [0, 1, 2].map((n) => hour(n, 400, 40)) as [
    SampleManifest,
    SampleManifest,
    SampleManifest,
  ]
  const ask = (tier: Tier, sets: SampleManifest[]) =>
    judgeData(scene, { tier, expected }, sets, read)

  test('A mostly quarantined hour is refused, then excluded by the next run', () => {
    expect(ask('hourly', [first]).failed).toMatchObject({ gate: 'invalid-share' })
    expect(ask('hourly', [first, second, third])).toMatchObject({
      learned: [second, third],
      excluded: [{ fromMs: first.fromMs, throughMs: second.fromMs }],
      failed: null,
    })
  })

  test('The quarantined share of a daily counts all records of its closings', () => {
    const numbers = { invalid: 700, read: 4000, share: 0.175 }
    expect(ask('daily', [first]).failed).toBeNull()
    const strict = { ...scene, gates: { ...scene.gates, maxInvalidShare: 0.1 } }
    expect(judgeData(strict, { tier: 'daily', expected }, [first], read).failed).toMatchObject({
      gate: 'invalid-share',
      numbers,
    })
  })
})
