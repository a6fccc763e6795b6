import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS, MINUTE_MS, READING_MINUTES } from '../../functions/contract/time.ts'
import { encodeBlock } from '../../functions/features/block.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { recordEvents, recordedEvent } from '../../functions/features/record.ts'
import { isUniversal, seriesOf, seriesOfFeature } from '../../functions/features/series.ts'
import { entityIdsOf, textsOf } from '../../functions/features/sources.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import { catalogueOf } from './recorded-values.ts'

const clicks = (entity: string, windowHours = 24): Feature => ({
  name: `clicks_${windowHours}`,
  kind: 'count',
  entity,
  event: 'click',
  windowHours,
})
const catalogues = {
  items: catalogueOf({ i1: { category: 'tea', tags: ['hot', 'new', 'hot', ''], price: 3 } }),
  users: catalogueOf({ u1: { segment: 'x'.repeat(300) } }),
}
const blocksOf = (entity: string, rows = [makeOutcome()], arrivalMs?: number) =>
  recordEvents(
    seriesOf([clicks(entity)]),
    rows.map((row) => recordedEvent(row, catalogues)),
    arrivalMs,
  ).get(entity)

describe('The series of features', () => {
  test('Features that differ only in their window share a series', () => {
    const [short, long] = [clicks('item', 3), { ...clicks('item', 168), nearLine: false }]
    expect(seriesOf([short, long as Feature])).toEqual([
      { ...seriesOfFeature(short)[0]!, keepHours: 168, isNearLine: true },
    ])
    expect(seriesOf([long as Feature])[0]!.isNearLine).toBe(false)
  })

  test('Series have the same order and ids, however features are written', () => {
    const features: Feature[] = [
      clicks('item'),
      clicks('user'),
      { ...clicks('item'), kind: 'recency' } as Feature,
      {
        ...clicks('item'),
        kind: 'rate',
        outcome: 'click',
        priorRate: 0.1,
        priorStrength: 1,
      } as Feature,
    ]
    const series = seriesOf(features)
    expect(series).toEqual(seriesOf(features.toReversed()))
    expect(series.map(({ id }) => id)).toEqual(series.map(({ id }) => id).toSorted())
    // By item: clicks, which the rate shares, impressions and the last click. By user: clicks.
    expect(series.length).toBe(4)
    expect(series.filter(isUniversal).length).toBe(3)
    for (const { id } of series) expect(id).toMatch(/^[0-9a-f]{8}$/)
  })

  test('A rate with examination weighs its impressions, a plain one counts them', () => {
    const rate = {
      name: 'r',
      kind: 'rate',
      entity: 'item',
      outcome: 'click',
      windowHours: 1,
      priorRate: 0.1,
      priorStrength: 1,
    } as const
    expect(seriesOfFeature(rate).map(({ event, state }) => [event, state])).toEqual([
      ['click', 'count'],
      ['impression', 'count'],
    ])
    const weighed = seriesOfFeature({ ...rate, examination: [1, 0.5] })
    expect(weighed[1]).toMatchObject({ state: 'weighted', parameters: { examination: [1, 0.5] } })
    expect(weighed[0]!.id).toBe(seriesOfFeature(rate)[0]!.id)
  })
})

describe('What an event is recorded for', () => {
  test.each([
    ['user', ['u1']],
    ['item', ['i1']],
    ['item.category', ['tea']],
    ['item.tags', ['hot', 'new']],
    ['item.price', ['3']],
    ['user+item.tags', ['u1\u001fhot', 'u1\u001fnew']],
    ['item.maker', undefined],
    ['user+item.maker', undefined],
    ['user.segment', undefined],
  ])('A click counts for the entity %s by its ids', (entity, ids) => {
    const blocks = blocksOf(entity)
    expect(blocks && [...blocks.keys()]).toEqual(ids)
  })

  test('An attribute is that of the statements read before the arrival', () => {
    const arrivalMs = DAY0_MS + 5 * HOUR_MS
    const statement = (knowableMs: number, category: unknown, row: number) => ({
      ...{ id: 'i1', knowableMs, title: null, text: null, drop: 'd', row },
      attributes: JSON.stringify({ category }),
    })
    const readMs = arrivalMs - READING_MINUTES * MINUTE_MS
    const items = indexCatalogue([
      statement(readMs - 1, 'pot', 0),
      statement(readMs, 'tea', 1),
      statement(readMs + 1, 'can', 2),
      statement(arrivalMs - 1, 'cup', 3),
    ])
    const event = recordedEvent(makeOutcome({ arrivalMs }), { items, users: items })
    expect(event.textOf('item.category')).toBe('tea')
  })

  test('An attribute that changes its type is a text, and no number', () => {
    for (const [price, text, number] of [
      [3, '3', 3],
      ['3', '3', null],
      [true, 'true', null],
      [['3', '4'], '3\u001f4', null],
    ] as const) {
      const items = catalogueOf({ i1: { price } })
      const event = recordedEvent(makeOutcome(), { items, users: items })
      expect(event.textOf('item.price')).toBe(text)
      expect(event.numberOf('item.price')).toBe(number)
    }
    const event = recordedEvent(makeOutcome({ value: 2.5 }), catalogues)
    expect([event.textOf('value'), event.numberOf('value')]).toEqual(['2.5', 2.5])
    expect([event.textOf('item.id'), event.numberOf('item.id')]).toEqual(['i1', null])
    expect([event.textOf('item.toString'), event.textOf('context.page')]).toEqual([null, null])
  })

  test('Texts are well-formed, so bytes keep them as they are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (values) => {
        for (const text of textsOf(values)) {
          expect(text).toBe(new TextDecoder().decode(new TextEncoder().encode(text)))
          expect(text.length).toBeGreaterThan(0)
          expect(text.length).toBeLessThanOrEqual(256)
        }
      }),
    )
    expect(textsOf(['\ud800', 'a', 'a', 'x'.repeat(257)])).toEqual(['\ufffd', 'a'])
    const source = {
      user: 'u',
      item: 'i',
      textsOf: (of: string) => (of === 'item.a' ? ['1', '2'] : ['3']),
    }
    expect(entityIdsOf('item.a+user.b', source)).toEqual(['1\u001f3', '2\u001f3'])
  })

  test('A block is ahead by its latest event, counted or not', () => {
    const arrivalMs = DAY0_MS + HOUR_MS
    const rows = [
      makeOutcome({ timeMs: arrivalMs - 5, arrivalMs }),
      makeImpression({ timeMs: arrivalMs + 900, arrivalMs }),
      makeImpression({ timeMs: arrivalMs + 2000, arrivalMs, item: 'i2' }),
    ]
    expect(blocksOf('item', rows, arrivalMs)!.get('i1')!.aheadMs).toBe(900)
    expect(blocksOf('user', rows, arrivalMs)!.get('u1')!.aheadMs).toBe(2000)
    expect(blocksOf('item', rows)!.get('i1')!.aheadMs).toBe(0)
    expect(blocksOf('item', rows, arrivalMs + HOUR_MS)!.get('i1')!.aheadMs).toBe(0)
    expect([...blocksOf('item', rows)!.keys()]).toEqual(['i1'])
  })

  test('An entity with 100,000 events an hour keeps a small block', () => {
    const features = ['count', 'last-items', 'distinct', 'quantile'].map(
      (kind): Feature =>
        featureSchema.parse({
          ...{
            name: kind.replace('-', '_'),
            kind,
            entity: 'item',
            event: 'click',
            windowHours: 24,
          },
          ...(kind === 'distinct' ? { of: 'user.id' } : {}),
          ...(kind === 'last-items' || kind === 'frequency' ? { of: 'user.id', length: 50 } : {}),
          ...(kind === 'quantile' ? { q: 0.5 } : {}),
        }),
    )
    const events = Array.from({ length: 100_000 }, (_, n) =>
      recordedEvent(makeOutcome({ timeMs: DAY0_MS + 36 * n, user: `u${n}`, value: n }), catalogues),
    )
    const block = recordEvents(seriesOf(features), events).get('item')!.get('i1')!
    expect(
      [...block.series.values()].find(({ series }) => series.state === 'count')!.buckets,
    ).toEqual(new Map([[DAY0_MS, 100_000]]))
    expect(encodeBlock(block).length).toBeLessThan(6000)
  })

  test('The order of events does not change the bytes of blocks', () => {
    const features = ['last-items', 'distinct', 'count'].map((kind) =>
      featureSchema.parse({
        ...{ name: 'x', kind, entity: 'item.tags', event: 'click', windowHours: 24 },
        ...(kind === 'count' ? {} : { of: 'user.id' }),
        ...(kind === 'last-items' ? { length: 3 } : {}),
      }),
    )
    const rows = Array.from({ length: 40 }, (_, n) =>
      makeOutcome({ timeMs: DAY0_MS + (n % 7) * 20 * MINUTE_MS, user: `u${n % 11}` }),
    )
    const bytesOf = (drawn: readonly EventRow[]) =>
      [
        ...recordEvents(
          seriesOf(features),
          drawn.map((row) => recordedEvent(row, catalogues)),
        ).get('item.tags')!,
      ].map(([id, block]) => [id, encodeBlock(block)])
    const plain = bytesOf(rows)
    expect(plain.map(([id]) => id)).toEqual(['hot', 'new'])
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (drawn) => {
        expect(bytesOf(drawn)).toEqual(plain)
      }),
    )
  })

  test('Events are counted in the bucket of their own hour', () => {
    const times = [DAY0_MS, DAY0_MS + HOUR_MS - 1, DAY0_MS + HOUR_MS]
    const rows = times.map((timeMs) => makeOutcome({ timeMs, arrivalMs: DAY0_MS + 9 * HOUR_MS }))
    const [own] = [...blocksOf('item', rows)!.get('i1')!.series.values()]
    expect([...own!.buckets]).toEqual([
      [DAY0_MS, 2],
      [DAY0_MS + HOUR_MS, 1],
    ])
  })
})
