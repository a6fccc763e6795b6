import { parseCountersKey } from '../contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFiles } from '../core/read-rows.ts'
import { type CountIndex, createCountIndex, type ListedCounts } from '../features/as-of-counts.ts'

/** Counters of a shard, from given closings. */
export interface CounterCache {
  /**
   * The counts of these counter files, filtered by `isWanted`. `filterName` names the filter: the same
   * name must mean the same rows. The next call may change the result, so use it before the next await.
   */
  open(
    keys: readonly string[],
    filterName: string,
    isWanted: (row: CounterRow) => boolean,
  ): Promise<ListedCounts>
}

interface CachedCounts {
  filterName: string
  keys: Set<string>
  index: CountIndex
}

/** One for hourly and one for daily runs: each continues from its own previous run. */
const MAX_CACHED = 2

const closedThrough = (key: string): number => parseCountersKey(key)!.closedThroughMs

/**
 * Whether cached counts are a good start for these keys: files to subtract are older than all of
 * these, and fewer.
 */
function isReusable(
  cached: CachedCounts,
  filterName: string,
  keys: ReadonlySet<string>,
  earliestMs: number,
): boolean {
  if (cached.filterName !== filterName) return false
  const leaving = [...cached.keys].filter((key) => !keys.has(key))
  return leaving.length < keys.size && leaving.every((key) => closedThrough(key) < earliestMs)
}

/**
 * Reads counter files, and caches their sums. A run needs the files of a week, and the run before has
 * read all but the newest. Files never change. Files that are no longer wanted are read again and
 * subtracted, because an old closing may hold late arrivals within the window. So the result is always
 * that of the wanted files alone. Memory: two windows of counts.
 */
export function createCounterCache(store: ObjectStore): CounterCache {
  let cache: CachedCounts[] = []
  return {
    async open(keys, filterName, isWanted) {
      const wanted = new Set(keys)
      const earliestMs = keys.reduce((min, key) => Math.min(min, closedThrough(key)), Infinity)
      const reusable = cache.find((one) => isReusable(one, filterName, wanted, earliestMs))
      const cached = reusable ?? {
        filterName,
        keys: new Set<string>(),
        index: createCountIndex(),
      }
      // It leaves the cache while it changes: after a fault it may hold half a file.
      cache = cache.filter((one) => one !== cached)
      const missing = keys.filter((key) => !cached.keys.has(key))
      const leaving = [...cached.keys].filter((key) => !wanted.has(key))
      const rows = { isWanted, columns: Object.keys(COUNTER_COLUMNS) }
      for await (const more of readFiles(store, missing, rows)) cached.index.add(more)
      for await (const less of readFiles(store, leaving, rows)) cached.index.remove(less)
      cached.keys = wanted
      cache = [cached, ...cache].slice(0, MAX_CACHED)
      return cached.index
    },
  }
}
