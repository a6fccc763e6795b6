import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closedKey } from '../../functions/contract/keys.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { sampleKindsSchema } from '../../functions/contract/sample-kinds.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { VerdictRow } from '../../functions/contract/verdicts.ts'
import { makeRows } from '../../functions/samples/make.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import {
  cutVerdicts,
  digestVerdicts,
  openVerdictOf,
  touchableHours,
} from '../../functions/samples/verdicts.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { makeTimeline } from '../make/timeline.ts'
import { verdict } from '../make/verdicts.ts'

const feed = makeScene()
const sampling = { negativeRate: 1, seed: 1, eventsPerShard: 100_000 }
const scene = makeScene({ sampling, features: [{ name: 'item', kind: 'category', of: 'item.id' }] })
const at = (minute: number): number => DAY0_MS + minute * MINUTE_MS
const hourKey = (hour: number): string =>
  closedKey({
    ...{ scene: 'feed', hourMs: DAY0_MS + hour * HOUR_MS },
    ...{ closedThroughMs: DAY0_MS + (hour + 1) * HOUR_MS, accepted: 9 },
  })
const keys = {
  impressionKeys: [1, 2].map(hourKey),
  outcomeKeys: [3].map(hourKey),
  contextKeys: [0].map(hourKey),
}
const all = [{ fromMs: DAY0_MS, throughMs: DAY0_MS + DAY_MS }]
const held = (fields: Partial<VerdictRow>): VerdictRow =>
  verdict({ fromMs: DAY0_MS, throughMs: DAY0_MS + DAY_MS, ...fields })
const make = (own: EventRow[], rows: VerdictRow[], ahead: EventRow[] = [], of = scene) =>
  makeRows(
    recipeOf(of),
    { own, ahead, context: [] },
    makeTimeline(of),
    DAY0_MS + 7 * DAY_MS,
    openVerdictOf(rows, all),
  )
const sum = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)

describe('What the name of a set takes from a snapshot', () => {
  const recipe = recipeOf(scene)
  const digest = (...rows: VerdictRow[]) => digestVerdicts(recipe, keys, rows)
  const hit = held({})

  test('A set that no verdict touches has the name without a snapshot', () => {
    expect(digest()).toBeNull()
    expect(digest(held({ action: 'watch' }))).toBeNull()
    expect(digest(held({ fromMs: DAY0_MS + 4 * HOUR_MS }))).toBeNull()
    // Earlier impressions only tell whose outcome it is.
    expect(digest(held({ throughMs: DAY0_MS + HOUR_MS }))).toBeNull()
  })

  test('A renewed verdict, or one that grew elsewhere, says the same', () => {
    const before = digest(hit)
    expect(before).not.toBeNull()
    const renewed = { score: 99, detectors: '["a","b"]', renewedMs: 5, expiresMs: 6, foundMs: 7 }
    expect(digest({ ...hit, ...renewed, throughMs: hit.throughMs + 9 * DAY_MS })).toBe(before)
    expect(digest(held({ fromMs: DAY0_MS + 9 * HOUR_MS, id: 'u9' }), hit, hit)).toBe(before)
  })

  test('What changes a sample changes the name', () => {
    const changes: Partial<VerdictRow>[] = [
      ...[{ id: 'u2' }, { items: '["i1"]' }, { reason: 'slow' }, { subject: 'item' }],
      ...[{ action: 'weigh', weight: 0.5 }, { fromMs: at(61) }, { throughMs: at(100) }],
    ]
    const digests = [hit, ...changes.map(held)].map((row) => digest(row))
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('Sequences and drawn negatives also depend on earlier hours', () => {
    const early = held({ throughMs: DAY0_MS + HOUR_MS })
    const kinds = sampleKindsSchema.parse({ sequences: { length: 3 } })
    const negatives = { perPositive: 2, smoothing: 1, windowHours: 24 }
    for (const more of [{ kinds }, { negatives }])
      expect(
        digestVerdicts({ sampling: { ...recipe.sampling, ...more } }, keys, [early]),
      ).not.toBeNull()
    expect(touchableHours(recipe, keys)).toEqual([
      { fromMs: DAY0_MS + HOUR_MS, throughMs: DAY0_MS + 4 * HOUR_MS },
    ])
  })

  test('The order of a snapshot does not matter', () => {
    const rows = ['u1', 'u2', 'u3'].flatMap((id) => [held({ id }), held({ id, reason: 'z' })])
    const hours = touchableHours(recipe, keys)
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: 6 }), (shuffled) => {
        expect(cutVerdicts(shuffled, hours)).toEqual(cutVerdicts(rows, hours))
      }),
    )
  })
})

describe('Samples under verdicts', () => {
  const shown = (user: string, item: string, minute: number) =>
    makeImpression({ user, item, timeMs: at(minute), request: `r ${user}` })
  const click = (user: string, item: string, minute: number) =>
    makeOutcome({ user, item, timeMs: at(minute), request: `r ${user}`, event: `${user}${item}!` })

  test('An excluded impression gives no sample, and its outcome labels nothing', () => {
    const own = [shown('u1', 'i1', 60), click('u1', 'i1', 61), shown('u2', 'i1', 60)]
    const rows = [held({ throughMs: at(60) + 1 })]
    const { account, rows: samples } = make(own, rows)
    expect(samples.map(({ user }) => user)).toEqual(['u2'])
    expect(account).toMatchObject({
      ...{ impressions: 2, samples: 1, sampledOut: 0, attributed: 0, orphaned: 0 },
      ...{ excluded: { focus: 1 }, excludedOutcomes: { focus: 1 }, outcomes: 1 },
    })
  })

  test('An excluded outcome labels nothing, also one of a later hour', () => {
    const rows = [held({ fromMs: at(61) })]
    const late = click('u1', 'i2', 70)
    const own = [shown('u1', 'i1', 60), shown('u1', 'i2', 60), click('u1', 'i1', 61)]
    const { account, rows: samples } = make(own, rows, [late])
    expect(samples.map(({ label }) => label)).toEqual([0, 0])
    expect(account).toMatchObject({ excludedOutcomes: { focus: 1 }, outcomes: 1, attributed: 0 })
  })

  test('A sample has the lower trust of its impression and its outcome', () => {
    const rows = [
      held({ action: 'weigh', weight: 0.5 }),
      held({ action: 'weigh', weight: 0.2, fromMs: at(61), reason: 'slow' }),
    ]
    const own = [shown('u1', 'i1', 60), shown('u1', 'i2', 60), click('u1', 'i1', 61)]
    const { rows: samples, account } = make([...own, shown('u2', 'i1', 60)], rows)
    const trusts = new Map(samples.map(({ user, item, trust }) => [`${user} ${item}`, trust]))
    expect(Object.fromEntries(trusts)).toEqual({ 'u1 i1': 0.2, 'u1 i2': 0.5, 'u2 i1': 1 })
    expect(account.trust).toBeCloseTo(1.7, 12)
    expect(samples.every(({ weight }) => weight === 1)).toBe(true)
  })

  test('An hour counts its excluded impressions and names their drop', () => {
    const own = [shown('u1', 'i1', 60), shown('u1', 'i2', 61), shown('u2', 'i1', 62)]
    const { hours } = make(
      own.map((row) => ({ ...row, drop: row.user })),
      [held({})],
    )
    expect(hours).toEqual([
      {
        ...{ hourMs: at(60), impressions: 1, positives: 0, known: 1 },
        ...{ excluded: { focus: 2 }, drop: { drop: 'u1', events: 2 } },
        users: { all: 2, excluded: { focus: 1 } },
      },
    ])
  })

  test('Nothing is drawn for an excluded outcome of a log without impressions', () => {
    const negatives = { perPositive: 2, smoothing: 0.75, windowHours: 168 }
    const drawing = makeScene({ sampling: { ...feed.sampling, negativeRate: 1, negatives } })
    const own = [click('u1', 'i1', 60), click('u2', 'i1', 60)]
    const { account, rows } = make(own, [held({})], [], drawing)
    expect(rows.every(({ user }) => user === 'u2')).toBe(true)
    const { impressions, samples, sampledOut, excluded } = account
    expect(impressions).toBe(samples + sampledOut + sum(excluded))
    expect(account).toMatchObject({ excluded: { focus: 1 }, attributed: 1, outcomes: 2 })
  })

  test('The laws of the account hold for any verdicts', () => {
    const user = fc.constantFrom('u1', 'u2', 'u3')
    const item = fc.constantFrom('i1', 'i2')
    const one = fc.record({ user, item, minute: fc.integer({ min: 0, max: 300 }) })
    const drawn = fc.record({
      ...{ id: user, fromMs: fc.integer({ min: 0, max: 300 }).map(at) },
      length: fc.integer({ min: 1, max: 200 }),
      items: fc.constantFrom('[]', '["i1"]'),
      action: fc.constantFrom('exclude', 'weigh', 'watch'),
      reason: fc.constantFrom('focus', 'slow'),
    })
    const log = fc.array(fc.tuple(one, fc.boolean()), { maxLength: 40 })
    fc.assert(
      fc.property(log, fc.array(drawn, { maxLength: 6 }), (events, verdicts) => {
        const own = events.map(([{ user: id, item: name, minute }, isClick]) => {
          const about = { user: id, item: name, timeMs: at(minute) }
          return isClick ? makeOutcome(about) : makeImpression(about)
        })
        const rows = verdicts.map(({ length, ...row }) =>
          held({ ...row, throughMs: row.fromMs + length * MINUTE_MS, weight: 0.5 }),
        )
        const { account, rows: samples } = make(own, rows)
        const clicks = events.filter(([, isClick]) => isClick).length
        expect(account.impressions).toBe(events.length - clicks)
        const kept = account.samples + account.sampledOut
        expect(account.impressions).toBe(kept + sum(account.excluded))
        const { attributed, otherOutcome, repeated, orphaned, ofEarlierSet } = account
        const named = attributed + otherOutcome + repeated + orphaned + ofEarlierSet
        expect(clicks).toBe(named + sum(account.excludedOutcomes))
        const trust = samples.reduce((all, row) => all + row.trust, 0)
        expect(account.trust ?? account.samples).toBeCloseTo(trust, 9)
      }),
      { numRuns: 100 },
    )
  })
})
