import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import { afterAll, describe, expect, test } from 'vitest'
import { DROP_METADATA } from '../../functions/contract/drop-metadata.ts'
import { mappingSchema } from '../../functions/contract/mapping.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { DAY0_MS } from '../make/events.ts'
import { takeIn } from './take-in.ts'

const root = mkdtempSync(join(tmpdir(), 'parquet-'))
afterAll(() => rmSync(root, { recursive: true }))

const MAPPING = {
  layout: 'parquet',
  time: { column: 'ts', unit: 'milliseconds' },
  user: 'user.id',
  item: 'item',
  label: { column: 'clicked', positive: ['true'] },
  context: { device: 'user.device', tags: 'tags', price: 'price' },
}
type Options = { mapping?: object; format?: string }
const take = (body: Uint8Array | string, { mapping = MAPPING, format = 'csv' }: Options = {}) =>
  takeIn(body, {
    key: 'raw/feed/events/part-0.parquet',
    metadata: { [DROP_METADATA.format]: format },
    logs: { mappings: { shop: mappingSchema.parse(mapping) } },
  })
type Taken = Awaited<ReturnType<typeof take>>

/** Without what tells one drop of the same events from another. */
const clean = ({ rows }: Taken) =>
  rows
    .sort((a, b) => a.row - b.row)
    .map(({ timeMs, user, item, type, context, outcome }: EventRow) => ({
      ...{ timeMs, user, item, type, context, outcome },
    }))
const balance = ({ manifest }: Taken) =>
  manifest.accepted + Object.values(manifest.quarantined).reduce((sum, count) => sum + count, 0)

let files = 0
/** What a SELECT gives, as DuckDB writes it. */
async function written(select: string, options: string): Promise<Buffer> {
  const path = join(root, `${files++}.parquet`)
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT ${options})`)
  return readFileSync(path)
}
const EVENTS = `SELECT TIMESTAMP '2026-01-05 00:00:00' + INTERVAL (i) SECOND AS ts,
  {'id': 'user ' || (i % 31), 'device': CASE WHEN i % 5 = 0 THEN NULL ELSE 'phone' END} AS user,
  'item ü' || (i % 211) AS item, i % 7 = 0 AS clicked, ['a', 'tag ' || (i % 9)] AS tags,
  (i / 4)::DECIMAL(12, 2) AS price, repeat('not read ', 9) AS note FROM range(3000) t(i)`

describe('Parquet drops', () => {
  test.each(['snappy', 'zstd', 'gzip', 'lz4_raw', 'brotli', 'uncompressed'])(
    'Parquet in %s is read like JSON Lines of its rows',
    async (codec) => {
      const asLines = await take(await written(EVENTS, 'json'), {
        mapping: { ...MAPPING, time: { column: 'ts', unit: 'iso' } },
      })
      const parquet = await take(
        await written(EVENTS, `parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE 1000`),
      )
      expect(asLines.manifest).toMatchObject({ read: 3000, accepted: 3000, events: 3429 })
      expect(parquet.manifest).toMatchObject({ read: 3000, accepted: 3000, quarantined: {} })
      expect(clean(parquet)).toEqual(clean(asLines))
    },
  )

  test('Parquet version 2 with delta encodings is read', async () => {
    const asVersion1 = await take(await written(EVENTS, 'parquet'))
    const asVersion2 = await take(await written(EVENTS, "parquet, PARQUET_VERSION 'V2'"))
    expect(asVersion2.manifest).toMatchObject({ accepted: 3000 })
    expect(clean(asVersion2)).toEqual(clean(asVersion1))
  })

  test.each([
    ["TIMESTAMP '2026-01-05 00:00:01.5'", 'milliseconds'],
    ["TIMESTAMP '2026-01-05 00:00:01.5'", 'microseconds'],
    ["TIMESTAMP '2026-01-05 00:00:01.5'", 'iso'],
    ["TIMESTAMP_NS '2026-01-05 00:00:01.5'", 'nanoseconds'],
    ["TIMESTAMP_MS '2026-01-05 00:00:01.5'", 'iso'],
    ["TIMESTAMPTZ '2026-01-05 02:00:01.5+02'", 'iso'],
    [`${DAY0_MS + 1500}::BIGINT`, 'milliseconds'],
    [`${DAY0_MS / 1000 + 1.5}::DOUBLE`, 'seconds'],
    ["'2026-01-05T00:00:01.5Z'", 'iso'],
  ])('The Parquet time %s is read in %s', async (ts, unit) => {
    const { rows } = await take(
      await written(
        `SELECT ${ts} AS ts, {'id': 'u', 'device': ''} AS user, 'i' AS item, false AS clicked`,
        'parquet',
      ),
      { mapping: { ...MAPPING, time: { column: 'ts', unit } } },
    )
    expect(rows.map(({ timeMs }) => timeMs)).toEqual([DAY0_MS + 1500])
  })

  test.each([
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ['-1234567890123456.78::DECIMAL(30, 2)', '-1234567890123456.78'],
    ['12.50::DECIMAL(9, 2)', '12.5'],
    ["'\\xFF\\x00'::BLOB", '\\xff00'],
    ["'text'::BLOB", 'text'],
    ["'6d1b1e2e-0b1c-4b5e-9f0a-0123456789ab'::UUID", '6d1b1e2e-0b1c-4b5e-9f0a-0123456789ab'],
    ["DATE '2026-01-05'", '2026-01-05'],
    ["TIME '01:02:03.25'", '01:02:03.250'],
    ['true', 'true'],
    ['4000000000::UINTEGER', '4000000000'],
    ["{'a': [1, 2]}", '{"a":[1,2]}'],
    ["MAP {'k': 'v'}", '{"k":"v"}'],
  ])('The Parquet value %s becomes its text with all digits', async (value, text) => {
    const { rows } = await take(
      await written(
        `SELECT epoch_ms(${DAY0_MS}) AS ts, {'id': 'u', 'device': ''} AS user, ${value} AS item, false AS clicked`,
        'parquet',
      ),
    )
    expect(rows.map(({ item }) => item)).toEqual([text])
  })

  test('A list of structs in each row is read as slates', async () => {
    const select = `SELECT epoch_ms(${DAY0_MS} + i) AS ts, 'u' || i AS who,
      [{'sku': 'a' || i, 'price': 2}, {'sku': 'b' || i, 'price': NULL}] AS shown, ['b' || i] AS taken
      FROM range(500) t(i)`
    const mapping = {
      ...{ layout: 'parquet', time: MAPPING.time, user: 'who' },
      slate: { column: 'shown', id: 'sku', chosen: 'taken', context: { price: 'price' } },
    }
    const { manifest, rows } = await take(await written(select, 'parquet, ROW_GROUP_SIZE 200'), {
      mapping,
    })
    expect(manifest).toMatchObject({ read: 500, accepted: 500, events: 1500 })
    expect(rows.slice(0, 3).map(({ item, type, position }) => [item, type, position])).toEqual([
      ['a0', 'impression', 1],
      ['b0', 'impression', 2],
      ['b0', 'outcome', null],
    ])
  })

  test('Parquet with contract events needs no mapping', async () => {
    const select = `SELECT 'impression' AS type, 'e' || i AS "eventId", epoch_ms(${DAY0_MS} + i) AS "timeMs",
      'u' AS "userId", 'i' || i AS "itemId", NULL::INT AS position, {'device': 'phone', 'os': NULL} AS context
      FROM range(20) t(i)`
    const { manifest, rows } = await take(await written(select, 'parquet'), { format: 'jsonl' })
    expect(manifest).toMatchObject({ read: 20, accepted: 20, quarantined: {} })
    expect(rows[0]).toMatchObject({ timeMs: DAY0_MS, context: '{"device":"phone"}' })
  })

  test('Flawed Parquet rows are quarantined as JSON with group and row', async () => {
    const select = `SELECT epoch_ms(${DAY0_MS}) AS ts, {'id': CASE WHEN i IN (3, 2100) THEN '' ELSE 'u' END, 'device': 'x'} AS user,
      'i' || i AS item, false AS clicked FROM range(3000) t(i)`
    const { manifest, setAside } = await take(await written(select, 'parquet, ROW_GROUP_SIZE 2048'))
    expect(manifest).toMatchObject({
      read: 3000,
      accepted: 2998,
      quarantined: { missing_field: 2 },
    })
    expect(setAside).toMatchObject([
      { line: 4, rowGroup: 1 },
      { line: 2101, rowGroup: 2 },
    ])
    expect(JSON.parse(setAside[1]!.record)).toEqual({
      ...{ ts: DAY0_MS, user: { id: '', device: 'x' }, item: 'i2100', clicked: false },
    })
  })
})

describe('Unreadable Parquet', () => {
  test('Parquet without a mapping is refused with advice to add one', async () => {
    const body = await written(EVENTS, 'parquet')
    const mapping = { ...MAPPING, layout: 'separated', user: 'user' }
    for (const format of ['csv', 'personalize', 'access-log'])
      expect((await take(body, { format, mapping })).manifest.refused).toMatchObject({
        reason: 'unsupported_container',
        detail: expect.stringContaining('a mapping of the layout parquet'),
      })
  })

  test('Parquet inside gzip is refused as unsupported compression', async () => {
    const { manifest } = await take(gzipSync(await written(EVENTS, 'parquet')))
    expect(manifest.refused).toMatchObject({ reason: 'unsupported_compression' })
  })

  test('Parquet with other columns is quarantined and its columns are named', async () => {
    const { manifest, setAside } = await take(await written('SELECT 1 AS a, 2 AS b', 'parquet'))
    expect(manifest).toMatchObject({ read: 1, accepted: 0 })
    expect(setAside[0]!.detail).toMatch(/it has the columns a, b, expected .*item/)
  })

  test('A cut Parquet file becomes one quarantined record', async () => {
    const body = await written(EVENTS, 'parquet')
    const { manifest, setAside } = await take(body.subarray(0, -100))
    expect(manifest).toMatchObject({ read: 1, quarantined: { unreadable_parquet: 1 } })
    expect(setAside[0]!.detail).toMatch(/does not end with PAR1: it is truncated; nothing was read/)
  })

  test('One unreadable row group leaves the other row groups readable', async () => {
    const body = await written(EVENTS, 'parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000')
    const sound = await take(body)
    expect(sound.manifest.accepted).toBe(3000)
    // The header of the first page. DuckDB writes at least 2048 rows in a row group.
    body.fill(0xa5, 8, 40)
    const { manifest, setAside } = await take(body)
    expect(manifest).toMatchObject({ accepted: 952, quarantined: { unreadable_parquet: 1 } })
    expect(setAside[0]!.detail).toMatch(
      /^row group 1 of 2: ts: .+: write the file again, .+ 0 of its 2048 rows were read/,
    )
  })

  test('Too large Parquet pages are quarantined with advice on writing', async () => {
    const select = `SELECT epoch_ms(${DAY0_MS}) AS ts, {'id': 'u', 'device': 'x'} AS user,
      repeat('x', 1000) || i AS item, false AS clicked FROM range(50000) t(i)`
    const { manifest, setAside } = await take(
      await written(select, 'parquet, COMPRESSION uncompressed'),
    )
    expect(manifest).toMatchObject({ read: 1, quarantined: { row_group_too_large: 1 } })
    expect(setAside[0]!.detail).toMatch(
      /its pages take \d+ bytes .* write row groups of fewer rows/,
    )
  })

  test('Damaged Parquet always ends in a balanced account', async () => {
    const body = await written(EVENTS, 'parquet, ROW_GROUP_SIZE 1000')
    const place = fc.nat({ max: body.length - 1 })
    await fc.assert(
      fc.asyncProperty(
        // Half of the changes are in the metadata, at the end.
        fc.array(
          fc.tuple(
            fc.oneof(
              place,
              fc.nat({ max: 3000 }).map((n) => body.length - 9 - n),
            ),
            fc.nat({ max: 255 }),
          ),
          {
            ...{ minLength: 1, maxLength: 6 },
          },
        ),
        async (changes) => {
          const damaged = Buffer.from(body)
          for (const [at, byte] of changes) damaged[at] = byte
          const taken = await take(damaged)
          if (taken.manifest.refused === null) expect(taken.manifest.read).toBe(balance(taken))
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('Any Parquet rows are read like the same JSON Lines rows', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  const row = fc.record({
    ts: fc.bigInt({ min: BigInt(DAY0_MS), max: BigInt(DAY0_MS + 3_600_000) }),
    user: fc.option(text),
    item: fc.oneof(fc.constantFrom('a', 'b'), text),
    clicked: fc.boolean(),
    price: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  })
  const mapping = { ...MAPPING, user: 'user', context: { price: 'price' } }
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 70 }),
      async (rows, rowGroupSize) => {
        const column = (name: keyof (typeof rows)[number]) => rows.map((each) => each[name])
        const writer = new ByteWriter()
        parquetWrite({
          writer,
          columnData: [
            { name: 'ts', type: 'INT64', data: column('ts') },
            { name: 'user', type: 'STRING', data: column('user') },
            { name: 'item', type: 'STRING', data: column('item') },
            { name: 'clicked', type: 'BOOLEAN', data: column('clicked') },
            { name: 'price', type: 'DOUBLE', data: column('price') },
          ] as never,
          rowGroupSize,
        })
        const lines = rows.map((each) => JSON.stringify({ ...each, ts: Number(each.ts) }))
        const asLines = await take(lines.join('\n'), { mapping })
        const parquet = await take(new Uint8Array(writer.getBuffer()), { mapping })
        const { read, accepted, quarantined, byHour } = asLines.manifest
        expect(parquet.manifest).toMatchObject({ read, accepted, quarantined, byHour })
        expect(clean(parquet)).toEqual(clean(asLines))
        expect(parquet.setAside.map(({ line, reason }) => [line, reason])).toEqual(
          asLines.setAside.map(({ line, reason }) => [line, reason]),
        )
      },
    ),
    { numRuns: 60 },
  )
})
