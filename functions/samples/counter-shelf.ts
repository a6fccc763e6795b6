import { parseCountersKey } from '../contract/keys.ts'
import { COUNTER_COLUMNS, type CounterRow } from '../contract/rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { type AsOfCounts, type CountIndex, createCountIndex } from './as-of-counts.ts'

/** Counters of a shard, as of the closings that are named. */
export interface CounterShelf {
  /** `of` names the filter: the same name must mean the same rows. */
  open(
    keys: readonly string[],
    of: string,
    isWanted: (row: CounterRow) => boolean,
  ): Promise<AsOfCounts>
}

interface Held {
  of: string
  keys: Set<string>
  index: CountIndex
}

/** Hourly and daily runs take turns; each goes on where its own last one ended. */
const MAX_HELD = 2
/** Closings that have left every window stay in the index until they outnumber the others. */
const MAX_GROWTH = 2

const closedThrough = (key: string): number => parseCountersKey(key)!.closedThroughMs

/** Whether what is held answers as these keys would: all else it knows lies before their windows. */
function serves(held: Held, of: string, keys: ReadonlySet<string>, earliestMs: number): boolean {
  if (held.of !== of || held.keys.size > MAX_GROWTH * keys.size + 1) return false
  for (const key of held.keys) if (!keys.has(key) && closedThrough(key) >= earliestMs) return false
  return true
}

/**
 * Reads counter files, and remembers their sums: a run needs those of a week, all but the newest
 * of which the run before has read. Files never change, so the answer does not depend on what is
 * remembered. Memory: twice two windows of counts.
 */
export function createCounterShelf(store: ObjectStore): CounterShelf {
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
      const parts = await readEach(missing, async (key) =>
        readParquet<CounterRow>(await store.get(key), Object.keys(COUNTER_COLUMNS)),
      )
      for (const [i, rows] of parts.entries()) {
        held.index.add(rows.filter(isWanted))
        held.keys.add(missing[i]!)
      }
      shelf = [held, ...shelf].slice(0, MAX_HELD)
      return held.index
    },
  }
}
