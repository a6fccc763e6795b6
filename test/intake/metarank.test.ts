import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { DAY0_MS } from '../make/events.ts'
import { plain, readLinesOf } from './read-lines-of.ts'
import { takeIn } from './take-in.ts'

const ITEM = {
  event: 'item',
  id: '81f46c34-a4bb-469c-8708-f8127cd67d27',
  timestamp: String(DAY0_MS),
  item: 'item1',
  fields: [
    { name: 'title', value: 'Nice jeans' },
    { name: 'price', value: 25.0 },
    { name: 'color', value: ['blue', 'black'] },
    { name: 'sizes', value: [38, 40] },
    { name: 'availability', value: true },
    { name: 'season', value: null },
  ],
}
const USER = {
  event: 'user',
  id: 'u-1',
  timestamp: '2026-01-05T00:00:00Z',
  user: 'user1',
  fields: [{ name: 'age', value: 33 }],
}
const RANKING = {
  event: 'ranking',
  id: 'rank-1',
  timestamp: String(DAY0_MS + 1000),
  user: 'user1',
  session: 'session1',
  fields: [{ name: 'query', value: 'jeans' }],
  items: [
    { id: 'item3', relevancy: 2.0 },
    { id: 'item1', fields: [{ name: 'relevancy', value: 1.0 }] },
    { id: 'item2' },
  ],
}
const INTERACTION = {
  event: 'interaction',
  id: 'int-1',
  ranking: 'rank-1',
  timestamp: DAY0_MS + 5000,
  user: 'user1',
  session: 'session1',
  type: 'purchase',
  item: 'item1',
  fields: [{ name: 'count', value: 1 }],
}
const read = (...events: object[]) =>
  readLinesOf(
    'metarank',
    'events',
    events.map((event) => JSON.stringify(event)),
  ).map(plain)

describe('The Metarank adapter', () => {
  test('A ranking becomes ordered impressions with ranking and item fields as context', () => {
    const about = {
      type: 'impression',
      timeMs: DAY0_MS + 1000,
      userId: 'user1',
      requestId: 'rank-1',
    }
    expect(read(RANKING)).toEqual([
      [
        {
          ...about,
          eventId: 'rank-1/1',
          itemId: 'item3',
          position: 1,
          context: { query: 'jeans', relevancy: 2 },
        },
        {
          ...about,
          eventId: 'rank-1/2',
          itemId: 'item1',
          position: 2,
          context: { query: 'jeans', relevancy: 1 },
        },
        {
          ...about,
          eventId: 'rank-1/3',
          itemId: 'item2',
          position: 3,
          context: { query: 'jeans' },
        },
      ],
    ])
  })

  test('An interaction becomes an outcome of the ranking that it names', () => {
    expect(read(INTERACTION)).toEqual([
      [
        {
          type: 'outcome',
          timeMs: DAY0_MS + 5000,
          userId: 'user1',
          eventId: 'int-1',
          itemId: 'item1',
          requestId: 'rank-1',
          outcome: 'purchase',
          context: { count: 1 },
        },
      ],
    ])
    expect(read({ ...INTERACTION, ranking: null, user: undefined })).toMatchObject([
      [{ userId: 'session1' }],
    ])
  })

  test('Items and users are read among events, with every Metarank time format', () => {
    expect(read(ITEM, USER)).toEqual([
      [
        {
          kind: 'items',
          id: 'item1',
          timeMs: DAY0_MS,
          attributes: {
            title: 'Nice jeans',
            price: 25,
            color: ['blue', 'black'],
            sizes: ['38', '40'],
            availability: true,
          },
        },
      ],
      [{ kind: 'users', id: 'user1', timeMs: DAY0_MS, attributes: { age: 33 } }],
    ])
  })

  test('Every kind of Metarank record enters the lake once, in its place', async () => {
    const lines = [ITEM, USER, RANKING, INTERACTION, { ...ITEM, id: 'again' }]
    const { manifest } = await takeIn(lines.map((line) => JSON.stringify(line)).join('\n'), {
      metadata: { [DROP_METADATA.format]: 'metarank' },
    })
    expect(manifest).toMatchObject({
      read: 5,
      accepted: 5,
      events: 4,
      byHour: { '2026-01-05T00': 4 },
    })
    expect(manifest.files.map(({ key, rows }) => [key.split('/')[2], rows])).toEqual([
      ['events', 4],
      ['items', 1],
      ['users', 1],
    ])
  })

  test('A changed item is stored again, and so is its change back', async () => {
    const priced = (price: number) => ({ ...ITEM, fields: [{ name: 'price', value: price }] })
    const lines = [priced(1), priced(1), priced(2), priced(1)].map((line) => JSON.stringify(line))
    const { manifest } = await takeIn(lines.join('\n'), {
      metadata: { [DROP_METADATA.format]: 'metarank' },
    })
    expect(manifest.files).toMatchObject([{ rows: 3 }])
  })

  test.each([
    [
      'an event of another kind',
      { ...ITEM, event: 'feedback' },
      'unknown_event_type',
      /got "feedback", expected item, user, ranking or interaction/,
    ],
    [
      'a time that is none',
      { ...RANKING, timestamp: 'noon' },
      'wrong_type',
      /timestamp: expected epoch milliseconds/,
    ],
    ['a ranking without items', { ...RANKING, items: undefined }, 'missing_field', /items/],
    ['a ranking without id', { ...RANKING, id: undefined }, 'missing_field', /id/],
    ['items that are no objects', { ...RANKING, items: ['item1'] }, 'wrong_type', /items/],
    [
      'an interaction whose fields are no array',
      { ...INTERACTION, fields: 7 },
      'wrong_type',
      /fields/,
    ],
    ['fields that are no array', { ...ITEM, fields: { title: 'x' } }, 'wrong_type', /fields/],
    [
      'a ranking of thousands',
      { ...RANKING, items: Array(1001).fill({ id: 'i' }) },
      'out_of_bounds',
      /got 1001, expected at most 1000/,
    ],
  ])('The Metarank adapter quarantines %s', (_, event, reason, detail) => {
    expect(read(event)[0]).toMatchObject({ reason, detail: expect.stringMatching(detail) })
  })

  test('Contract checks handle Metarank fields that are missing or out of range', async () => {
    const lines = [
      { ...RANKING, user: undefined, session: undefined },
      { ...RANKING, timestamp: undefined },
      { ...RANKING, timestamp: Math.floor(DAY0_MS / 1000) },
      { ...INTERACTION, type: 'applause' },
    ]
    const { manifest } = await takeIn(lines.map((line) => JSON.stringify(line)).join('\n'), {
      metadata: { [DROP_METADATA.format]: 'metarank' },
    })
    expect(manifest.quarantined).toEqual({
      missing_field: 1,
      missing_time: 1,
      time_in_seconds: 1,
      unknown_outcome: 1,
    })
  })

  test('A catalogue drop accepts only its own kind of Metarank record', () => {
    const [item, ranking] = readLinesOf(
      'metarank',
      'items',
      [ITEM, RANKING].map((e) => JSON.stringify(e)),
    )
    expect(plain(item!)).toMatchObject([{ id: 'item1' }])
    expect(ranking).toMatchObject({ reason: 'unknown_event_type' })
  })
})
