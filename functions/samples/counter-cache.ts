import { readCounters } from '../closing/read-counters.ts'
import { dropManifestSchema } from '../contract/accounts.ts'
import { cleanKeysOf, deltaKey, dropManifestKey, parseOpenDrop } from '../contract/keys.ts'
import { type CounterRow, DELTA_COLUMNS, type DeltaRow } from '../contract/rows.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { readFiles, readRows } from '../core/read-rows.ts'
import { type CodedCounts, codeCounts } from '../features/coded-counts.ts'
import { DELTA_EVENT_COLUMNS, type DeltaEvent, dropDelta, isNearLine } from '../features/deltas.ts'
import { createFileCache } from './file-cache.ts'
import { createStateCache, type StateCache } from './state-cache.ts'

interface CountsWanted {
  scene: string
  /** Keys of counter files. */
  counterKeys: readonly string[]
  /** Names of drops, see `openDropName`. */
  drops: readonly string[]
  /** The same name must mean the same rows. */
  filterName: string
  isWanted: (row: Pick<CounterRow, 'kind' | 'id'>) => boolean
}
/** In the order of their names. */
interface OpenedCounts {
  closings: CodedCounts[]
  drops: CodedCounts[]
}
/** Counters and deltas of a shard. */
export interface CounterCache {
  states: StateCache
  open(wanted: CountsWanted): Promise<OpenedCounts>
}

/**
 * Reads counter files and deltas of drops, and caches them. A run needs the files of a week, and the
 * run before has read all but the newest. Memory: the files of the last two calls, as columns, and
 * those of `createStateCache`.
 */
export function createCounterCache(store: ObjectStore): CounterCache {
  const cache = createFileCache<CodedCounts>()
  return {
    states: createStateCache(store),
    async open({ scene, counterKeys, drops, filterName, isWanted }) {
      const nameOf = (key: string): string => `${filterName} ${key}`
      const held = await cache.open([...counterKeys, ...drops].map(nameOf), async (missing) => {
        const fresh = new Map<string, CodedCounts>()
        const isMissing = new Set(missing)
        const files = counterKeys.filter((key) => isMissing.has(nameOf(key)))
        let next = 0
        for await (const file of readCounters(store, files, isWanted))
          fresh.set(nameOf(files[next++]!), codeCounts(file))
        await readEach(
          drops.filter((drop) => isMissing.has(nameOf(drop))),
          async (drop) => {
            const delta = await readDropDelta(store, scene, drop)
            fresh.set(nameOf(drop), codeCounts(delta.filter(isWanted)))
          },
        )
        return fresh
      })
      const countsOf = (keys: readonly string[]) => keys.map((key) => held.get(nameOf(key))!)
      return { closings: countsOf(counterKeys), drops: countsOf(drops) }
    },
  }
}

/** The near line's file of a drop, or else what its clean files say. A drop that is too large has none. */
async function readDropDelta(store: ObjectStore, scene: string, name: string): Promise<DeltaRow[]> {
  const drop = parseOpenDrop(name)!
  const key = deltaKey({ scene, ...drop })
  if (await store.head(key)) {
    const columns = Object.keys(DELTA_COLUMNS)
    for await (const rows of readFiles<DeltaRow>(store, [key], { columns })) return rows
  }
  const manifest = await findJson(store, dropManifestKey(scene, drop), dropManifestSchema)
  if (!manifest || !isNearLine(manifest)) return []
  const keys = cleanKeysOf(manifest, 'events')
  const events = await readRows<DeltaEvent>(store, keys, { columns: DELTA_EVENT_COLUMNS })
  return dropDelta(events, drop.arrivalMs)
}
