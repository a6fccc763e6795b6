import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CounterRow, EventRow } from '../../functions/contract/rows.ts'
import { sceneSchema } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { makeRows } from '../../functions/samples/make.ts'
import { negativeId, openCandidates } from '../../functions/samples/negatives.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { makeTimeline } from '../make/timeline.ts'

const NEGATIVES = { perPositive: 4, smoothing: 0.75, windowHours: 168 }
const feed = makeScene()
const scene = makeScene({ sampling: { ...feed.sampling, negativeRate: 1, negatives: NEGATIVES } })
const recipe = recipeOf(scene)

const counter = (id: string, count: number, hourMs = DAY0_MS - 3 * HOUR_MS): CounterRow => ({
  kind: 'item',
  id,
  event: 'click',
  hourMs,
  count,
})
/** Items i0…i19, i0 the most popular. */
const counted = Array.from({ length: 20 }, (_, n) => counter(`i${n}`, 400 - 20 * n))
const knowledge = (rows = counted, items = indexCatalogue([])) =>
  makeTimeline(scene, rows, { items })
const sampled = (own: EventRow[], known = knowledge(), context: EventRow[] = []) =>
  makeRows(recipe, { own, ahead: [], context }, known, DAY0_MS + 7 * DAY_MS)

describe('A log of positives only', () => {
  test('Each outcome becomes a positive, with negatives of other items then', () => {
    const own = [makeOutcome({ event: 'a', item: 'i3' }), makeOutcome({ event: 'b', item: 'i9' })]
    const { rows, account } = sampled(own)
    expect(account).toMatchObject({ impressions: 10, samples: 10, positives: 2, synthetic: 8 })
    expect(account).toMatchObject({ outcomes: 2, attributed: 2, otherOutcome: 0, sampledOut: 0 })
    for (const { event, item, timeMs, user } of own) {
      const ids = Array.from({ length: 4 }, (_, n) => negativeId(event, n))
      const drawn = rows.filter(({ sample }) => ids.includes(sample))
      expect(drawn).toHaveLength(4)
      expect(new Set([item, ...drawn.map((row) => row.item)]).size).toBe(5)
      for (const row of drawn) expect(row).toMatchObject({ label: 0, user, timeMs, isMature: true })
    }
    expect(rows.filter(({ label }) => label === 1).map(({ sample }) => sample)).toEqual(['a', 'b'])
  })

  test('Negatives are the same in any event order and any company', () => {
    const own = Array.from({ length: 30 }, (_, n) =>
      makeOutcome({ event: `p${n}`, user: `u${n}`, item: `i${n % 20}` }),
    )
    const { rows } = sampled(own)
    expect(sampled([...own].reverse()).rows).toEqual(rows)
    const alone = sampled([own[7]!]).rows
    expect(rows.filter(({ user }) => user === 'u7')).toEqual(alone)
  })

  test('Negatives exclude items that the user had within the window', () => {
    const window = recipe.outcome.attributionWindowMinutes * 60_000
    const timeMs = DAY0_MS + 5 * HOUR_MS
    const context = Array.from({ length: 15 }, (_, n) =>
      makeOutcome({ event: `c${n}`, item: `i${n}`, timeMs: timeMs - window }),
    )
    const own = [makeOutcome({ event: 'a', item: 'i15', timeMs })]
    const drawn = sampled(own, knowledge(), context).rows.filter(({ label }) => label === 0)
    expect(drawn.map(({ item }) => item).sort()).toEqual(['i16', 'i17', 'i18', 'i19'])
    const before = context.map((row) => ({ ...row, timeMs: row.timeMs - 1 }))
    const free = sampled(own, knowledge(), before).rows.filter(({ label }) => label === 0)
    expect(free.some(({ item }) => Number(item.slice(1)) < 15)).toBe(true)
  })

  test('Fewer negatives are drawn when fewer candidates are left', () => {
    const own = [makeOutcome({ item: 'i0', timeMs: DAY0_MS + HOUR_MS })]
    expect(sampled(own, knowledge([counter('i0', 5), counter('i1', 1)])).account.synthetic).toBe(1)
    const later = [counter('i1', 3, DAY0_MS + HOUR_MS)]
    expect(sampled(own, knowledge(later)).account).toMatchObject({ positives: 1, samples: 1 })
  })

  test('Other outcomes are counted, and impressions are not samples', () => {
    const own = [
      makeOutcome({ event: 'a', item: 'i3' }),
      makeOutcome({ event: 'o', outcome: 'purchase' }),
      makeImpression({ event: 'shown' }),
    ]
    const { rows, account } = sampled(own)
    expect(account).toMatchObject({ outcomes: 2, attributed: 1, otherOutcome: 1 })
    expect(rows).toHaveLength(5)
  })
})

describe('Candidates', () => {
  test('Candidates are drawn by smoothed popularity', () => {
    const known = knowledge([counter('i0', 80), counter('i1', 15)])
    const at = openCandidates(known, 'click', NEGATIVES)(DAY0_MS)
    expect(at.items).toEqual(['i0', 'i1'])
    expect(at.sums[0]).toBeCloseTo(81 ** 0.75, 12)
    expect(at.sums[1]).toBeCloseTo(81 ** 0.75 + 16 ** 0.75, 12)
  })

  test('Candidates are items counted or stated before the hour began', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ item: fc.nat(9), hour: fc.integer({ min: -200, max: 20 }) })),
        fc.array(fc.record({ item: fc.nat(9), hour: fc.integer({ min: -200, max: 20 }) })),
        fc.integer({ min: 0, max: 10 * 60 }),
        (counts, statements, minute) => {
          const timeMs = DAY0_MS + minute * 60_000
          const hourMs = DAY0_MS + Math.floor(minute / 60) * HOUR_MS
          const atHour = (hour: number) => DAY0_MS + hour * HOUR_MS
          const items = indexCatalogue(
            statements.map(({ item, hour }, row) => ({
              id: `i${item}`,
              knowableMs: atHour(hour),
              attributes: '{}',
              title: null,
              text: null,
              drop: 'd',
              row,
            })),
          )
          const rows = counts.map(({ item, hour }) => counter(`i${item}`, 1, atHour(hour)))
          const found = openCandidates(knowledge(rows, items), 'click', NEGATIVES)(timeMs)
          const expected = new Set([
            ...counts
              // An hour is closed an hour after its end, at five past.
              .filter(({ hour }) => atHour(hour + 3) <= hourMs)
              .filter(({ hour }) => atHour(hour) >= hourMs - 168 * HOUR_MS)
              .map(({ item }) => `i${item}`),
            ...statements
              .filter(({ hour }) => atHour(hour) <= hourMs)
              .map(({ item }) => `i${item}`),
          ])
          expect(found.items).toEqual([...expected].sort())
        },
      ),
    )
  })
})

test('A scene that draws negatives samples none of them out', () => {
  const parsed = sceneSchema.safeParse({
    ...scene,
    sampling: { ...scene.sampling, negativeRate: 0.5 },
  })
  expect(parsed.error?.issues[0]).toMatchObject({
    path: ['sampling', 'negativeRate'],
    message: expect.stringContaining('expected 1 beside sampling.negatives'),
  })
})
