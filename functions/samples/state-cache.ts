import { dropManifestSchema } from '../contract/accounts.ts'
import {
  cleanKeysOf,
  dropManifestKey,
  parseCountersKey,
  parseOpenDrop,
  statesKey,
} from '../contract/keys.ts'
import type { EventRow, StateRow } from '../contract/rows.ts'
import type { Series } from '../contract/values.ts'
import type { CorrectionRow } from '../contract/verdicts.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { readRows } from '../core/read-rows.ts'
import { isNearLine } from '../features/deltas.ts'
import type { Catalogues } from '../features/sources.ts'
import { stateOf } from '../features/state-rows.ts'
import {
  type EntityStates,
  type FindStates,
  ofUsers,
  type StateSource,
} from '../features/state-timeline.ts'
import { readTaskEvents, taskStates } from '../features/states.ts'
import { createFileCache } from './file-cache.ts'

interface StatesWanted {
  scene: string
  /** None of them is a plain count. */
  series: readonly Series[]
  /** Keys of counter files: each task of a closing has one, and states of each series. */
  counterKeys: readonly string[]
  /** Names of drops, see `openDropName`. */
  drops: readonly string[]
  /** The same name must mean the same users. */
  filterName: string
  isInShard: (row: { user: string }) => boolean
  /** All that is known without a delay, for events whose states have no file. */
  loadCatalogues: () => Promise<Catalogues>
}
/** States of a shard's users, and of all other entities. */
export interface StateCache {
  open(wanted: StatesWanted): Promise<FindStates>
}

/** The states of one series in one closing's task or in one drop. */
interface StateFile {
  /** Null for a drop: its states are recorded from its events. */
  key: string | null
  series: Series
  /** The key of the closing's counters, or the name of the drop. */
  origin: string
  source: StateSource
}

/** What one file holds of an entity. The states are decoded when the first question needs them. */
class StoredStates implements EntityStates {
  readonly aheadMs: number
  readonly #file: StateFile
  #rows: StateRow[] = []
  #buckets: [hourMs: number, state: unknown][] = []

  constructor(file: StateFile, { aheadMs }: StateRow) {
    this.#file = file
    this.aheadMs = aheadMs
  }
  add(row: StateRow): void {
    this.#rows.push(row)
  }
  get source(): StateSource {
    return this.#file.source
  }
  get buckets(): Iterable<readonly [hourMs: number, state: unknown]> {
    const { series, key, origin } = this.#file
    for (const row of this.#rows)
      this.#buckets.push([row.hourMs, stateOf(series, row, key ?? origin)])
    this.#rows = []
    return this.#buckets
  }
}

/** The states of one file by entity, and the name of all files of the series. */
interface OpenedFile {
  source: StateSource
  seriesName: string
  byId: Map<string, StoredStates>
}

/** The file of each closing and each drop, for each series. */
function filesOf({ scene, series, counterKeys, drops }: StatesWanted): StateFile[] {
  const closed = counterKeys.flatMap((origin): StateFile[] => {
    const { closedThroughMs, piece } = parseCountersKey(origin)!
    return series.map((one) => ({
      key: statesKey({ scene, series: one.id, closedThroughMs, piece }),
      ...{ series: one, origin, source: { closedThroughMs } },
    }))
  })
  const nearLine = series.filter((one) => one.isNearLine)
  const open = drops.flatMap((origin): StateFile[] => {
    const { arrivalMs } = parseOpenDrop(origin)!
    return nearLine.map((one) => ({ key: null, series: one, origin, source: { arrivalMs } }))
  })
  return [...closed, ...open]
}

/** The events of a closing's task or of a drop. None: a drop that was refused or is too large. */
async function readEvents(
  store: ObjectStore,
  scene: string,
  { origin, source }: StateFile,
): Promise<(EventRow | CorrectionRow)[]> {
  if ('closedThroughMs' in source) return readTaskEvents(store, scene, parseCountersKey(origin)!)
  const manifestKey = dropManifestKey(scene, parseOpenDrop(origin)!)
  const manifest = await findJson(store, manifestKey, dropManifestSchema)
  if (!manifest || !isNearLine(manifest)) return []
  return readRows<EventRow>(store, cleanKeysOf(manifest, 'events'))
}

/**
 * Records the states of drops, and of closings whose states have no file because the series is new. The
 * events are recorded as by the near line and by the stage `states`.
 */
async function recordFiles(
  store: ObjectStore,
  { scene, loadCatalogues }: StatesWanted,
  absent: readonly StateFile[],
): Promise<Map<StateFile, StateRow[]>> {
  const recorded = new Map<StateFile, StateRow[]>()
  // One after another, because each holds the events of a closing.
  for (const [, files] of Map.groupBy(absent, ({ origin }) => origin)) {
    const { source } = files[0]!
    const events = await readEvents(store, scene, files[0]!)
    const series = files.map((file) => file.series)
    const catalogues = await loadCatalogues()
    const arrivalMs = 'arrivalMs' in source ? source.arrivalMs : undefined
    const states = taskStates(series, events, catalogues, arrivalMs)
    for (const file of files) recorded.set(file, states.get(file.series)!)
  }
  return recorded
}

function openFile(
  file: StateFile,
  { filterName, isInShard }: StatesWanted,
  rows: readonly StateRow[],
): OpenedFile {
  const isWanted = ofUsers(file.series, isInShard)
  const byId = new Map<string, StoredStates>()
  for (const row of rows) {
    let states = byId.get(row.id)
    if (!states) {
      if (!isWanted(row)) continue
      states = new StoredStates(file, row)
      byId.set(row.id, states)
    }
    states.add(row)
  }
  return { source: file.source, seriesName: `${filterName} ${file.series.id}`, byId }
}

async function readMissing(
  store: ObjectStore,
  wanted: StatesWanted,
  files: readonly [name: string, file: StateFile][],
): Promise<Map<string, OpenedFile>> {
  const opened = new Map<string, OpenedFile>()
  const absent: StateFile[] = []
  await readEach(files, async ([name, file]) => {
    const bytes = file.key === null ? null : await store.find(file.key)
    if (!bytes) absent.push(file)
    else opened.set(name, openFile(file, wanted, await readParquet<StateRow>(bytes)))
  })
  const recorded = await recordFiles(store, wanted, absent)
  for (const [name, file] of files) {
    const rows = recorded.get(file)
    if (rows) opened.set(name, openFile(file, wanted, rows))
  }
  return opened
}

/** By the name of a series in a shard, and by entity: what every cached file holds. */
type StateIndex = Map<string, Map<string, StoredStates[]>>

function indexFile(index: StateIndex, { seriesName, byId }: OpenedFile): void {
  if (byId.size === 0) return
  const entities = index.get(seriesName) ?? new Map<string, StoredStates[]>()
  index.set(seriesName, entities)
  for (const [id, states] of byId) {
    const all = entities.get(id)
    if (all) all.push(states)
    else entities.set(id, [states])
  }
}

function removeFile(index: StateIndex, { seriesName, byId }: OpenedFile): void {
  // It may be the last one of a series, of which nothing is in the index.
  if (byId.size === 0) return
  const entities = index.get(seriesName)!
  for (const [id, states] of byId) {
    const all = entities.get(id)!
    all.splice(all.indexOf(states), 1)
    if (all.length === 0) entities.delete(id)
  }
  if (entities.size === 0) index.delete(seriesName)
}

/**
 * Reads the states of closings and of drops, and caches them by entity. Memory: the states of the last
 * two calls' files and drops, each as text until a question decodes it, and the events of one drop, or
 * of one closing whose states have no file.
 */
export function createStateCache(store: ObjectStore): StateCache {
  const index: StateIndex = new Map()
  const cache = createFileCache<OpenedFile>(
    (file) => indexFile(index, file),
    (file) => removeFile(index, file),
  )
  return {
    async open(wanted) {
      const { filterName } = wanted
      const files = new Map(
        filesOf(wanted).map((file) => [`${filterName} ${file.series.id} ${file.origin}`, file]),
      )
      const held = await cache.open([...files.keys()], (missing) =>
        readMissing(
          store,
          wanted,
          missing.map((name) => [name, files.get(name)!]),
        ),
      )
      const sources = new Set([...held.values()].map(({ source }) => source))
      return (series, id) =>
        (index.get(`${filterName} ${series.id}`)?.get(id) ?? []).filter(({ source }) =>
          sources.has(source),
        )
    },
  }
}
