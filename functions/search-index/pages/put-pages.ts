import { searchSegmentKey } from '../../contract/keys.ts'
import type { SearchDefinition } from '../../contract/search.ts'
import type { SegmentName } from '../../contract/search-index.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'
import { encodePageSums } from '../segment/page-sums.ts'
import { putPageRows } from './table-pages.ts'

/** A segment whose `index` is shorter is read whole: some ten thousand short documents, in one request. */
export const MIN_PAGED_BYTES = 2 ** 20

/** How pages are written. */
export interface PageOptions {
  /** Takes the pages as rows. Absent: the scene's searches do not read them there. */
  rows?: Pick<TableStore, 'putAll'>
  /** Defaults to MIN_PAGED_BYTES. */
  minBytes?: number
}

/** The options of a scene's definition. */
export const pageOptions = (
  { read }: SearchDefinition,
  online: Pick<TableStore, 'putAll'>,
): PageOptions => (read === 'dynamodb' ? { rows: online } : {})

/** Writes what a large segment needs to be read in pages. Returns what its entry has of it. */
export async function putPages(
  models: Pick<ObjectStore, 'put'>,
  segment: SegmentName,
  index: Uint8Array,
  { rows, minBytes = MIN_PAGED_BYTES }: PageOptions = {},
): Promise<{ pagesBytes?: number }> {
  if (index.byteLength < minBytes) return {}
  const { scene, generation, digest } = segment
  const sums = encodePageSums(index)
  await models.put(searchSegmentKey(scene, generation, digest, 'pages'), sums)
  if (rows) await putPageRows(rows, segment, index)
  return { pagesBytes: sums.byteLength }
}
