import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { featureCells } from '../../functions/features/cells.ts'
import { linkGraph } from '../../functions/features/links.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { murmur3 } from '../../functions/math/hash.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { makeLinks } from '../make/links.ts'
import { catalogueOf, valuesOfEvents } from './recorded-values.ts'

const NOW_MS = DAY0_MS + 60 * HOUR_MS
const FEATURES = featureSchema.array().parse([
  { name: 'brand', kind: 'graph-link', last: 'click', relation: 'has-brand' },
  {
    name: 'complement',
    kind: 'graph-link',
    last: 'click',
    relation: 'complement-of',
    as: 'direct',
  },
  { name: 'hops', kind: 'graph-distance', last: 'click', windowHours: 24 },
])
const graph = linkGraph(
  makeLinks([
    ['phone', 'has-brand', 'brand:acme'],
    ['case', 'has-brand', 'brand:acme'],
    ['cup', 'has-brand', 'brand:kiln'],
    ['case', 'complement-of', 'item:phone'],
    ['phone', 'in-category', 'category:phones'],
  ]),
)
const catalogues = { items: catalogueOf({}), users: catalogueOf({}) }

function cellsOf(item: string, events: readonly EventRow[], links: object | null = graph) {
  const values = valuesOfEvents(FEATURES, events, catalogues)
  const served = { servedAt: () => links as typeof graph | null }
  const { f_brand, f_complement, f_hops } = featureCells(
    FEATURES,
    makeImpression({ timeMs: NOW_MS, item, user: 'u1' }),
    { ...values, links: served },
  )
  return [f_brand, f_complement, f_hops]
}
const click = (item: string, agoHours: number, fields: Partial<EventRow> = {}) =>
  makeImpression({
    ...{ type: 'outcome', outcome: 'click', user: 'u1', event: `${item}-${agoHours}` },
    ...{ item, timeMs: NOW_MS - agoHours * HOUR_MS, ...fields },
  })

test('The candidate is compared with the last item', () => {
  expect(cellsOf('case', [click('phone', 1)])).toEqual([1, 1, 1])
  expect(cellsOf('phone', [click('case', 1)])).toEqual([1, 0, 1])
  expect(cellsOf('cup', [click('case', 1)])).toEqual([0, 0, 4])
  expect(cellsOf('case', [click('phone', 2), click('cup', 1)])).toEqual([0, 0, 4])
})

test('Without a last item, a graph or links a cell is missing', () => {
  const none = [null, null, null]
  expect(cellsOf('case', [])).toEqual(none)
  expect(cellsOf('case', [click('phone', 1)], null)).toEqual(none)
  expect(cellsOf('case', [click('unknown', 1)])).toEqual(none)
  expect(cellsOf('unknown', [click('phone', 1)])).toEqual(none)
  expect(cellsOf('case', [click('phone', 1, { user: 'u2' })])).toEqual(none)
  expect(cellsOf('case', [click('phone', 1, { outcome: 'purchase' })])).toEqual(none)
  // The window of the distance has 24 hours, that of the links 30 days.
  expect(cellsOf('case', [click('phone', 30)])).toEqual([1, 1, null])
})

test('The last item is that of the latest click, in any order', () => {
  const clicks = fc.array(
    fc.record({
      item: fc.constantFrom('phone', 'case', 'cup'),
      ago: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(clicks, (given) => {
      const events = given.map(({ item, ago }) => click(item, ago))
      const [last] = events.toSorted(
        (a, b) => b.timeMs - a.timeMs || murmur3(b.event) - murmur3(a.event),
      )
      const expected = last!.item === 'phone' ? 1 : 0
      expect(cellsOf('case', events)[1]).toBe(expected)
    }),
  )
})

test('Both kinds share the series of a last value', () => {
  const lastValue = featureSchema.parse({
    ...{ name: 'last', kind: 'last-value', entity: 'user', event: 'click', of: 'item.id' },
    windowHours: 3,
  })
  const ids = (features: Feature[]) => seriesOf(features).map(({ id }) => id)
  expect(ids([...FEATURES, lastValue])).toEqual(ids([lastValue]))
  expect(seriesOf(FEATURES)[0]!.keepHours).toBe(24 * 30)
})
