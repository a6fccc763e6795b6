import { parquetReadObjects } from 'hyparquet'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import type { Columns, ColumnType } from '../contract/rows.ts'

type BasicType = 'STRING' | 'TIMESTAMP' | 'INT32' | 'DOUBLE' | 'BOOLEAN'
const PARQUET_TYPE: Record<ColumnType, BasicType> = {
  string: 'STRING',
  json: 'STRING',
  time: 'TIMESTAMP',
  int: 'INT32',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
}

/**
 * Rows → Parquet bytes (Snappy, row groups of 50,000, nullable columns in the order given).
 * The same rows give the same bytes; a column that a row lacks is null.
 */
export function writeParquet(
  columns: Columns,
  rows: readonly Readonly<Record<string, unknown>>[],
): Uint8Array {
  const columnData = Object.entries(columns).map(([name, type]) => ({
    name,
    type: PARQUET_TYPE[type],
    data: rows.map((row) => {
      const cell = row[name]
      if (cell === null || cell === undefined) return null
      return type === 'time' ? new Date(cell as number) : cell
    }),
  }))
  const writer = new ByteWriter()
  parquetWrite({
    writer,
    columnData: columnData as never,
    rowGroupSize: 50_000,
    statistics: true,
    createdBy: 'quartermaster',
  })
  return new Uint8Array(writer.getBuffer())
}

/** Parquet bytes → rows with the columns asked for, all where none are named; times in epoch milliseconds. */
export async function readParquet<R>(bytes: Uint8Array, columns?: readonly string[]): Promise<R[]> {
  const file = {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number) =>
      bytes.buffer.slice(
        bytes.byteOffset + start,
        bytes.byteOffset + (end ?? bytes.byteLength),
      ) as ArrayBuffer,
  }
  return (await parquetReadObjects({
    file,
    ...(columns ? { columns: [...columns] } : {}),
    parsers: { timestampFromMilliseconds: (millis: bigint) => Number(millis) },
  })) as R[]
}
