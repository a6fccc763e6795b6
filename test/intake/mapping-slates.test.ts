import { describe, expect, test } from 'vitest'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import { isRecord } from '../../functions/intake/adapters/adapter.ts'
import { mapped } from '../../functions/intake/adapters/mapped.ts'
import { isFlaw } from '../../functions/intake/json-record.ts'
import { makeScene } from '../make/scene.ts'

/** Records of lines by a mapping; a line's flaw stands in their place. */
function read(mapping: object, ...lines: string[]): Record<string, unknown>[] {
  const parsed = mappingSchema.parse({
    time: { column: 'ts', unit: 'seconds' },
    user: 'user',
    ...mapping,
  })
  const facts = { source: null, mapping: parsed, firstRow: 0 }
  const reader = mapped.open('events', makeScene(), facts)
  return lines.flatMap((line) => {
    const found = reader.read(line)
    if (found === null) return []
    if (isFlaw(found)) return [{ reason: found.reason, detail: found.detail }]
    return [...found].filter(isRecord) as Record<string, unknown>[]
  })
}
const places = (records: Record<string, unknown>[]) =>
  records.map(({ type, itemId, position, outcome }) =>
    type === 'impression' ? [itemId, position] : [itemId, outcome],
  )

describe('Slates in one row', () => {
  test('Slate labels may follow a sign after each item', () => {
    const records = read(
      {
        slate: { column: 'shown', separator: ' ', labelSuffix: '-' },
        request: 'id',
        separator: '\t',
      },
      'id\tuser\tts\tshown',
      '7\tu1\t1767571200\tN-1-0 N2-1',
    )
    expect(places(records)).toEqual([
      ['N-1', 1],
      ['N2', 2],
      ['N2', 'click'],
    ])
    expect(new Set(records.map(({ requestId }) => requestId))).toEqual(new Set(['7']))
    expect(new Set(records.map(({ eventId }) => eventId)).size).toBe(3)
  })

  test('Slate labels may be in a second list beside the items', () => {
    const slate = { column: 'shown', separator: '|', labels: 'marks', outcome: 'purchase' }
    const header = 'user,ts,shown,marks'
    expect(places(read({ slate }, header, 'u,1767571200,a|b,0|1'))).toEqual([
      ['a', 1],
      ['b', 2],
      ['b', 'purchase'],
    ])
    expect(read({ slate }, header, 'u,1767571200,a|b,0')).toEqual([
      { reason: 'bad_row', detail: 'marks: got 1 labels, expected 2 as shown has' },
    ])
  })

  test('A slate may list JSON objects with chosen items and context', () => {
    const slate = { column: 'p.shown', id: 'sku', chosen: 'p.bought', context: { price: 'price' } }
    const row = {
      user: 'u',
      ts: 1767571200,
      p: { shown: [{ sku: 'a', price: 3 }, { sku: 'b' }], bought: ['b'] },
    }
    const records = read(
      { layout: 'json-lines', slate, context: { page: 'page' } },
      JSON.stringify({ ...row, page: 'home' }),
    )
    expect(places(records)).toEqual([
      ['a', 1],
      ['b', 2],
      ['b', 'click'],
    ])
    expect(records[0]).toMatchObject({ context: { page: 'home', price: '3' } })
    expect(records[1]).toMatchObject({ context: { page: 'home' } })
  })

  test('All items of a slate get the event of its row', () => {
    const mapping = {
      layout: 'json-lines',
      slate: { column: 'items', id: 'item_id' },
      event: {
        column: 'e',
        impressions: ['view_item_list'],
        outcomes: { purchase: 'purchase' },
        others: 'ignored',
      },
    }
    const row = (e: string) =>
      JSON.stringify({ user: 'u', ts: 1767571200, e, items: [{ item_id: 'a' }, { item_id: 'b' }] })
    expect(places(read(mapping, row('view_item_list'), row('purchase'), row('scroll')))).toEqual([
      ['a', 1],
      ['b', 2],
      ['a', 'purchase'],
      ['b', 'purchase'],
    ])
  })

  test('Equal slates get equal event ids, and different slates get others', () => {
    const slate = { column: 'shown', separator: ' ' }
    const ids = (shown: string) =>
      read({ slate }, 'user,ts,shown', `u,1767571200,${shown}`).map(({ eventId }) => eventId)
    expect(ids('a b')).toEqual(ids('a b'))
    expect(ids('a b')).not.toEqual(ids('b a'))
  })

  test.each([
    ['text that is no list', '"{}"', /shown: got no list, expected a JSON array/],
    [
      'more items than a slate may have',
      `"[${'1,'.repeat(1000)}1]"`,
      /got 1001 items, expected at most 1000/,
    ],
  ])('A slate is quarantined for %s', (_, shown, detail) => {
    const [flaw] = read({ slate: { column: 'shown' } }, 'user,ts,shown', `u,1767571200,${shown}`)
    expect(flaw!['detail']).toMatch(detail)
  })
})

describe('Mapping checks', () => {
  test.each([
    [{}, /one of event .* label .* everyRow .* slate/],
    [{ everyRow: 'purchase', label: { column: 'a', positive: ['1'] } }, /one of event/],
    [{ everyRow: 'purchase', slate: { column: 'a' } }, /one of item/],
    [{ everyRow: 'purchase', item: { column: 'a', within: 'GET *' } }, /a text with \{\} once/],
    [{ everyRow: 'purchase', time: { column: 'ts', pattern: 'yyyy-MM-dd hh:mm' } }, /hh with a/],
    [
      { slate: { column: 'a', labels: 'b', chosen: 'c' } },
      /at most one of labelSuffix, labels and chosen/,
    ],
  ])('A mapping with %o is refused with the allowed choices', (says, message) => {
    const parsed = mappingSchema.safeParse({
      time: { column: 'ts', unit: 'seconds' },
      user: 'user',
      ...(says && 'slate' in says ? {} : { item: 'item' }),
      ...says,
      ...('slate' in says && 'everyRow' in says ? { item: 'item' } : {}),
    })
    expect(JSON.stringify(parsed.error?.issues)).toMatch(message)
  })
})
