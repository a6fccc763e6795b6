import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import type { Logs } from '../../functions/contract/logs.ts'
import { type Mapping, mappingSchema } from '../../functions/contract/mapping.ts'
import { sceneSchema } from '../../functions/contract/scene.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import { plain, readLinesOf } from './read-lines-of.ts'
import { scene, takeIn } from './take-in.ts'

const SHOP = {
  time: { column: 'ts', unit: 'seconds' },
  user: 'uid',
  item: 'sku',
  event: {
    column: 'action',
    impressions: ['view'],
    outcomes: { buy: 'purchase', open: 'click' },
    ignored: ['wish'],
  },
  value: 'price',
  context: { device: 'dev' },
  itemAttributes: { category: 'cat' },
  userAttributes: { segment: 'seg' },
  listSeparator: '|',
  items: { id: 'sku', attributes: { category: 'cat' }, text: 'descr' },
}
const HEADER = 'ts,uid,sku,action,price,dev,cat,seg,junk'
const SECONDS = DAY0_MS / 1000
const mappingOf = (fields: object): Mapping => mappingSchema.parse(fields)
const read = (fields: object, lines: readonly string[], firstRow = 0) =>
  readLinesOf('csv', 'events', lines, undefined, { mapping: mappingOf(fields), firstRow }).map(
    plain,
  )
const csv = { [DROP_METADATA.format]: 'csv' }
const logs = (fields: object = SHOP): Logs => ({ mappings: { shop: mappingOf(fields) } })

describe('Mapped tables', () => {
  test('A column of kinds makes impressions and outcomes, with statements beside them', () => {
    const about = { timeMs: DAY0_MS, userId: 'u1', itemId: 'p1' }
    const rows = ['view', 'buy', 'wish'].map(
      (action) => `${SECONDS},u1,p1,${action},9.5,phone,a|b,gold,x`,
    )
    const [heading, view, buy, wish] = read(SHOP, [HEADER, ...rows])
    expect(heading).toBeNull()
    const said = [
      { kind: 'items', id: 'p1', attributes: { category: ['a', 'b'] } },
      { kind: 'users', id: 'u1', attributes: { segment: 'gold' } },
    ]
    expect(view).toEqual([{ type: 'impression', ...about, context: { device: 'phone' } }, ...said])
    const context = { device: 'phone' }
    expect(buy).toEqual([
      { type: 'outcome', ...about, outcome: 'purchase', value: 9.5, context },
      ...said,
    ])
    expect(wish).toEqual(said)
  })

  test('A label makes each row an impression with its mapped fields', () => {
    const mapping = {
      separator: '\t',
      header: ['when', 'a', 'b', 'item', 'place', 'p', 'clicked', 'req', 'id', 'model'],
      time: { column: 'when', unit: 'iso', zone: '+02:00' },
      user: ['a', 'b'],
      item: 'item',
      label: { column: 'clicked', positive: ['1'] },
      request: 'req',
      position: { column: 'place', from: 0 },
      propensity: 'p',
      eventId: 'id',
      release: 'model',
    }
    const [made] = read(mapping, ['2026-01-05 02:00:00\tx\ty\tp1\t0\t0.25\t1\tr1\te1\tv7'])
    const about = { timeMs: DAY0_MS, userId: 'x-y', itemId: 'p1', requestId: 'r1' }
    expect(made).toEqual([
      {
        type: 'impression',
        eventId: 'e1/shown',
        ...about,
        position: 1,
        propensity: 0.25,
        release: 'v7',
        context: {},
      },
      { type: 'outcome', eventId: 'e1/click', ...about, outcome: 'click', context: {} },
    ])
  })

  test('Enough stars add an outcome, and a row without stars adds none', () => {
    const mapping = { ...SHOP, event: undefined, label: { column: 'price', atLeast: 4 } }
    const rows = ['4', '3.5', ''].map((stars) => `${SECONDS},u1,p1,,${stars},,,,`)
    const made = read(mapping, [HEADER, ...rows]).slice(1) as object[][]
    expect(made.map(({ length }) => length)).toEqual([2, 1, 1])
  })

  test('JSON Lines with other names are mapped, including nested fields', () => {
    const mapping = {
      ...SHOP,
      layout: 'json-lines',
      user: 'visitor.id',
      userAttributes: { segment: 'visitor.seg' },
    }
    const record = {
      ts: SECONDS,
      visitor: { id: 7, seg: 'gold' },
      sku: 'p1',
      action: 'view',
      dev: 'phone',
      cat: ['a', 'b'],
    }
    expect(read(mapping, [JSON.stringify(record)])).toEqual([
      [
        {
          type: 'impression',
          timeMs: DAY0_MS,
          userId: '7',
          itemId: 'p1',
          context: { device: 'phone' },
        },
        { kind: 'items', id: 'p1', attributes: { category: ['a', 'b'] } },
        { kind: 'users', id: '7', attributes: { segment: 'gold' } },
      ],
    ])
    expect(read(mapping, ['{"ts":'])[0]).toMatchObject({ reason: 'not_json' })
  })

  test('Times follow the row order at the stated rate and first row', () => {
    const mapping = { ...SHOP, time: { rowsPerHour: 4, from: '2026-01-05T00:00:00Z' } }
    const rows = Array.from({ length: 3 }, () => '0,u1,p1,view,,,,,')
    const timesOf = (made: unknown[]) =>
      made.flatMap((records) =>
        Array.isArray(records) ? [(records[0] as { timeMs: number }).timeMs] : [],
      )
    expect(timesOf(read(mapping, [HEADER, ...rows]))).toEqual(
      [0, 1, 2].map((n) => DAY0_MS + (n * HOUR_MS) / 4),
    )
    expect(timesOf(read(mapping, [HEADER, rows[0]!, 'short', rows[1]!], 8))).toEqual(
      [8, 10].map((n) => DAY0_MS + (n * HOUR_MS) / 4),
    )
  })

  test('A mapped table enters the lake completely, and broken rows are counted', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, n) => `${SECONDS + n},u${n % 3},p${n % 2},view,,phone,c,s,`,
    )
    const { manifest } = await takeIn(
      [HEADER, ...rows, `${SECONDS},,p1,view,,,,,`, 'x'].join('\n'),
      {
        metadata: csv,
        logs: logs(),
      },
    )
    expect(manifest).toMatchObject({
      read: 32,
      accepted: 30,
      events: 30,
      quarantined: { missing_field: 1, bad_row: 1 },
      byHour: { '2026-01-05T00': 30 },
    })
    expect(manifest.files.map(({ key, rows: held }) => [key.split('/')[2], held])).toEqual([
      ['events', 30],
      ['items', 2],
      ['users', 3],
    ])
  })

  test('Quoted cells across lines stay whole, located where they begin', async () => {
    const heading = 'sku,cat,descr'
    const first = '1,shoes,"Two lines:\r\nred, and ""grippy"""'
    const { manifest, rows, setAside } = await takeIn(
      `${heading}\n${first}\n2,hats,plain\n3,"odd\nrow"\n4,bags,"x"\n`,
      { key: 'raw/feed/items/catalogue.csv', metadata: csv, logs: logs() },
    )
    expect(manifest).toMatchObject({ read: 4, accepted: 3, quarantined: { bad_row: 1 } })
    expect(rows).toMatchObject([
      { id: '1', text: 'Two lines:\nred, and "grippy"' },
      { id: '2', text: 'plain' },
      { id: '4', text: 'x' },
    ])
    const before = `${heading}\n${first}\n2,hats,plain\n`
    expect(setAside).toMatchObject([{ line: 5, byteOffset: before.length, length: 11 }])
  })

  test('A quote that never closes costs only its own line', async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, n) => `${SECONDS + n},u1,p${n},view,,phone,category-${n},,`,
    )
    rows[5] = rows[5]!.replace('phone', '"phone')
    const { manifest, setAside } = await takeIn([HEADER, ...rows].join('\n'), {
      metadata: csv,
      logs: logs(),
    })
    expect(manifest).toMatchObject({ read: 3000, accepted: 2999 })
    expect(setAside).toMatchObject([{ line: 7, reason: 'bad_row' }])
  })

  test('Any cells that RFC 4180 can write are read', async () => {
    const cell = fc.string({
      maxLength: 12,
      unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '|'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
        async (pairs) => {
          const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
          const body = pairs.map(([category, text], n) => `i${n},${quote(category)},${quote(text)}`)
          const { manifest, rows } = await takeIn(['sku,cat,descr', ...body].join('\n'), {
            key: 'raw/feed/items/c.csv',
            metadata: csv,
            logs: logs({ ...SHOP, listSeparator: undefined }),
          })
          expect(manifest).toMatchObject({ read: pairs.length, accepted: pairs.length })
          const held = rows as unknown as { id: string; text: string | null; attributes: string }[]
          for (const [n, [category, text]] of pairs.entries()) {
            expect(held[n]!.text ?? '').toBe(text)
            expect(JSON.parse(held[n]!.attributes)['category'] ?? '').toBe(category)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('Drop declarations', () => {
  const body = [HEADER, `${SECONDS},u1,p1,view,,,,,`].join('\n')
  const settings = {
    mappings: { shop: mappingOf(SHOP), other: mappingOf({ ...SHOP, user: 'nobody' }) },
  }

  test.each([
    ['metadata', 'raw/feed/events/a.csv', { ...csv, [DROP_METADATA.mapping]: 'shop' }],
    ['its key', 'raw/feed/events/format=csv/mapping=shop/a.csv', {}],
    [
      'metadata before its key',
      'raw/feed/events/format=jsonl/mapping=other/a.csv',
      { ...csv, [DROP_METADATA.mapping]: 'shop' },
    ],
  ])('The format of a drop is decided by %s', async (_, key, metadata) => {
    const { manifest } = await takeIn(body, { key, metadata, logs: settings })
    expect(manifest).toMatchObject({ format: 'csv', accepted: 1, refused: null })
  })

  test('A drop need not name the only mapping of a scene', async () => {
    const { manifest } = await takeIn(body, { metadata: csv, logs: logs() })
    expect(manifest).toMatchObject({ accepted: 1, refused: null })
  })

  test('An Open Bandit drop is read by the source in its key', async () => {
    const text =
      ',timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3\n7,2026-01-05 00:01:03+00:00,2,3,0,0.04,a,b,c,d'
    const { rows } = await takeIn(text, {
      key: 'raw/feed/events/format=open-bandit/source=bts-men/a.csv',
    })
    expect(rows).toMatchObject([{ item: 'men-2' }])
  })
})

describe('Mapping checks', () => {
  test.each([
    [{ time: {} }, 'time', /either column with one of unit and pattern, or rowsPerHour with from/],
    [{ time: { column: 'ts', unit: 'seconds', pattern: 'yyyy-MM-dd' } }, 'time', /either/],
    [
      { time: { column: 'ts', pattern: 'yyyy-MM-dd QQ' } },
      'time.pattern',
      /a pattern of yyyy or yy/,
    ],
    [{ time: { column: 'ts', pattern: 'HH:mm' } }, 'time.pattern', /a pattern/],
    [{ time: { column: 'ts', pattern: 'yyyy yyyy MM dd' } }, 'time.pattern', /each once/],
    [{ label: { column: 'a', positive: ['1'] } }, '', /one of event .* label/],
    [{ event: undefined }, '', /one of event/],
    [{ event: undefined, label: { column: 'a' } }, 'label', /one of positive and atLeast/],
    [{ column: 'x' }, '', /column/],
  ])('A mapping with %j is refused with field and reason', (fields, path, message) => {
    const { error } = mappingSchema.safeParse({ ...SHOP, ...fields })
    const [issue] = error!.issues
    expect(issue!.path.join('.')).toBe(path)
    expect(`${issue!.message} ${'keys' in issue! ? issue.keys : ''}`).toMatch(message)
  })

  test('A mapping may name only outcomes that its scene has', () => {
    const mappings = { shop: { ...SHOP, event: { ...SHOP.event, outcomes: { buy: 'sale' } } } }
    const { error } = sceneSchema.safeParse({ ...scene, logs: { mappings } })
    expect(error!.issues[0]).toMatchObject({
      path: ['logs', 'mappings', 'shop', 'event', 'outcomes', 'buy'],
      message: '"sale" is not one of its outcomes (click, purchase)',
    })
  })
})
