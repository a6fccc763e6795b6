import { searchSegmentKey } from '../../contract/keys.ts'
import type { SearchRead } from '../../contract/search.ts'
import type { SearchSnapshot, SnapshotSegment } from '../../contract/search-index.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'
import { openSegment } from '../segment/open-segment.ts'
import { countPages } from '../segment/page-sums.ts'
import type { Segment } from '../segment/types.ts'
import { objectPages, openRanges } from './object-ranges.ts'
import { openPagedSegment } from './open-paged-segment.ts'
import type { PagedReads } from './paged-reads.ts'
import { MIN_PAGED_BYTES } from './put-pages.ts'
import { tablePages } from './table-pages.ts'

export interface PagedStores {
  models: Pick<ObjectStore, 'get' | 'range' | 'head' | 'bucket'>
  online: Pick<TableStore, 'getAll'>
  read: Exclude<SearchRead, 'memory'>
  reads: PagedReads
  minPagedBytes?: number
}

/** Opens segments of a snapshot in pages: those that are large, and that were written with checksums of pages. */
export function openInPages(stores: PagedStores) {
  const { models, online, read: source, reads, minPagedBytes = MIN_PAGED_BYTES } = stores
  return async (snapshot: SearchSnapshot, entry: SnapshotSegment): Promise<Segment> => {
    const { scene, generation } = snapshot
    const { digest, indexBytes, pagesBytes } = entry
    const name = searchSegmentKey(scene, generation, digest, 'index')
    if (indexBytes < minPagedBytes || pagesBytes === undefined)
      return openSegment(await models.get(name), name)
    const { bytes, read } = await openRanges(models, name, reads.counts)
    return openPagedSegment({
      ...{ name, bytes, read, reads },
      readSums: () => models.get(searchSegmentKey(scene, generation, digest, 'pages')),
      pages: (range) => {
        const objects = objectPages(read, range)
        if (source === 's3') return objects
        const segment = { scene, generation, digest }
        return tablePages(online, segment, countPages(range), objects, reads.counts)
      },
    })
  }
}
