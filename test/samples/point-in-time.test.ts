import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countEvents } from '../../functions/closing/counters.ts'
import type { EntityRow, EventRow } from '../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { indexCounters, valuesOfCounts } from '../../functions/features/as-of-counts.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { makeRows } from '../../functions/samples/make.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'

const hours = fc.integer({ min: 0, max: 60 }).map((hour) => hour * HOUR_MS)
const event = fc
  .record({
    isOutcome: fc.boolean(),
    happened: hours,
    delay: fc.oneof(fc.constant(0), hours),
    within: fc.integer({ min: 0, max: HOUR_MS - 1 }),
    user: fc.constantFrom('u1', 'u2'),
    item: fc.constantFrom('i1', 'i2'),
  })
  .map(({ isOutcome, happened, delay, within, user, item }) => {
    const timeMs = DAY0_MS + happened + within
    return (isOutcome ? makeOutcome : makeImpression)({
      timeMs,
      arrivalMs: timeMs + delay,
      user,
      item,
    })
  })

/** Counts straight from the events: each had happened and had arrived before the sample's hour began. */
const naiveCount = (
  events: readonly EventRow[],
  kind: 'user' | 'item',
  id: string,
  name: string,
  timeMs: number,
  windowHours: number,
): number =>
  events.filter((row) => {
    const knowableMs = Math.max(row.timeMs, row.arrivalMs)
    const isCounted =
      row[kind] === id && (row.type === 'impression' ? 'impression' : row.outcome) === name
    return (
      isCounted &&
      knowableMs < floorHour(timeMs) &&
      floorHour(knowableMs) >= floorHour(timeMs) - windowHours * HOUR_MS
    )
  }).length

describe('A count at an instant', () => {
  test('The count equals a naive count of events arrived by then', () => {
    const question = fc.record({
      kind: fc.constantFrom('user' as const, 'item' as const),
      id: fc.constantFrom('u1', 'u2', 'i1', 'i2'),
      name: fc.constantFrom('impression', 'click'),
      timeMs: fc.integer({ min: DAY0_MS, max: DAY0_MS + 130 * HOUR_MS }),
      windowHours: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 60 }),
        fc.array(question, { minLength: 1, maxLength: 20 }),
        (events, questions) => {
          const counts = indexCounters(countEvents(events))
          for (const { kind, id, name, timeMs, windowHours } of questions)
            expect(counts.count(kind, id, name, timeMs, windowHours)).toBe(
              naiveCount(events, kind, id, name, timeMs, windowHours),
            )
        },
      ),
    )
  })
})

describe('A sample', () => {
  const scene = makeScene({ sampling: { negativeRate: 1, seed: 1, eventsPerShard: 100_000 } })
  const empty = indexCatalogue([])
  const samplesOf = (own: EventRow[], known: readonly EventRow[]) =>
    makeRows(
      recipeOf(scene),
      { own, ahead: [], context: [] },
      { counts: indexCounters(countEvents(known)), items: empty, users: empty },
      DAY0_MS + 1000 * HOUR_MS,
    ).rows

  test('Events after a sample never change it', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 40 }),
        fc.array(event, { maxLength: 20 }),
        (past, future) => {
          const shown = makeImpression({ event: 'sample', timeMs: DAY0_MS + 30 * HOUR_MS + 5 })
          const isAfter = ({ timeMs, arrivalMs }: EventRow) =>
            Math.max(timeMs, arrivalMs) >= shown.timeMs
          const later = future.filter(isAfter)
          expect(samplesOf([shown], [...past, ...later])).toEqual(
            samplesOf(
              [shown],
              past.filter((row) => !isAfter(row)),
            ),
          )
        },
      ),
    )
  })

  test('A sample smooths a rate by its prior', () => {
    const known = [0, 1, 2].map((n) =>
      makeImpression({ timeMs: DAY0_MS + n, arrivalMs: DAY0_MS + n, item: 'i9' }),
    )
    const clicked = makeOutcome({ timeMs: DAY0_MS + 3, arrivalMs: DAY0_MS + 3, item: 'i9' })
    const shown = makeImpression({ timeMs: DAY0_MS + 2 * HOUR_MS, item: 'i9' })
    const [row] = samplesOf([shown], [...known, clicked])
    expect(row!.f_item_shown_24h).toBe(3)
    expect(row!.f_item_click_rate_24h).toBeCloseTo((1 + 0.08 * 20) / (3 + 20), 12)
  })

  test('A sample takes the newest statement that was knowable before it', () => {
    const statement = (knowableMs: number, category: string): EntityRow => ({
      id: 'i1',
      knowableMs,
      attributes: JSON.stringify({ category, tags: ['a', 'b'] }),
      title: null,
      text: null,
      drop: 'd',
      row: 0,
    })
    const items = indexCatalogue([statement(20, 'new'), statement(10, 'old')])
    expect(items.attributesOf('i1', 10)).toBeNull()
    expect(items.attributesOf('i1', 11)!['category']).toBe('old')
    expect(items.attributesOf('i1', 20)!['category']).toBe('old')
    expect(items.attributesOf('i1', 21)!['category']).toBe('new')
    const cells = featureCells(
      [{ name: 'tags', kind: 'category', of: 'item.tags' }],
      makeImpression({ timeMs: 30 }),
      valuesOfCounts({ counts: indexCounters([]), items, users: items }),
    )
    expect(cells).toEqual({ f_tags: 'a\u001fb' })
  })

  test('A sample is mature once all outcomes in its window could close', () => {
    const shown = makeImpression({ timeMs: DAY0_MS })
    const make = (outcomesThroughMs: number) =>
      makeRows(
        recipeOf(scene),
        { own: [shown], ahead: [], context: [] },
        { counts: indexCounters([]), items: empty, users: empty },
        outcomesThroughMs,
      )
    expect(make(DAY0_MS + HOUR_MS).rows[0]!.isMature).toBe(true)
    expect(make(DAY0_MS + HOUR_MS - 1)).toMatchObject({
      rows: [{ isMature: false }],
      account: { immature: 1 },
    })
  })

  test('The account counts the known share of outcomes, even if sampled out', () => {
    const delay: [number, number][] = [
      [20, 0.25],
      [40, 1],
    ]
    const outcome = { attributionWindowMinutes: 60, delay }
    const shown = ['a', 'b', 'c'].map((event, n) =>
      makeImpression({ event, timeMs: DAY0_MS + n * 10 * MINUTE_MS }),
    )
    const { rows, account } = makeRows(
      { ...recipeOf(scene), outcome, sampling: { ...scene.sampling, negativeRate: 1e-9 } },
      { own: shown, ahead: [], context: [] },
      { counts: indexCounters([]), items: empty, users: empty },
      DAY0_MS + 30 * MINUTE_MS,
    )
    expect(rows).toEqual([])
    // Ages of 30, 20 and 10 minutes.
    expect(account).toMatchObject({ impressions: 3, sampledOut: 3, known: 0.625 + 0.25 + 0.125 })
  })
})
