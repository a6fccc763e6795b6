import { parseCountersKey } from '../contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readFiles } from '../core/read-rows.ts'
import { type CountIndex, createCountIndex, type ListedCounts } from '../features/as-of-counts.ts'

/** Counters of a shard, as of the closings that are named. */
export interface CounterCache {
  /**
   * `of` names the filter: the same name must mean the same rows. The answer may be changed by who
   * opens next: use it before anything else is awaited.
   */
  open(
    keys: readonly string[],
    of: string,
    isWanted: (row: CounterRow) => boolean,
  ): Promise<ListedCounts>
}

interface Held {
  of: string
  keys: Set<string>
  index: CountIndex
}

/** Hourly and daily runs take turns; each goes on where its own last one ended. */
const MAX_HELD = 2

const closedThrough = (key: string): number => parseCountersKey(key)!.closedThroughMs

/** Whether these keys go on where what is held ended, and less has to leave it than they are. */
function serves(held: Held, of: string, keys: ReadonlySet<string>, earliestMs: number): boolean {
  if (held.of !== of) return false
  const leaving = [...held.keys].filter((key) => !keys.has(key))
  return leaving.length < keys.size && leaving.every((key) => closedThrough(key) < earliestMs)
}

/**
 * Reads counter files, and remembers their sums: a run needs those of a week, all but the newest
 * of which the run before has read. Files never change, and those that are no longer named are read
 * again and taken back, so the answer is that of the named files alone, whatever is remembered: a
 * closing that has left may hold stragglers within a window. Memory: two windows of counts.
 */
export function createCounterCache(store: ObjectStore): CounterCache {
  let shelf: Held[] = []
  return {
    async open(keys, of, isWanted) {
      const wanted = new Set(keys)
      const earliestMs = keys.reduce((min, key) => Math.min(min, closedThrough(key)), Infinity)
      const held = shelf.find((one) => serves(one, of, wanted, earliestMs)) ?? {
        of,
        keys: new Set<string>(),
        index: createCountIndex(),
      }
      // Off the shelf while it is being changed: a fault half-way must not leave half a file in it.
      shelf = shelf.filter((one) => one !== held)
      const missing = keys.filter((key) => !held.keys.has(key))
      const leaving = [...held.keys].filter((key) => !wanted.has(key))
      const rows = { isWanted, columns: Object.keys(COUNTER_COLUMNS) }
      for await (const more of readFiles(store, missing, rows)) held.index.add(more)
      for await (const less of readFiles(store, leaving, rows)) held.index.remove(less)
      held.keys = wanted
      shelf = [held, ...shelf].slice(0, MAX_HELD)
      return held.index
    },
  }
}
