import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CountedFeature, FeatureOf } from '../../functions/contract/features.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { murmur3 } from '../../functions/math/hash.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { catalogueOf, valuesOfEvents } from './recorded-values.ts'

/** Each item's category and price, by plain arithmetic. */
const itemOf = (n: number) => ({ category: ['tea', 'cup', 'pot'][n % 3]!, price: 1.25 * n })
const ITEMS = Array.from({ length: 12 }, (_, n) => n)
const catalogues = {
  items: catalogueOf(Object.fromEntries(ITEMS.map((n) => [`i${n}`, itemOf(n)]))),
  users: catalogueOf({}),
}
const NOW_MS = DAY0_MS + 48 * HOUR_MS + 17 * MINUTE_MS + 123
const WINDOW = 24

const event = fc
  .record({
    ageMs: fc.integer({ min: 0, max: 30 * HOUR_MS }),
    user: fc.constantFrom('u1', 'u2'),
    item: fc.constantFrom(...ITEMS),
    type: fc.constantFrom('impression', 'outcome'),
    value: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 500 })),
    position: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 5 })),
  })
  .map(
    ({ ageMs, item, type, value, position, ...rest }): EventRow =>
      makeImpression({
        ...{ timeMs: NOW_MS - ageMs, arrivalMs: NOW_MS, item: `i${item}`, ...rest },
        ...(type === 'outcome' ? { type, outcome: 'click', value } : { position }),
      }),
  )
const shown = makeImpression({ timeMs: NOW_MS, item: 'i4' })
const isOutcome = ({ type }: EventRow) => type === 'outcome'
const nOf = ({ item }: EventRow) => Number(item.slice(1))
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
const PRIOR = { priorRate: 0.1, priorStrength: 5 }
const smoothed = (part: number, whole: number) => (part + 0.5) / (whole + 5)
const decayed = (rows: readonly EventRow[]) =>
  sum(rows.map(({ timeMs }) => 0.5 ** ((floorHour(NOW_MS) - floorHour(timeMs)) / HOUR_MS / 6)))
const newestFirst = (rows: readonly EventRow[]) =>
  rows.toSorted((a, b) => b.timeMs - a.timeMs || murmur3(b.event) - murmur3(a.event))
const textsOf = (rows: readonly EventRow[], length: number) =>
  newestFirst(rows)
    .slice(0, length)
    .map(({ item }) => item)
    .join('\u001f') || null

type Expected = (events: { clicks: EventRow[]; shows: EventRow[] }) => unknown
const item = { name: 'x', entity: 'item', windowHours: WINDOW } as const
const user = { name: 'x', entity: 'user', windowHours: WINDOW } as const
const category = { name: 'x', entity: 'user+item.category', windowHours: WINDOW } as const

/** What each kind must give from the events of the entity in the window, in other words. */
const CASES: [feature: CountedFeature, expected: Expected][] = [
  [{ ...item, kind: 'count', event: 'click' }, ({ clicks }) => clicks.length],
  [{ ...category, kind: 'count', event: 'impression' }, ({ shows }) => shows.length],
  [
    { ...item, kind: 'rate', outcome: 'click', ...PRIOR },
    ({ clicks, shows }) => smoothed(clicks.length, shows.length),
  ],
  [
    { ...item, kind: 'rate', outcome: 'click', ...PRIOR, examination: [1, 0.62, 0.25] },
    ({ clicks, shows }) =>
      smoothed(
        clicks.length,
        sum(shows.map(({ position }) => [1, 0.62, 0.25, 0.25, 0.25][(position ?? 1) - 1]!)),
      ),
  ],
  [
    { ...user, kind: 'ratio', event: 'impression', per: 'click', ...PRIOR },
    ({ clicks, shows }) => smoothed(shows.length, clicks.length),
  ],
  [
    { ...user, kind: 'sum', event: 'click', of: 'value' },
    ({ clicks }) => sum(clicks.map(({ value }) => value ?? 0)),
  ],
  [
    { ...category, kind: 'mean', event: 'impression', of: 'item.price' },
    ({ shows }) =>
      shows.length > 0 ? sum(shows.map((row) => 1.25 * nOf(row))) / shows.length : null,
  ],
  [
    { ...item, kind: 'decayed-count', event: 'click', halfLifeHours: 6 },
    ({ clicks }) => decayed(clicks),
  ],
  [
    { ...item, kind: 'decayed-rate', outcome: 'click', halfLifeHours: 6, ...PRIOR },
    ({ clicks, shows }) => smoothed(decayed(clicks), decayed(shows)),
  ],
  [
    { ...user, kind: 'recency', event: 'click' },
    ({ clicks }) =>
      clicks.length > 0 ? (NOW_MS - newestFirst(clicks)[0]!.timeMs) / HOUR_MS : null,
  ],
  [
    { ...user, kind: 'last-value', event: 'click', of: 'item.category' },
    ({ clicks }) => (clicks.length > 0 ? itemOf(nOf(newestFirst(clicks)[0]!)).category : null),
  ],
  [
    { ...user, kind: 'last-items', event: 'click', of: 'item.id', length: 4 },
    ({ clicks }) => textsOf(clicks, 4),
  ],
  [
    { ...user, kind: 'distinct', event: 'impression', of: 'item.id' },
    ({ shows }) => new Set(shows.map((row) => row.item)).size,
  ],
  [
    { ...user, kind: 'affinity', event: 'click', of: 'item.category', length: 64, ...PRIOR },
    ({ clicks }) =>
      smoothed(clicks.filter((row) => itemOf(nOf(row)).category === 'cup').length, clicks.length),
  ],
  [
    { ...user, kind: 'frequency', event: 'impression', of: 'item.id', length: 256 },
    ({ shows }) => shows.filter((row) => row.item === 'i4').length,
  ],
]

const inWindow = ({ timeMs }: EventRow) => floorHour(timeMs) >= floorHour(NOW_MS) - WINDOW * HOUR_MS
const isOf =
  (entity: string) =>
  (row: EventRow): boolean =>
    entity === 'item'
      ? row.item === 'i4'
      : row.user === 'u1' && (entity === 'user' || itemOf(nOf(row)).category === 'cup')

function cellOf(feature: CountedFeature, events: readonly EventRow[]) {
  const features = [feature]
  return featureCells(features, shown, valuesOfEvents(features, events, catalogues))['f_x']!
}

describe('The values of counted kinds', () => {
  test.each(CASES)('A value of $kind by $entity is that of its events', (feature, expected) => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const all = events.filter(isOf(feature.entity)).filter(inWindow)
        const plain = expected({
          clicks: all.filter(isOutcome),
          shows: all.filter((row) => !isOutcome(row)),
        })
        const found = cellOf(feature, events)
        if (typeof plain === 'number') expect(found).toBeCloseTo(plain, 9)
        else expect(found).toBe(plain)
      }),
    )
  })

  test('A quantile is near that of the sorted values', () => {
    const feature: FeatureOf<'quantile'> = {
      ...user,
      kind: 'quantile',
      event: 'click',
      of: 'value',
      q: 0.5,
    }
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const values = events
          .filter(
            (row) => isOutcome(row) && row.user === 'u1' && inWindow(row) && row.value !== null,
          )
          .map(({ value }) => value!)
          .sort((a, b) => a - b)
        const found = cellOf(feature, events)
        if (values.length === 0) {
          expect(found).toBeNull()
          return
        }
        const exact = values[Math.floor(0.5 * (values.length - 1))]!
        expect(Math.abs((found as number) / exact - 1)).toBeLessThan(0.0101)
      }),
    )
  })

  test('A session goes back to the first pause beyond its gap', () => {
    const session: FeatureOf<'session'> = {
      ...user,
      kind: 'session',
      event: 'click',
      gapMinutes: 30,
      measure: 'events',
    }
    const minutes: FeatureOf<'session'> = { ...session, measure: 'minutes' }
    const agoMinutes = (...ages: number[]) =>
      ages.map((age) =>
        makeImpression({ type: 'outcome', outcome: 'click', timeMs: NOW_MS - age * MINUTE_MS }),
      )
    for (const [events, count, length] of [
      [agoMinutes(), 0, 0],
      [agoMinutes(31), 0, 0],
      [agoMinutes(30), 1, 30],
      [agoMinutes(0, 0, 12, 42, 73, 90), 4, 42],
      [agoMinutes(5, 35, 65, 95, 95), 5, 95],
    ] as const) {
      expect(cellOf(session, events)).toBe(count)
      expect(cellOf(minutes, events)).toBe(length)
    }
  })

  test('A value whose count is unknown is missing', () => {
    const feature: FeatureOf<'frequency'> = {
      ...user,
      kind: 'frequency',
      event: 'click',
      of: 'item.id',
      length: 2,
    }
    const events = ITEMS.map((n) =>
      makeImpression({ type: 'outcome', outcome: 'click', timeMs: NOW_MS, item: `i${n}` }),
    )
    const kept = ITEMS.map((n) => `i${n}`)
      .toSorted((a, b) => murmur3(a) - murmur3(b))
      .slice(0, 2)
    const values = valuesOfEvents([feature], events, catalogues)
    for (const n of ITEMS)
      expect(featureCells([feature], { ...shown, item: `i${n}` }, values)).toEqual({
        f_x: kept.includes(`i${n}`) ? 1 : null,
      })
  })

  test('A feature whose entity is unknown is missing', () => {
    for (const [feature] of CASES) {
      const unknown = { ...feature, entity: 'user+item.maker' }
      expect(cellOf(unknown, [])).toBeNull()
    }
  })

  test('Several values of an attribute name several entities, counted together', () => {
    const items = catalogueOf({
      i4: { tags: ['a', 'b'] },
      i5: { tags: ['b', 'c'] },
      i6: { tags: ['c'] },
    })
    const rows = ['i4', 'i5', 'i5', 'i6'].map((id, n) =>
      makeImpression({ timeMs: NOW_MS - n * HOUR_MS, item: id }),
    )
    const feature: FeatureOf<'count'> = {
      name: 'x',
      kind: 'count',
      entity: 'item.tags',
      windowHours: 24,
      event: 'impression',
    }
    const decayedFeature: FeatureOf<'decayed-count'> = {
      ...feature,
      kind: 'decayed-count',
      halfLifeHours: 1,
    }
    const known = { items, users: items }
    const cell = (of: CountedFeature) =>
      featureCells([of], shown, valuesOfEvents([of], rows, known))['f_x']
    // Of `a` the first, of `b` the first three.
    expect(cell(feature)).toBe(4)
    expect(cell(decayedFeature)).toBe(1 + 1 + 0.5 + 0.25)
  })
})
