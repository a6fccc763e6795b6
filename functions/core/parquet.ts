import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import type { Columns, ColumnType } from '../contract/rows.ts'
import { CorruptArtifact } from './errors.ts'

type BasicType = 'STRING' | 'TIMESTAMP' | 'INT32' | 'DOUBLE' | 'BOOLEAN'
const PARQUET_TYPE: Record<ColumnType, BasicType> = {
  string: 'STRING',
  json: 'STRING',
  time: 'TIMESTAMP',
  int: 'INT32',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
}

/** Columns with fewer characters fit into memory twice, even if no text repeats. */
const FEW_CHARACTERS = 4 * 2 ** 20
/**
 * Whether most of a column is large texts that many rows share. The writer itself samples only a
 * thousand values, and misses fifty texts of a megabyte each.
 */
function sharesLargeTexts(column: readonly unknown[]): boolean {
  const texts = column.filter((cell) => typeof cell === 'string')
  const lengthOf = (all: Iterable<string>): number => {
    let length = 0
    for (const text of all) length += text.length
    return length
  }
  const length = lengthOf(texts)
  return length > FEW_CHARACTERS && length > 2 * lengthOf(new Set(texts))
}

/**
 * Frees the old buffer at once when it grows. The writer of the library leaves each old buffer to
 * the garbage collector, which is late for memory outside the heap.
 */
class GrowingBytes extends ByteWriter {
  override ensure(size: number): void {
    const needed = this.index + size
    if (needed <= this.buffer.byteLength) return
    this.buffer = this.buffer.transfer(Math.max(2 * this.buffer.byteLength, needed))
    this.view = new DataView(this.buffer)
  }

  /** All bytes. Nothing can be written after that. */
  take(): Uint8Array {
    return new Uint8Array(this.buffer.transfer(this.index))
  }
}

/**
 * Columns of cells → Parquet bytes (Snappy, row groups of 50,000, nullable columns in the given
 * order). The same cells give the same bytes.
 */
export function writeColumns(
  columns: Columns,
  cellsOf: (name: string) => readonly unknown[],
): Uint8Array {
  const columnData = Object.entries(columns).map(([name, type]) => {
    const cells = cellsOf(name)
    const data =
      type === 'time'
        ? cells.map((cell) => (typeof cell === 'number' ? new Date(cell) : null))
        : cells
    const encoding = type === 'json' && sharesLargeTexts(data) ? ('RLE_DICTIONARY' as const) : null
    return { name, type: PARQUET_TYPE[type], data, ...(encoding && { encoding }) }
  })
  const writer = new GrowingBytes()
  parquetWrite({
    writer,
    columnData: columnData as never,
    rowGroupSize: 50_000,
    statistics: true,
    createdBy: 'quartermaster',
  })
  return writer.take()
}

/** As writeColumns, of rows. A column that a row lacks is null. */
export const writeParquet = (
  columns: Columns,
  rows: readonly Readonly<Record<string, unknown>>[],
): Uint8Array => writeColumns(columns, (name) => rows.map((row) => row[name] ?? null))

const fileOf = (bytes: Uint8Array): AsyncBuffer => ({
  byteLength: bytes.byteLength,
  slice: (start, end = bytes.byteLength) =>
    bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + end) as ArrayBuffer,
})
const parsers = { timestampFromMilliseconds: (millis: bigint) => Number(millis) }

/**
 * Parquet bytes → rows with the given columns, or with all columns. Times are in epoch
 * milliseconds.
 */
export async function readParquet<R>(bytes: Uint8Array, columns?: readonly string[]): Promise<R[]> {
  const named = columns ? { columns: [...columns] } : {}
  return (await parquetReadObjects({ file: fileOf(bytes), ...named, parsers })) as R[]
}

/** As readParquet. A column of `defaults` that the file lacks has that value in every row. */
export async function readParquetOfBefore<R>(
  bytes: Uint8Array,
  columns: readonly (keyof R & string)[],
  defaults: Partial<R>,
): Promise<R[]> {
  const { schema } = await parquetMetadataAsync(fileOf(bytes))
  const known = new Set(schema.map(({ name }) => name))
  const present = columns.filter((name) => known.has(name) || !(name in defaults))
  const rows = await readParquet<R>(bytes, present)
  return present.length === columns.length ? rows : rows.map((row) => ({ ...defaults, ...row }))
}

const COLUMN_TYPE: Readonly<Record<string, ColumnType>> = {
  BYTE_ARRAY: 'string',
  INT64: 'time',
  INT32: 'int',
  DOUBLE: 'float',
  BOOLEAN: 'boolean',
}
/**
 * The columns of a file that `writeColumns` wrote, in their order. A `json` column is a `string` here. Throws
 * CorruptArtifact for a column of another type.
 */
export async function readColumns(bytes: Uint8Array, name: string): Promise<Columns> {
  const { schema } = await parquetMetadataAsync(fileOf(bytes))
  return Object.fromEntries(
    schema.slice(1).map(({ name: column, type = 'a group' }) => {
      const found = COLUMN_TYPE[type]
      if (found) return [column, found]
      throw new CorruptArtifact(
        `${name}: the column ${column} has the type ${type}, which no file has`,
      )
    }),
  )
}

export interface OpenParquet<R> {
  rowCount: number
  /** The rows, one row group at a time. Only one group is in memory as rows. */
  groups(): AsyncGenerator<R[]>
}

/** As readParquet, for files of any length. */
export async function openParquet<R>(
  bytes: Uint8Array,
  columns?: readonly string[],
): Promise<OpenParquet<R>> {
  const file = fileOf(bytes)
  const metadata = await parquetMetadataAsync(file)
  const named = columns ? { columns: [...columns] } : {}
  return {
    rowCount: Number(metadata.num_rows),
    async *groups() {
      let rowStart = 0
      for (const { num_rows } of metadata.row_groups) {
        const rowEnd = rowStart + Number(num_rows)
        const read = { file, metadata, rowStart, rowEnd, ...named, parsers }
        yield (await parquetReadObjects(read)) as R[]
        rowStart = rowEnd
      }
    },
  }
}
