import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import { MAX_ROWS_BYTES } from '../../functions/intake/limits.ts'
import { PartWriter, TooManyRows } from '../../functions/intake/part-writer.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { takeIn } from './take-in.ts'

const metarank = { metadata: { [DROP_METADATA.format]: 'metarank' } }
const ranking = (items: readonly unknown[], fields: readonly object[] = []): string =>
  JSON.stringify({ event: 'ranking', id: 'r1', timestamp: DAY0_MS, user: 'u1', fields, items })
const plain = ranking([{ id: 'i1' }])
const items = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `i${n}` }))
/** So many fields of a thousand different characters each. */
const fields = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ name: `f${n}`, value: `${n}-`.padEnd(1000, `${n}`) }))

describe('Slates', () => {
  test('Rows of a slate share the text of one large context', async () => {
    const { manifest, rows, lake } = await takeIn(ranking(items(1000), fields(100)), metarank)
    expect(manifest).toMatchObject({ read: 1, accepted: 1, events: 1000 })
    expect(new Set(rows.map(({ context }) => context)).size).toBe(1)
    expect(Object.keys(JSON.parse(rows[0]!.context!))).toHaveLength(100)
    const file = lake.contents.get(manifest.files[0]!.key)!
    expect(file.body.length).toBeLessThan(200_000)
  })

  test.each([
    ['an item that is none', [...items(600), 7], 'wrong_type'],
    ['a blank item', [...items(600), { id: ' ' }], 'blank_id'],
    [
      'an attribute that is none',
      [...items(600), { id: 'x', fields: [{ name: 'a', value: {} }] }],
      'wrong_type',
    ],
  ])('A slate with %s is quarantined whole, without any row', async (_, shown, reason) => {
    const { manifest, rows } = await takeIn([plain, ranking(shown), plain].join('\n'), metarank)
    expect(manifest).toMatchObject({ read: 3, accepted: 2, quarantined: { [reason]: 1 } })
    expect(rows.map(({ row }) => row)).toEqual([0, 1])
  })

  test('A slate whose rows do not fit is quarantined alone, with advice', async () => {
    const each = items(1000).map((item, n) => ({ ...item, relevancy: n }))
    const { manifest, setAside } = await takeIn(
      [plain, ranking(each, fields(100)), plain].join('\n'),
      metarank,
    )
    expect(manifest).toMatchObject({ read: 3, accepted: 2, quarantined: { rows_too_large: 1 } })
    expect(setAside).toMatchObject([
      {
        line: 2,
        detail: expect.stringMatching(
          /^its first \d+ rows hold more than 8388608 bytes, .*fewer items/,
        ),
      },
    ])
    const few = await takeIn(ranking(each.slice(0, 70), fields(100)), metarank)
    expect(few.manifest).toMatchObject({ accepted: 1, events: 70 })
  })

  test('Every impression of a slate and every outcome gets its context', async () => {
    const table = ['USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,IMPRESSION,DEVICE']
    for (const user of ['u1', 'u2']) table.push(`${user},i1,${DAY0_MS / 1000},click,i1|i2|i3,phone`)
    const { rows } = await takeIn(table.join('\n'), {
      key: rawKey('feed', 'events', 'a.csv'),
      metadata: { [DROP_METADATA.format]: 'personalize' },
    })
    const shown = rows.filter(({ type }) => type === 'impression')
    expect(shown.map(({ context }) => context)).toEqual(Array(6).fill('{"device":"phone"}'))
    const outcomes = rows.filter(({ type }) => type === 'outcome')
    expect(outcomes.map(({ context }) => context)).toEqual(Array(2).fill('{"device":"phone"}'))
  })
})

test('Rows that cannot be written in time are refused as too many', async () => {
  const writer = new PartWriter(memoryObjects())
  const partition = {
    name: 'a',
    columns: { id: 'string' },
    keyOf: (n: number) => `a/${n}`,
  } as const
  await writer.add(partition, { id: 'x' }, MAX_ROWS_BYTES - 1000)
  const more = async () => {
    for (let n = 0; n < 10; n++) await writer.add(partition, { id: 'x' }, 0)
  }
  await expect(more()).rejects.toThrow(TooManyRows)
})
