import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openParquet, readParquet, writeParquet } from '../../functions/core/parquet.ts'

const columns = {
  name: 'string',
  timeMs: 'time',
  count: 'int',
  share: 'float',
  isOn: 'boolean',
  more: 'json',
} as const
const row = fc.record({
  name: fc.option(fc.string({ unit: 'grapheme' }), { nil: null }),
  timeMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: null }),
  count: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { nil: null }),
  share: fc.option(fc.double({ noNaN: true }), { nil: null }),
  isOn: fc.option(fc.boolean(), { nil: null }),
  more: fc.option(fc.constant('{"a":1}'), { nil: null }),
})

describe('Parquet', () => {
  test('Parquet returns all rows with nulls, and writes the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const bytes = writeParquet(columns, rows)
        expect(await readParquet(bytes)).toEqual(rows)
        expect(writeParquet(columns, rows)).toEqual(bytes)
        expect(await readParquet(bytes, ['count'])).toEqual(rows.map(({ count }) => ({ count })))
      }),
    )
  })

  test('Parquet is read one row group at a time', async () => {
    const rows = Array.from({ length: 120_000 }, (_, n) => ({ count: n }))
    const bytes = writeParquet({ count: 'int' }, rows)
    const opened = await openParquet<(typeof rows)[0]>(bytes)
    expect(opened.rowCount).toBe(rows.length)
    const groups: (typeof rows)[] = []
    for await (const group of opened.groups()) groups.push(group)
    expect(groups.map(({ length }) => length)).toEqual([50_000, 50_000, 20_000])
    expect(groups.flat()).toEqual(rows)
    expect((await openParquet(writeParquet(columns, []))).rowCount).toBe(0)
  })

  test('Parquet stores a large text once when few rows share it', async () => {
    const large = Array.from({ length: 200_000 }, (_, n) => ((n * 7919) % 36).toString(36)).join('')
    const rows = Array.from({ length: 20_000 }, (_, n) => ({
      more: n >= 100 && n < 118 ? large : `{"n":${n}}`,
    }))
    rows.push(...Array.from({ length: 40 }, () => ({ more: large })))
    const bytes = writeParquet({ more: 'json' }, rows)
    expect(bytes.length).toBeLessThan(2 * large.length + 500_000)
    expect(await readParquet(bytes)).toEqual(rows)
  })

  test('DuckDB reads our Parquet files directly', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parquet-'))
    const path = join(folder, 'rows.parquet')
    writeFileSync(
      path,
      writeParquet(columns, [
        { name: 'a', timeMs: 1_767_571_200_123, count: 3, share: 0.5, isOn: true, more: null },
        { name: null },
      ]),
    )
    const connection = await (await DuckDBInstance.create()).connect()
    const result = await connection.runAndReadAll(
      `SELECT name, epoch_ms("timeMs")::BIGINT, count, share, "isOn", more FROM '${path}'`,
    )
    expect(
      result
        .getRows()
        .map((cells) => cells.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell))),
    ).toEqual([
      ['a', 1_767_571_200_123, 3, 0.5, true, null],
      [null, null, null, null, null, null],
    ])
    rmSync(folder, { recursive: true })
  })
})
