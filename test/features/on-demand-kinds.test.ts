import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Feature } from '../../functions/contract/features.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { featureCells, featureColumns, slateCells } from '../../functions/features/cells.ts'
import { wordsIn } from '../../functions/features/kinds/text-match.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { catalogueOf, valuesOfEvents } from './recorded-values.ts'

const price: Feature = { name: 'price', kind: 'number', of: 'item.price' }
const known = (items: Record<string, object>) =>
  valuesOfEvents([], [], {
    items: catalogueOf(items),
    users: catalogueOf({ u1: { segment: 's' } }),
  })
/** The cell of one feature for the item `i1` with these attributes. */
const cellOf = (feature: Feature, attributes: object, context: object | null = null) =>
  featureCells(
    [feature],
    makeImpression({ timeMs: DAY0_MS, context: context && JSON.stringify(context) }),
    known({ i1: attributes }),
  )[`f_${feature.name}`]

describe('Features from the request and the catalogue', () => {
  test('A number is missing where its attribute has another type', () => {
    for (const [value, cell] of [
      [2.5, 2.5],
      [0, 0],
      ['2.5', null],
      [true, null],
      [['1'], null],
    ] as const)
      expect(cellOf(price, { price: value })).toBe(cell)
    expect(cellOf(price, {})).toBeNull()
    expect(cellOf({ ...price, of: 'context.price' }, {}, { price: 7 })).toBe(7)
  })

  test.each([
    [DAY0_MS - 3 * DAY_MS, 3],
    ['2026-01-04', 1],
    ['2026-01-04T12:00:00', 0.5],
    ['2026-01-04T12:00:00Z', 0.5],
    ['2026-01-04T14:00:00+02:00', 0.5],
    [DAY0_MS + 6 * HOUR_MS, -0.25],
    ['yesterday', null],
    [true, null],
    [['2026-01-04'], null],
    [undefined, null],
  ])('An item published at %s has an age of %s days', (published, days) => {
    expect(cellOf({ name: 'age', kind: 'age', of: 'item.published' }, { published })).toBe(days)
  })

  test('A relative price is missing without a part, or over zero', () => {
    const features: Feature[] = [
      price,
      { name: 'usual', kind: 'number', of: 'item.usual' },
      { name: 'relative', kind: 'relative', of: 'price', to: 'usual' },
    ]
    const relative = (attributes: object) =>
      featureCells(features, makeImpression(), known({ i1: attributes }))['f_relative']
    expect(relative({ price: 3, usual: 4 })).toBe(0.75)
    expect(relative({ price: 3, usual: 0 })).toBeNull()
    expect(relative({ price: 3 })).toBeNull()
    expect(relative({ usual: 3 })).toBeNull()
  })

  test('Words are compared in lower case and whatever their form', () => {
    expect([...wordsIn('Grüner TEE, 2×50 g – café')]).toEqual([
      'grüner',
      'tee',
      '2',
      '50',
      'g',
      'café',
    ])
    expect(wordsIn('CAFE\u0301')).toEqual(wordsIn('café'))
    expect([...wordsIn(['green', 'Green tea'])]).toEqual(['green', 'tea'])
    expect(wordsIn(null).size).toBe(0)
  })

  test.each([
    ['green tea', 'Green Tea Pot', 1],
    ['green green coffee', 'Green Tea Pot', 0.5],
    ['coffee', 'Green Tea Pot', 0],
    ['', 'Green Tea Pot', null],
    ['tea', '!', null],
    ['tea', undefined, null],
  ])('The query "%s" matches the title "%s" by %s', (query, title, share) => {
    const feature: Feature = {
      name: 'match',
      kind: 'text-match',
      query: 'context.query',
      text: 'item.title',
    }
    expect(cellOf(feature, { title }, { query })).toBe(share)
  })
})

describe('Features of a slate', () => {
  const features: Feature[] = [
    price,
    { name: 'rank', kind: 'slate', of: 'price', measure: 'rank' },
    { name: 'difference', kind: 'slate', of: 'price', measure: 'difference' },
  ]
  const cellsOf = (prices: readonly (number | null)[]) =>
    slateCells(
      features,
      prices.map((_, n) => makeImpression({ item: `i${n}` })),
      known(
        Object.fromEntries(
          prices.map((value, n) => [`i${n}`, value === null ? {} : { price: value }]),
        ),
      ),
    )

  test('Rank and difference equal those of the sorted slate, in any order', () => {
    const prices = fc.array(
      fc.oneof(
        fc.constant(null),
        fc.integer({ min: -9, max: 9 }),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      ),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(prices, (drawn) => {
        const cells = cellsOf(drawn)
        const present = drawn.filter((one) => one !== null).toSorted((a, b) => b - a)
        const mean = present.reduce((a, b) => a + b, 0) / present.length
        for (const [n, one] of drawn.entries()) {
          expect(cells[n]!['f_rank']).toBe(one === null ? null : present.indexOf(one) + 1)
          if (one === null) expect(cells[n]!['f_difference']).toBeNull()
          else expect(cells[n]!['f_difference']).toBeCloseTo(one - mean, 6)
        }
        expect(cellsOf(drawn.toReversed()).toReversed()).toEqual(cells)
      }),
    )
  })

  test('An impression alone is the first of its slate', () => {
    const cells = featureCells(features, makeImpression(), known({ i1: { price: 3 } }))
    expect(cells).toEqual({ f_price: 3, f_rank: 1, f_difference: 0 })
  })

  test('A feature reads others of its slate only after they are made', () => {
    const chain: Feature[] = [
      ...features,
      { name: 'of_rank', kind: 'relative', of: 'rank', to: 'price' },
      { name: 'rank_again', kind: 'slate', of: 'of_rank', measure: 'rank' },
    ]
    const cells = slateCells(
      chain,
      ['i0', 'i1'].map((item) => makeImpression({ item })),
      known({ i0: { price: 8 }, i1: { price: 4 } }),
    )
    expect(cells.map((row) => [row['f_of_rank'], row['f_rank_again']])).toEqual([
      [1 / 8, 2],
      [2 / 4, 1],
    ])
  })
})

test('Samples have a column for each feature that they store', () => {
  expect(
    featureColumns([
      price,
      { name: 'brand', kind: 'category', of: 'item.brand' },
      { name: 'pair', kind: 'cross', of: ['brand', 'brand'] },
      {
        name: 'last',
        kind: 'last-items',
        entity: 'user',
        event: 'click',
        of: 'item.id',
        length: 3,
        windowHours: 1,
      },
    ]),
  ).toEqual({ f_price: 'float', f_brand: 'string', f_last: 'string' })
})
