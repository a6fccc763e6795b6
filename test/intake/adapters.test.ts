import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import type { Kind } from '../../functions/contract/events.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { NO_FACTS } from '../../functions/intake/adapters/adapter.ts'
import { ADAPTERS, type Format } from '../../functions/intake/adapters/formats.ts'
import { scene, takeIn } from './take-in.ts'

const DATA = process.env['QUARTERMASTER_DATA'] ?? ''
const read = (
  format: Format,
  kind: Kind,
  lines: readonly string[],
  source: string | null = null,
) => {
  const reader = ADAPTERS[format].open(kind, scene, { ...NO_FACTS, source })
  return lines.map((line) => reader.read(line))
}

describe('The MovieLens adapter', () => {
  const header = 'user_id:token\titem_id:token\trating:float\ttimestamp:float'

  test('A rating is an impression; four or more stars add an outcome', () => {
    const [none, three, four] = read('movielens', 'events', [
      header,
      '196\t242\t3\t881250949',
      '186\t302\t4\t891717742',
    ])
    expect(none).toBeNull()
    expect(three).toEqual([
      expect.objectContaining({
        type: 'impression',
        userId: '196',
        itemId: '242',
        timeMs: 881_250_949_000,
      }),
    ])
    expect(four).toEqual([
      expect.objectContaining({ type: 'impression' }),
      expect.objectContaining({
        type: 'outcome',
        outcome: 'click',
        value: 4,
        timeMs: 891_717_742_000,
      }),
    ])
  })

  test('MovieLens genres become lists, ages become decades, and postal codes are dropped', () => {
    const [, item] = read('movielens', 'items', [
      'item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq',
      '1\tToy Story\t1995\tAnimation Comedy',
    ])
    expect(item).toEqual([
      {
        id: '1',
        attributes: { title: 'Toy Story', release_year: '1995', class: ['Animation', 'Comedy'] },
      },
    ])
    const [, user] = read('movielens', 'users', [
      'user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token',
      '1\t24\tM\ttechnician\t85711',
    ])
    expect(user).toEqual([
      { id: '1', attributes: { age: '20s', gender: 'M', occupation: 'technician' } },
    ])
  })

  test('The MovieLens adapter explains what is wrong with a row or header', () => {
    const [, short, text] = read('movielens', 'events', [
      header,
      '196\t242\t3',
      '196\t242\tthree\t881250949',
    ])
    expect(short).toMatchObject({ reason: 'bad_row', detail: 'got 3 cells, expected 4' })
    expect(text).toMatchObject({
      reason: 'bad_row',
      detail: expect.stringMatching(/rating: got no number/),
    })
    const [first, second] = read('movielens', 'events', ['user\titem', '1\t2'])
    for (const flaw of [first, second])
      expect(flaw).toMatchObject({
        reason: 'bad_row',
        detail: expect.stringMatching(/lacks the columns user_id, item_id, rating, timestamp/),
      })
  })
})

describe('The Open Bandit adapter', () => {
  const header =
    ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3'
  const row = '7,2019-11-24 00:01:03.979311+00:00,2,3,1,0.045525,a,b,c,d'

  test('An Open Bandit row gives an impression with propensity and its click', () => {
    const [, events] = read('open-bandit', 'events', [header, row], 'bts-men')
    expect(events).toEqual([
      expect.objectContaining({
        type: 'impression',
        timeMs: Date.UTC(2019, 10, 24, 0, 1, 3, 979),
        itemId: 'men-2',
        position: 3,
        propensity: 0.045525,
        userId: 'a-b-c-d',
        context: expect.objectContaining({ policy: 'bts', campaign: 'men', user_feature_0: 'a' }),
      }),
      expect.objectContaining({
        type: 'outcome',
        outcome: 'click',
        itemId: 'men-2',
        requestId: 'bts-men-7',
      }),
    ])
  })

  test('Open Bandit cells may be quoted; clicks must be 0 or 1', () => {
    const [, quoted] = read(
      'open-bandit',
      'events',
      [header, row.replace(',a,', ',"a,1",')],
      'bts-men',
    )
    expect(quoted).toEqual([expect.objectContaining({ userId: 'a,1-b-c-d' }), expect.anything()])
    const [, bad] = read(
      'open-bandit',
      'events',
      [header, row.replace(',3,1,', ',3,yes,')],
      'bts-men',
    )
    expect(bad).toMatchObject({
      reason: 'bad_row',
      detail: expect.stringMatching(/click: got "yes", expected 0 or 1/),
    })
  })
})

describe('All adapters', () => {
  const mapping = mappingSchema.parse({
    time: { column: 'timestamp', unit: 'iso' },
    user: 'user_id',
    item: 'item_id',
    label: { column: 'rating', atLeast: 4 },
    items: { id: 'item_id' },
    users: { id: 'user_id' },
  })
  const headings = [
    'user_id,item_id,rating,timestamp',
    'user_id:token\titem_id:token\trating:float\ttimestamp:float',
    'USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,IMPRESSION',
    ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3',
  ]
  const word = fc.oneof(
    fc.string({ maxLength: 10 }),
    fc.constantFrom(
      '"',
      '""',
      '|',
      '1767606000',
      '2026-01-05',
      '{}',
      '[]',
      '{"event":"ranking","items":[{}]}',
      '__proto__',
    ),
  )
  const row = fc.oneof(
    fc.array(word, { maxLength: 11 }).map((cells) => cells.join(',')),
    fc.array(word, { maxLength: 5 }).map((cells) => cells.join('\t')),
    fc.json({ maxDepth: 3 }),
    fc
      .record({
        event: fc.constantFrom('item', 'user', 'ranking', 'interaction'),
        id: fc.jsonValue(),
        timestamp: fc.jsonValue(),
        items: fc.jsonValue(),
        fields: fc.jsonValue(),
        user: fc.jsonValue(),
        item: fc.jsonValue(),
      })
      .map((event) => JSON.stringify(event)),
  )

  test.each(Object.keys(ADAPTERS))(
    'The %s adapter survives any lines and counts each line once',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...headings),
          fc.array(row, { maxLength: 12 }),
          fc.constantFrom('events' as const, 'items' as const, 'users' as const),
          async (heading, rows, kind) => {
            const { manifest, setAside } = await takeIn([heading, ...rows].join('\n'), {
              key: rawKey('feed', kind, `format=${format}/any.txt`),
              logs: { mappings: { any: mapping } },
            })
            const aside = Object.values(manifest.quarantined).reduce((a, b) => a + b, 0)
            expect(manifest.refused).toBeNull()
            expect(manifest.read).toBe(manifest.accepted + aside)
            expect(setAside).toHaveLength(aside)
          },
        ),
        { numRuns: 60 },
      )
    },
  )
})

describe.runIf(DATA !== '')('the real files', () => {
  test('Every row of the real Open Bandit log is accepted', async () => {
    const body = gunzipSync(
      readFileSync(join(DATA, 'open-bandit', 'bts-men-items.csv').replace('-items.csv', '.csv.gz')),
    )
    const reader = ADAPTERS['open-bandit'].open('events', scene, { ...NO_FACTS, source: 'bts-men' })
    const records = body
      .toString()
      .trim()
      .split('\n')
      .map((line) => reader.read(line))
    expect(records.filter((made) => made !== null && 'reason' in made)).toEqual([])
    expect(
      records
        .flatMap((made) => (made === null || 'reason' in made ? [] : [...made]))
        .filter((record) => 'type' in record && record.type === 'outcome'),
    ).toHaveLength(69)
  })

  test('Every row of the real MovieLens catalogue is accepted', async () => {
    for (const [file, kind, rows] of [
      ['ml-100k.item.gz', 'items', 1682],
      ['ml-100k.user.gz', 'users', 943],
    ] as const) {
      const { manifest } = await takeIn(readFileSync(join(DATA, 'ml-100k', file)), {
        key: `raw/movielens/${kind}/${file}`,
        metadata: { [DROP_METADATA.format]: 'movielens' },
      })
      expect(manifest).toMatchObject({ read: rows, accepted: rows })
    }
  })
})
