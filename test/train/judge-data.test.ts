import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SampleManifest } from '../../functions/contract/accounts.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { expectRate, judgeData } from '../../functions/train/judge-data.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const drops = { read: 1000, accepted: 1000, quarantined: {}, refused: {} }
const expected = { impressions: 100_000, positives: 10_000 }
const hour = (n: number, impressions: number, positives: number): SampleManifest => ({
  scene: 'feed',
  fromMs: DAY0_MS + n * HOUR_MS,
  inputsDigest: `${n}`.repeat(32),
  impressionKeys: [],
  files: [],
  account: {
    impressions,
    samples: impressions,
    positives,
    sampledOut: 0,
    immature: 0,
    outcomes: positives,
    attributed: positives,
    otherOutcome: 0,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
  },
})
const judge = (...sets: SampleManifest[]) =>
  judgeData(scene, { tier: 'hourly', expected }, sets, drops)
const spoiled = hour(0, 400, 240)

describe('an hour that a data gate refuses', () => {
  test('stops the increment that has nothing else to learn from', () => {
    expect(judge(spoiled).failed).toMatchObject({ gate: 'positive-rate' })
  })

  test('is set aside by the next increment, and does not pass by being diluted', () => {
    const others = [hour(1, 400, 40), hour(2, 400, 40)]
    // Together they lie within the bounds: 320 of 1,200 is less than three times one in ten.
    expect(
      judgeData(scene, { tier: 'daily', expected }, [spoiled, ...others], drops),
    ).toMatchObject({ failed: null, aside: [] })
    expect(judge(spoiled, ...others)).toEqual({
      learned: others,
      aside: [{ fromMs: DAY0_MS, throughMs: DAY0_MS + HOUR_MS }],
      failed: null,
    })
  })

  test('is never learned from beside hours that pass, and no hour is lost from the account', () => {
    const sets = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true })),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(sets, (rates) => {
        const all = rates.map(([n, rate], i) => hour(i, n, Math.round(n * rate)))
        const { learned, aside } = judge(...all)
        const asideFrom = aside.map(({ fromMs }) => fromMs)
        expect([...learned.map(({ fromMs }) => fromMs), ...asideFrom].sort()).toEqual(
          all.map(({ fromMs }) => fromMs).sort(),
        )
        if (learned.length > 1 && learned.length < all.length)
          for (const set of learned) expect(judge(set).failed?.gate).not.toBe('positive-rate')
      }),
    )
  })
})

describe('the rate to expect', () => {
  test('is that of the last accepted dailies, or of fulls before there is one', () => {
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
