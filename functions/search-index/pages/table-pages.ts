import { type SegmentName, searchPagesKey } from '../../contract/search-index.ts'
import type { TableStore } from '../../core/tables.ts'
import { PAGE_BYTES, pagedRange } from '../segment/page-sums.ts'
import { readHeader } from '../segment/sections.ts'
import type { PageSource, ReadCounts } from './page-source.ts'

const PAGES_OF_ROW = 4
export const ROW_BYTES = PAGES_OF_ROW * PAGE_BYTES
/** Rows that are put or deleted at once: about 10 MB. */
const ROWS_AT_ONCE = 2500

function* rowRanges(from: number, end: number): Generator<[from: number, end: number]> {
  for (let at = from; at < end; at += ROWS_AT_ONCE) yield [at, Math.min(at + ROWS_AT_ONCE, end)]
}
const range = <Value>(from: number, end: number, make: (row: number) => Value): Value[] =>
  Array.from({ length: end - from }, (_, i) => make(from + i))

/**
 * Writes the pages of a segment as rows, the first row first: where it is absent, there are none. A repeat writes the
 * same rows.
 */
export async function putPageRows(
  online: Pick<TableStore, 'putAll'>,
  segment: SegmentName,
  index: Uint8Array,
): Promise<void> {
  const { at, end } = pagedRange(readHeader(index, segment.digest))
  const paged = index.subarray(at, end)
  const rows = Math.ceil(paged.length / ROW_BYTES)
  const rowOf = (row: number) => ({
    ...searchPagesKey(segment, row),
    row: { bytes: paged.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES) },
  })
  if (rows > 0) await online.putAll([rowOf(0)])
  for (const [from, to] of rowRanges(1, rows)) await online.putAll(range(from, to, rowOf))
}

/** Deletes the rows of a segment of so many pages, if it has any: the first row last. */
export async function deletePageRows(
  online: Pick<TableStore, 'getAll' | 'deleteAll'>,
  segment: SegmentName,
  pages: number,
): Promise<void> {
  const keyOf = (row: number) => searchPagesKey(segment, row)
  const [first] = await online.getAll([keyOf(0)], { isConsistent: true, attributes: ['pk'] })
  if (!first) return
  const rows = Math.ceil(pages / PAGES_OF_ROW)
  for (const [from, to] of rowRanges(1, rows)) await online.deleteAll(range(from, to, keyOf))
  await online.deleteAll([keyOf(0)])
}

/** Pages as rows. Those of rows that are absent are read from `otherwise`. */
export const tablePages = (
  online: Pick<TableStore, 'getAll'>,
  segment: SegmentName,
  pages: number,
  otherwise: PageSource,
  counts: ReadCounts,
): PageSource => ({
  async read(first, end) {
    const rows = range(
      Math.floor(first / PAGES_OF_ROW),
      Math.ceil(end / PAGES_OF_ROW),
      (row) => row,
    )
    counts.requests++
    const found = await online.getAll(rows.map((row) => searchPagesKey(segment, row)))
    const parts = await Promise.all(
      found.map((row, i) => {
        const from = rows[i]! * PAGES_OF_ROW
        const bytes = row?.['bytes'] as Uint8Array | undefined
        counts.bytes += bytes?.length ?? 0
        return bytes ?? otherwise.read(from, Math.min(from + PAGES_OF_ROW, pages))
      }),
    )
    const skipped = (first - rows[0]! * PAGES_OF_ROW) * PAGE_BYTES
    return Buffer.concat(parts).subarray(skipped, skipped + (end - first) * PAGE_BYTES)
  },
})
