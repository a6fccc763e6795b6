import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { isBlank } from '../../functions/contract/events.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import type { EntityRow } from '../../functions/contract/rows.ts'
import { DAY0_MS } from '../make/events.ts'
import { good, takeIn } from './take-in.ts'

const SECONDS = DAY0_MS / 1000
const as = (format: string) => ({ metadata: { [DROP_METADATA.format]: format } })
const itemsKey = 'raw/feed/items/a.jsonl'
const mapping = (fields: object = {}) => ({
  ...as('csv'),
  logs: {
    mappings: {
      own: mappingSchema.parse({
        layout: 'json-lines',
        time: { column: 't', unit: 'seconds' },
        user: 'u',
        item: 'i',
        label: { column: 'l', positive: ['1'] },
        ...fields,
      }),
    },
  },
})
const mappedLine = (fields: object): string =>
  JSON.stringify({ t: SECONDS, u: 'u1', i: 'i1', l: 0, ...fields })
const LONE = '\ud83d'

describe('Ill-formed identifiers', () => {
  test.each(['eventId', 'userId', 'itemId', 'requestId', 'release'])(
    'An ill-formed %s quarantines its record with field and place',
    async (field) => {
      const lines = [good(), good({ [field]: `a${LONE}` }), good({ [field]: 'a\udc00' })]
      const { manifest, setAside, rows } = await takeIn(lines.join('\n'))
      expect(manifest).toMatchObject({ read: 3, accepted: 1, quarantined: { ill_formed_text: 2 } })
      expect(rows).toHaveLength(1)
      expect(setAside.map(({ line, byteOffset }) => [line, byteOffset])).toEqual([
        [2, lines[0]!.length + 1],
        [3, lines[0]!.length + lines[1]!.length + 2],
      ])
      expect(setAside[0]!.detail).toBe(
        `${field}: got half of a surrogate pair, expected well-formed Unicode`,
      )
    },
  )

  test.each([
    ['an item', JSON.stringify({ id: LONE, attributes: {} }), { key: itemsKey }],
    ['an attribute’s name', good({ context: { [LONE]: 1 } }), {}],
    ['a mapped user', mappedLine({ u: LONE }), mapping()],
    [
      'a ranked item',
      JSON.stringify({
        ...{ event: 'ranking', id: 'r', timestamp: DAY0_MS, user: 'u' },
        items: [{ id: 'i1' }, { id: LONE }],
      }),
      as('metarank'),
    ],
  ])('Ill-formed text quarantines the record when it names %s', async (_, line, options) => {
    const { manifest } = await takeIn(line, options)
    expect(manifest).toMatchObject({ accepted: 0, events: 0, quarantined: { ill_formed_text: 1 } })
  })

  test('Ill-formed or blank identifiers never merge two users', async () => {
    const name = fc.string({ unit: 'binary', maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 40 }), async (names) => {
        const lines = names.map((userId, n) => good({ userId, eventId: `e${n}` }))
        const { manifest, rows } = await takeIn(lines.join('\n'))
        const blank = names.filter((text) => isBlank(text)).length
        const sound = names.filter((text) => text.isWellFormed() && !isBlank(text))
        expect(new Set(rows.map(({ user }) => user)).size).toBe(new Set(sound).size)
        expect(manifest.accepted).toBe(sound.length)
        expect(manifest.quarantined['blank_id'] ?? 0).toBe(blank)
      }),
      { numRuns: 20 },
    )
  })
})

describe('Other ill-formed text', () => {
  test('Ill-formed text becomes U+FFFD, is counted, and keeps its record', async () => {
    const { manifest, rows } = await takeIn(
      [good({ context: { query: `red ${LONE}`, page: 'p' } }), good({ eventId: 'e2' })].join('\n'),
    )
    expect(manifest).toMatchObject({ accepted: 2, warnings: { ill_formed_text: 1 } })
    expect(rows[0]!.context).toBe('{"page":"p","query":"red \ufffd"}')
  })

  test('Titles, texts and attributes are repaired; complete surrogate pairs stay', async () => {
    const document = { id: 'd1', title: LONE, text: `${LONE}\u{1f600}`, attributes: { a: [LONE] } }
    const { manifest, rows } = await takeIn(JSON.stringify(document), {
      key: 'raw/feed/documents/a.jsonl',
    })
    expect(manifest).toMatchObject({ accepted: 1, warnings: { ill_formed_text: 3 } })
    expect((rows as unknown as EntityRow[])[0]).toMatchObject({
      title: '\ufffd',
      text: '\ufffd\u{1f600}',
      attributes: '{"a":["\ufffd"]}',
    })
  })

  test('Text that only looks like half a surrogate pair stays unchanged', async () => {
    const context = { path: 'C:\\udata', emoji: '\u{1f600}' }
    const { manifest, rows } = await takeIn(good({ context }))
    expect(manifest.warnings).toBeUndefined()
    expect(JSON.parse(rows[0]!.context!)).toEqual(context)
  })

  test('Two events that differ only in ill-formed text stay two events', async () => {
    const event = (query: string) => good({ eventId: undefined, context: { query } })
    const { rows } = await takeIn([event('\ud800'), event('\ud801')].join('\n'))
    expect(new Set(rows.map(({ event: id }) => id)).size).toBe(2)
  })
})

describe('Integers of 64 bits', () => {
  const ids = Array.from({ length: 400 }, (_, n) => (2n ** 60n + BigInt(n)).toString())

  test('Users and items with different 64-bit digits stay apart', async () => {
    const lines = ids.map((id) => `{"u":${id},"i": -${id},"t":${SECONDS},"l":0}`)
    const { manifest, rows } = await takeIn(lines.join('\n'), mapping())
    expect(manifest).toMatchObject({ read: 400, accepted: 400 })
    expect(new Set(rows.map(({ user }) => user)).size).toBe(400)
    expect(rows.map(({ item }) => item)).toEqual(ids.map((id) => `-${id}`))
  })

  test('A 64-bit number and the text of its digits are one user', async () => {
    const lines = [`{"u":${ids[0]},"i":"a"`, `{"u":"${ids[0]}","i":"a"`]
    const { rows } = await takeIn(
      lines.map((line) => `${line},"t":${SECONDS},"l":0}`).join('\n'),
      mapping(),
    )
    expect(rows[0]!.user).toBe(rows[1]!.user)
  })

  test('Attributes, lists and nested fields keep all 64-bit digits', async () => {
    const line = `{"u":{"id":${ids[1]}},"i":"a","t":${SECONDS},"l":0,"tags":[${ids[2]},${ids[3]}],"n":${ids[4]}}`
    const { rows } = await takeIn(
      line,
      mapping({ user: 'u.id', listSeparator: '|', context: { tags: 'tags', n: 'n' } }),
    )
    expect(JSON.parse(rows[0]!.context!)).toEqual({ tags: [ids[2], ids[3]], n: ids[4] })
  })

  test.each([
    ['nanoseconds', '1767571200123999999', 1_767_571_200_123],
    ['nanoseconds', '1767571200124000000', 1_767_571_200_124],
    ['microseconds', '1767571200123000', 1_767_571_200_123],
    ['microseconds', '1767571200122999', 1_767_571_200_122],
  ])('A time in %s is exact to the millisecond: %s', async (unit, digits, timeMs) => {
    const options = mapping({ time: { column: 't', unit } })
    const { rows } = await takeIn(`{"u":"u","i":"i","t":${digits},"l":0}`, options)
    expect(rows.map((row) => row.timeMs)).toEqual([timeMs])
  })

  test('JSON Lines keep 64-bit digits in context but refuse them as identifiers', async () => {
    const lines = [
      good({ context: { campaign: 7 } }).replace(':7', `:${ids[5]}`),
      good({ userId: 12 }).replace('"userId":12', `"userId":${ids[5]}`),
    ]
    const { rows, setAside } = await takeIn(lines.join('\n'))
    expect(JSON.parse(rows[0]!.context!)).toEqual({ campaign: ids[5] })
    expect(setAside).toMatchObject([
      { reason: 'wrong_type', detail: expect.stringMatching(/^userId: got a number/) },
    ])
  })

  test('A 64-bit value stays a number where JSON Lines expect one', async () => {
    const line = good({ type: 'outcome', outcome: 'click', position: undefined, value: 7 })
    const { rows } = await takeIn(line.replace('"value":7', `"value":${ids[6]}`))
    expect(rows.map(({ value }) => value)).toEqual([Number(ids[6])])
    const { setAside } = await takeIn(good({ timeMs: 7 }).replace('7', '1767571200123456789'))
    expect(setAside[0]).toMatchObject({
      reason: 'time_in_nanoseconds',
      detail: expect.stringMatching(/looks like nanoseconds/),
    })
  })

  test('Metarank keeps 64-bit digits in fields but refuses them as identifiers', async () => {
    const ranking = (id: string, value: string) =>
      `{"event":"ranking","id":"r","timestamp":${DAY0_MS},"user":"u","fields":[{"name":"a","value":${value}}],"items":[{"id":${id},"fields":[{"name":"b","value":[${value}]}]}]}`
    const lines = [ranking('"i1"', ids[7]!), ranking(ids[8]!, '1')]
    const { rows, setAside } = await takeIn(lines.join('\n'), as('metarank'))
    expect(JSON.parse(rows[0]!.context!)).toEqual({ a: ids[7], b: [ids[7]] })
    expect(setAside).toMatchObject([
      { reason: 'wrong_type', detail: expect.stringMatching(/^itemId: got a number/) },
    ])
  })
})

describe('Repeated names', () => {
  test.each([
    ['at the top', good().replace('{', '{"userId":"somebody",'), {}],
    ['with an escape', good().replace('{', '{"user\\u0049d":"somebody",'), {}],
    ['inside', good({ context: { a: 1 } }).replace('"a":1', '"a":1,"a" :2'), {}],
    ['of a mapped line', mappedLine({}).replace('{', '{"u":"somebody",'), mapping()],
    [
      'of Metarank’s fields',
      `{"event":"item","id":"x","item":"i","timestamp":${DAY0_MS},"fields":[{"name":"a","value":1},{"name":"a","value":2}]}`,
      as('metarank'),
    ],
  ])('A repeated name quarantines its record and is named: %s', async (_, line, options) => {
    const { manifest, setAside } = await takeIn(`\n${line}`, options)
    expect(manifest).toMatchObject({ read: 1, accepted: 0, quarantined: { duplicate_key: 1 } })
    expect(setAside).toMatchObject([
      { line: 2, byteOffset: 1, detail: expect.stringMatching(/"(userId|u|a)" twice/) },
    ])
  })

  test('One name in two objects is not a repetition', async () => {
    const line = good({ context: { userId: 'x', type: 'y' }, type: 'impression' })
    expect((await takeIn(line)).manifest).toMatchObject({ accepted: 1, quarantined: {} })
  })

  test('A repeated header name quarantines every row if the column is read', async () => {
    const table = mapping({ layout: 'separated' })
    const row = (heading: string) =>
      takeIn(`${heading}\nu1,i1,${SECONDS},0,x\nu2,i1,${SECONDS},0,x`, table)
    const { manifest, setAside } = await row('u,i,t,l,u')
    expect(manifest).toMatchObject({ read: 3, accepted: 0, quarantined: { bad_row: 3 } })
    expect(setAside.map(({ detail }) => detail)).toEqual(
      Array(3).fill(
        'the first line names "u" more than once, as columns 1 and 5: expected it once',
      ),
    )
    expect((await row('u,i,t,l,l2')).manifest).toMatchObject({ read: 2, accepted: 2 })
    const { manifest: unread } = await takeIn(
      `x,u,i,t,l,x\n1,u1,i1,${SECONDS},0,2\n1,u2,i1,${SECONDS},0,2`,
      table,
    )
    expect(unread).toMatchObject({ read: 2, accepted: 2, quarantined: {} })
  })

  test('Personalize header names that differ only in case count as repeated', async () => {
    const heading = 'USER_ID,ITEM_ID,TIMESTAMP,Device,DEVICE'
    const { manifest, setAside } = await takeIn(
      `${heading}\nu1,i1,${SECONDS},phone,tablet`,
      as('personalize'),
    )
    expect(manifest).toMatchObject({ accepted: 0, quarantined: { bad_row: 2 } })
    expect(setAside[1]!.detail).toMatch(/"DEVICE" more than once, as columns 4 and 5/)
    const spare = await takeIn(`USER_ID,ITEM_ID,TIMESTAMP,,\nu1,i1,${SECONDS},,`, as('personalize'))
    expect(spare.manifest).toMatchObject({ accepted: 1, quarantined: {} })
  })
})

describe('Blank identifiers', () => {
  const BLANKS = [
    '',
    ' ',
    '\t ',
    '\u00a0',
    '\u3000',
    '\u200b',
    '\ufeff',
    '\u2800',
    '\u3164',
    '\u0000',
  ]

  test.each(BLANKS.map((text) => [JSON.stringify(text), text]))(
    'An identifier of only blanks quarantines its record: %s',
    async (_, text) => {
      for (const field of ['userId', 'itemId', 'requestId']) {
        const { manifest, setAside } = await takeIn(good({ [field]: text }))
        expect(manifest).toMatchObject({ accepted: 0, quarantined: { blank_id: 1 } })
        expect(setAside[0]!.detail).toBe(`${field}: got only blanks, expected visible text`)
      }
    },
  )

  test('A blank table identifier is missing if required and absent if optional', async () => {
    const table = mapping({ layout: 'separated', request: 'r', eventId: 'e', release: 'm' })
    const lines = [
      'u,i,t,l,r,e,m',
      `\u3000,i1,${SECONDS},0,r1,e1,m1`,
      `u1, ,${SECONDS},0,r1,e2,m1`,
      `u1,i1,${SECONDS},0, ,\u200b, `,
    ]
    const { manifest, setAside, rows } = await takeIn(lines.join('\n'), table)
    expect(manifest).toMatchObject({ accepted: 1, quarantined: { missing_field: 2 } })
    expect(setAside.map(({ detail }) => detail.split(':')[0])).toEqual(['userId', 'itemId'])
    expect(rows).toMatchObject([{ request: null, release: null }])
  })

  test('An identifier keeps blanks beside visible characters', async () => {
    const { manifest, rows } = await takeIn(good({ itemId: ' a\u3000b ' }))
    expect(manifest.accepted).toBe(1)
    expect(rows[0]!.item).toBe(' a\u3000b ')
  })
})
