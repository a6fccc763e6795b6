import type { RandomAccess } from '../core/objects.ts'
import { BadParquet, PagesTooLarge } from '../core/parquet-columns.ts'
import {
  type OpenGroups,
  openGroups,
  type ParquetRow,
  type WantedColumns,
} from '../core/parquet-groups.ts'
import type { Break } from './breaks.ts'
import type { Line, Portion } from './lines.ts'

const NOTHING = Buffer.alloc(0)
/** Least size that a row counts for: rows with only nulls take almost no bytes of the file. */
const LEAST_ROW_BYTES = 64

/** A position in the file, without bytes. */
const placeIn = (line: number, byteOffset: number, rowGroup?: number): Line => ({
  line,
  byteOffset,
  length: 0,
  bytes: NOTHING,
  ...(rowGroup !== undefined && { rowGroup }),
})

/** Why a row group cannot be read to its end. An error that its bytes did not cause is thrown. */
function breakOf(error: unknown, which: string, rows: string): Break {
  const kept = `${rows}, and other row groups are read`
  if (error instanceof PagesTooLarge)
    return {
      reason: 'row_group_too_large',
      detail: `${which}: ${error.message}: write row groups of fewer rows (or smaller pages), and drop the missing rows; ${kept}`,
    }
  if (error instanceof BadParquet)
    return {
      reason: 'unreadable_parquet',
      detail: `${which}: ${error.message}: write the file again, and drop the missing rows; ${kept}`,
    }
  throw error
}

/** Rows as lines of JSON, made one by one: rows may share large texts, but lines cannot. */
function* linesOf(
  rows: readonly ParquetRow[],
  first: Line,
  count: (bytes: number) => void,
): Generator<Line> {
  for (const [i, row] of rows.entries()) {
    const bytes = Buffer.from(JSON.stringify(row))
    count(Math.max(bytes.length, LEAST_ROW_BYTES))
    yield { ...first, line: first.line + i, length: bytes.length, bytes }
  }
}

/**
 * The rows of a Parquet file as lines of JSON, with the wanted columns. Null fields are left out. A
 * row group that cannot be read to its end gives a `break`, and reading continues with the next
 * one.
 */
export async function* readParquetLines(
  file: RandomAccess,
  wanted: WantedColumns,
  maxBytes: number,
): AsyncGenerator<Portion> {
  let opened: OpenGroups
  try {
    opened = await openGroups(file, wanted)
  } catch (error) {
    if (!(error instanceof BadParquet)) throw error
    const detail = `got Parquet that cannot be read: ${error.message}; nothing was read, and the raw object stays`
    yield { break: { reason: 'unreadable_parquet', detail }, cut: placeIn(1, 0) }
    return
  }
  let before = 0
  let bytes = 0
  for (const [i, group] of opened.groups.entries()) {
    const rowGroup = i + 1
    const rows = Math.max(0, Number(group.num_rows) || 0)
    const { meta_data: meta } = group.columns[0] ?? {}
    const offset = Number(meta?.dictionary_page_offset || meta?.data_page_offset)
    const byteOffset = Math.max(0, offset || 0)
    let read = 0
    try {
      for await (const batch of opened.rowsOf(group)) {
        const first = placeIn(before + read + 1, byteOffset, rowGroup)
        yield { lines: linesOf(batch, first, (length) => (bytes += length)) }
        read += batch.length
        if (bytes > maxBytes) {
          const detail = `its first ${before + read} rows are more than ${maxBytes} bytes as JSON, and no more are read: drop the others in files of their own`
          yield {
            break: { reason: 'compression_bomb', detail },
            cut: placeIn(before + read + 1, byteOffset, rowGroup),
          }
          return
        }
      }
    } catch (error) {
      const which = `row group ${rowGroup} of ${opened.groups.length}`
      const kept = `${read} of its ${rows} rows were read`
      yield {
        break: breakOf(error, which, kept),
        cut: placeIn(before + read + 1, byteOffset, rowGroup),
      }
    }
    before += rows
  }
}
