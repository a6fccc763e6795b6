import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { logsSchema } from '../../functions/contract/logs.ts'
import { DAY0_MS } from '../make/events.ts'
import { plain, readLinesOf } from './read-lines-of.ts'
import { takeIn } from './take-in.ts'

const SECONDS = DAY0_MS / 1000
const HEADER = 'USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,IMPRESSION,DEVICE'
const read = (rows: readonly string[], header = HEADER, logs?: object) =>
  readLinesOf(
    'personalize',
    'events',
    [header, ...rows],
    logs && logsSchema.parse({ personalize: logs }),
  )
    .slice(1)
    .map(plain)

describe('The Personalize adapter', () => {
  test('A slate becomes ordered impressions, and its interaction becomes the outcome', () => {
    const [records] = read([`u1,i2,${SECONDS},Click,0.5,i1|i2|i3,phone`]) as [
      { [k: string]: unknown }[],
    ]
    const [first, second, third, outcome] = records
    for (const [i, impression] of [first, second, third].entries())
      expect(impression).toMatchObject({
        type: 'impression',
        userId: 'u1',
        itemId: `i${i + 1}`,
        position: i + 1,
        timeMs: DAY0_MS,
        context: { device: 'phone' },
        requestId: first!['requestId'],
      })
    expect(outcome).toEqual({
      type: 'outcome',
      timeMs: DAY0_MS,
      userId: 'u1',
      itemId: 'i2',
      requestId: first!['requestId'],
      outcome: 'click',
      value: 0.5,
      context: { device: 'phone' },
    })
    expect(records).toHaveLength(4)
  })

  test('An item outside its slate is shown without a position', () => {
    const [records] = read([`u1,i9,${SECONDS},click,,i1|i2,phone`]) as [{ [k: string]: unknown }[]]
    expect(records.map(({ itemId, position }) => [itemId, position])).toEqual([
      ['i1', 1],
      ['i2', 2],
      ['i9', undefined],
      ['i9', undefined],
    ])
  })

  test('Rows that repeat a slate within an hour make one slate', async () => {
    const rows = [
      `u1,i2,${SECONDS},click,,i1|i2|i3,phone`,
      `u1,i3,${SECONDS + 40},purchase,20,i1|i2|i3,phone`,
      `u2,i3,${SECONDS + 50},click,,i1|i2|i3,phone`,
    ]
    const { manifest, rows: taken } = await takeIn([HEADER, ...rows].join('\n'), {
      metadata: { [DROP_METADATA.format]: 'personalize' },
    })
    expect(manifest).toMatchObject({ read: 3, accepted: 3, quarantined: {}, events: 12 })
    const shown = taken.filter(({ type }) => type === 'impression')
    expect(new Set(shown.map(({ event }) => event)).size).toBe(6)
    expect(new Set(taken.map(({ request }) => request)).size).toBe(2)
    expect(taken.filter(({ outcome }) => outcome === 'purchase')).toMatchObject([{ value: 20 }])
  })

  test('The scene lists the interaction types that are impressions', () => {
    const rows = [`u1,i1,${SECONDS},View,,,phone`, `u1,i1,${SECONDS + 5},Click,,,phone`]
    const header = HEADER
    expect(read(rows, header, { impressionEvents: ['view'] })).toMatchObject([
      [{ type: 'impression', itemId: 'i1' }],
      [{ type: 'outcome', outcome: 'click' }],
    ])
    expect(read(rows, header)).toMatchObject([[{ type: 'outcome', outcome: 'view' }], [{}]])
  })

  test('An interaction without type is an impression, and high values add outcomes', () => {
    const header = 'USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE'
    const rows = [`u1,i1,${SECONDS},3`, `u1,i2,${SECONDS},4`, `u1,i3,${SECONDS},`]
    const types = (made: unknown[]) =>
      made.map((records) => (records as { type: string }[]).map(({ type }) => type).join('+'))
    expect(types(read(rows, header, { minEventValue: 4 }))).toEqual([
      'impression',
      'impression+outcome',
      'impression',
    ])
    expect(types(read(rows, header))).toEqual(Array(3).fill('impression+outcome'))
  })

  test('A graded type is an impression; a high value adds an outcome', () => {
    const rows = [
      `u1,i1,${SECONDS},RATING,9.0,,`,
      `u1,i2,${SECONDS},RATING,2.0,,`,
      `u1,i3,${SECONDS},RATING,7,i1|i3,`,
      `u1,i4,${SECONDS},purchase,1,,`,
    ]
    const settings = { outcomes: { RATING: 'click' }, minEventValue: { RATING: 7 } }
    const said = read(rows, HEADER, settings).map((records) =>
      (records as { itemId: string; outcome?: string }[]).map(({ itemId, outcome }) =>
        outcome === undefined ? itemId : `${itemId} ${outcome}`,
      ),
    )
    expect(said).toEqual([['i1', 'i1 click'], ['i2'], ['i1', 'i3', 'i3 click'], ['i4 purchase']])
    const [unreadable] = read([`u1,i1,${SECONDS},RATING,good,,`], HEADER, settings)
    expect(unreadable).toMatchObject({ reason: 'bad_row' })
  })

  test('A rating column may serve as the value and leaves the context', () => {
    const header = 'user_id,item_id,rating,timestamp,device'
    const rows = [`u1,i1,4.5,${SECONDS},phone`, `u1,i2,3,${SECONDS},phone`]
    expect(read(rows, header, { minEventValue: 4 })).toEqual([
      [
        expect.objectContaining({ type: 'impression', context: { device: 'phone' } }),
        expect.objectContaining({ outcome: 'click', value: 4.5 }),
      ],
      [expect.objectContaining({ type: 'impression' })],
    ])
    const beside = 'USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,RATING'
    const [both] = read([`u1,i1,${SECONDS},View,7,2`], beside)
    expect(both).toMatchObject([{ outcome: 'view', value: 7 }])
  })

  test('Outcome names follow the scene table, or else snake case', () => {
    const rows = ['AddToCart', 'Add to cart', 'PURCHASE', 'Watch'].map(
      (type) => `u1,i1,${SECONDS},${type},,,`,
    )
    const names = read(rows, HEADER, { outcomes: { Watch: 'click' } }).map(
      (records) => (records as { outcome: string }[])[0]!.outcome,
    )
    expect(names).toEqual(['add_to_cart', 'add_to_cart', 'purchase', 'click'])
  })

  test('Outcome names ignore properties that every JavaScript object inherits', () => {
    const rows = ['constructor', '__proto__'].map((type) => `u1,i1,${SECONDS},${type},,,`)
    const names = read(rows, HEADER, { outcomes: { Watch: 'click' } }).map(
      (records) => (records as { outcome: string }[])[0]!.outcome,
    )
    expect(names).toEqual(['constructor', '_proto_'])
  })

  test('Catalogues are read with split categories, lower-case names and text', () => {
    const [, item] = readLinesOf('personalize', 'items', [
      'ITEM_ID,CATEGORY_L1,GENRES,PRICE,DESCRIPTION',
      '7,shoes,Running|Outdoor,59.9,"Light, ""grippy"" and red"',
    ])
    expect(plain(item!)).toEqual([
      {
        id: '7',
        attributes: { category_l1: 'shoes', genres: ['Running', 'Outdoor'], price: '59.9' },
        text: 'Light, "grippy" and red',
      },
    ])
    const [, user] = readLinesOf('personalize', 'users', ['USER_ID,AGE,GENDER', '5,34,'])
    expect(plain(user!)).toEqual([{ id: '5', attributes: { age: '34' } }])
  })

  test.each([
    [
      'milliseconds for seconds',
      `u1,i1,${DAY0_MS},click,,,`,
      'time_out_of_range',
      /looks like milliseconds/,
    ],
    ['a time that is none', 'u1,i1,yesterday,click,,,', 'bad_row', /TIMESTAMP: got no number/],
    ['a row cut short', `u1,i1,${SECONDS}`, 'bad_row', /got 3 cells, expected 7/],
    [
      'a slate without end',
      `u1,i1,${SECONDS},click,,${'i|'.repeat(1001)},`,
      'out_of_bounds',
      /got 1001 items, expected at most 1000/,
    ],
    [
      'quotes that do not close',
      `u1,"i1,${SECONDS},click,,,`,
      'bad_row',
      /quotes that do not close/,
    ],
  ])('The Personalize adapter quarantines %s', (_, row, reason, detail) => {
    expect(read([row])[0]).toMatchObject({ reason, detail: expect.stringMatching(detail) })
  })

  test('Rows unknown to the scene or invalid by contract are quarantined', async () => {
    const rows = [`u1,i1,${SECONDS},Applause,,,`, `,i1,${SECONDS},click,,,`]
    const { manifest, setAside } = await takeIn([HEADER, ...rows].join('\n'), {
      metadata: { [DROP_METADATA.format]: 'personalize' },
    })
    expect(manifest.quarantined).toEqual({ unknown_outcome: 1, missing_field: 1 })
    expect(setAside.map(({ line }) => line)).toEqual([2, 3])
  })

  test('A Personalize row names the columns that the header lacks', () => {
    expect(read([`u1,i1,${SECONDS}`], 'USER,ITEM,TIMESTAMP')[0]).toMatchObject({
      reason: 'bad_row',
      detail: expect.stringMatching(/lacks the columns USER_ID, ITEM_ID/),
    })
  })
})
