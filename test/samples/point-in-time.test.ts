import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Feature } from '../../functions/contract/features.ts'
import type { EntityRow, EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { makeRows } from '../../functions/samples/make.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'
import { simulateClosings, simulatedCounts } from '../make/simulated-rows.ts'
import { makeTimeline } from '../make/timeline.ts'

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

describe('A sample', () => {
  const rate: Feature = {
    ...{ name: 'item_rate', kind: 'rate', entity: 'item', outcome: 'click', windowHours: 24 },
    ...{ priorRate: 0.08, priorStrength: 20 },
  }
  const scene = makeScene({
    sampling: { negativeRate: 1, seed: 1, eventsPerShard: 100_000 },
    features: [...makeScene().features, rate],
  })
  /** Each known event landed in a drop of its own. */
  const knownBy = (known: readonly EventRow[]) => {
    const drops = known.map((row) => ({ arrivalMs: row.arrivalMs, events: [row] }))
    const rule = { ...scene, exclusions: [] }
    const closings = simulateClosings(rule, drops, DAY0_MS, DAY0_MS + 140 * HOUR_MS)
    return makeTimeline(scene, [], simulatedCounts(drops, closings))
  }
  const samplesOf = (own: EventRow[], known: readonly EventRow[]) =>
    makeRows(
      recipeOf(scene),
      { own, ahead: [], context: [] },
      knownBy(known),
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
            Math.max(timeMs, arrivalMs) + scene.nearLineSeconds * 1000 > shown.timeMs
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
    expect(row!.f_item_rate).toBeCloseTo((1 + 0.08 * 20) / (3 + 20), 12)
  })

  test('A sample takes the newest statement that was visible then', () => {
    const statement = (knowableMs: number, category: string): EntityRow => ({
      id: 'i1',
      knowableMs,
      attributes: JSON.stringify({ category, tags: ['a', 'b'] }),
      title: null,
      text: null,
      drop: 'd',
      row: 0,
    })
    const items = indexCatalogue([statement(20, 'new'), statement(10, 'old')], 5)
    expect(items.attributesOf('i1', 14)).toBeNull()
    expect(items.attributesOf('i1', 15)!['category']).toBe('old')
    expect(items.attributesOf('i1', 24)!['category']).toBe('old')
    expect(items.attributesOf('i1', 25)!['category']).toBe('new')
    const cells = featureCells(
      [{ name: 'tags', kind: 'category', of: 'item.tags' }],
      makeImpression({ timeMs: 30 }),
      makeTimeline(scene, [], { items, users: items }),
    )
    expect(cells).toEqual({ f_tags: 'a\u001fb' })
  })

  test('A sample is mature once all outcomes in its window could close', () => {
    const shown = makeImpression({ timeMs: DAY0_MS })
    const make = (outcomesThroughMs: number) =>
      makeRows(
        recipeOf(scene),
        { own: [shown], ahead: [], context: [] },
        makeTimeline(scene),
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
      makeTimeline(scene),
      DAY0_MS + 30 * MINUTE_MS,
    )
    expect(rows).toEqual([])
    // Ages of 30, 20 and 10 minutes.
    expect(account).toMatchObject({ impressions: 3, sampledOut: 3, known: 0.625 + 0.25 + 0.125 })
  })
})
