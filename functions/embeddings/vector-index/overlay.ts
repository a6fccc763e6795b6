import type { VectorMetric } from '../../contract/vector-index.ts'
import { type SpaceItems, vectorsOfSide } from './items.ts'
import type { Found, VectorIndex } from './open.ts'
import { openTable, type VectorTableSearch } from './table.ts'

/** New vectors, which replace those of an index. An index itself is never changed: it is built again. */
export interface Placed {
  /** Those of one side: `in` is searched by cosine, `out` by inner product. */
  of(metric: VectorMetric): VectorTableSearch
}

/** Opens items that were placed after a space was trained. Each side is read when it is first searched. */
export function openPlaced(items: SpaceItems): Placed {
  const opened: Partial<Record<VectorMetric, VectorTableSearch>> = {}
  return {
    of(metric) {
      opened[metric] ??= openTable(vectorsOfSide(items, metric === 'cosine' ? 'in' : 'out'))
      return opened[metric]
    },
  }
}

interface BothOptions {
  k: number
  /** Whether the index has an id's newest vector. */
  isUnchanged(id: string): boolean
  accepts?: (id: string) => boolean
}

/** The `k` best ids of an index and a table of newer vectors; equal scores in the order of ids. */
export function searchBoth(
  index: Pick<VectorIndex, 'search'>,
  newer: VectorTableSearch,
  query: Float32Array,
  { k, isUnchanged, accepts = () => true }: BothOptions,
): Found[] {
  return [
    ...index.search(query, { k, accepts: (id) => isUnchanged(id) && accepts(id) }),
    ...newer.search(query, { k, accepts }),
  ]
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, k)
}

/**
 * The `k` best ids of an index and of placed items, as if it had been built with them; equal scores in the
 * order of ids. Ids that are gone are those that `accepts` declines.
 */
export function searchTogether(
  index: Pick<VectorIndex, 'header' | 'search'>,
  placed: Placed | null,
  query: Float32Array,
  { k, accepts }: { k: number; accepts?: (id: string) => boolean },
): Found[] {
  if (!placed) return index.search(query, { k, ...(accepts && { accepts }) })
  const newer = placed.of(index.header.metric)
  const isUnchanged = (id: string): boolean => !newer.has(id)
  return searchBoth(index, newer, query, { k, isUnchanged, ...(accepts && { accepts }) })
}
