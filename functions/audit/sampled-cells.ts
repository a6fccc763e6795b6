import type { Feature } from '../contract/features.ts'
import {
  cleanEntitiesPrefix,
  cleanEventsDatePrefix,
  cleanEventsPrefix,
  countersDatePrefix,
  countersPrefix,
  dropManifestDatePrefix,
  dropManifestPrefix,
  parseCountersKey,
} from '../contract/keys.ts'
import type { EventRow } from '../contract/rows.ts'
import { longestWindowMs, type Scene } from '../contract/scene.ts'
import type { ServedCells } from '../contract/served.ts'
import type { ServedGenerations } from '../contract/served-generations.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { slateCells } from '../features/cells.ts'
import type { Timeline } from '../features/timeline.ts'
import { type CounterCache, createCounterCache } from '../samples/counter-cache.ts'
import { openValues } from '../samples/open-values.ts'
import { dropsWithManifest } from '../samples/plan-samples.ts'
import { recipeOf } from '../samples/recipe.ts'
import type { PlannedExclusion } from '../samples/value-inputs.ts'
import { valueInputs } from '../samples/value-inputs.ts'

/** The bucket of models, and what was served of it. Absent: no feature reads it. */
export interface ServedObjects {
  models: Pick<ObjectStore, 'get'>
  spaces?: ServedGenerations | undefined
  graphs?: ServedGenerations | undefined
}

/** Keys of everything that values from an instant on may depend on. */
async function listInputs(lake: ObjectStore, scene: Scene, fromMs: number) {
  const name = scene.scene
  const sinceMs = Math.max(0, fromMs - longestWindowMs(scene) - DAY_MS)
  const places: [prefix: string, startAfter: string][] = [
    [countersPrefix(name), countersDatePrefix(name, sinceMs)],
    [cleanEventsPrefix(name), cleanEventsDatePrefix(name, sinceMs)],
    [dropManifestPrefix(name), dropManifestDatePrefix(name, sinceMs)],
    [cleanEntitiesPrefix(name, 'items'), ''],
    [cleanEntitiesPrefix(name, 'users'), ''],
  ]
  const [counters = [], clean = [], manifests = [], items = [], users = []] = await readEach(
    places,
    ([prefix, startAfter]) => lake.list(prefix, startAfter),
  )
  const keysOf = (listed: readonly { key: string }[]): string[] => listed.map(({ key }) => key)
  return {
    counters: counters.flatMap(({ key }) => parseCountersKey(key) ?? []),
    counterBytes: counters.reduce((sum, { bytes }) => sum + bytes, 0),
    drops: dropsWithManifest(keysOf(clean), keysOf(manifests)),
    entityKeys: keysOf([...items, ...users]),
  }
}

/**
 * Bytes of counter files whose users are all cached between calls. They take about ten times the bytes
 * in memory, and states about as much again. Of larger ones, only the users of the call are read.
 */
const MAX_CACHED_BYTES = 24 * 2 ** 20

/**
 * The values that samples have at the instants of these rows: from the files that samples of the same
 * instants are made from, by the code of samples. `features` may be those of several versions. Memory:
 * the counters and states in the windows of the features, see MAX_CACHED_BYTES, and the catalogue.
 */
export async function openSampledValues(
  lake: ObjectStore,
  scene: Scene,
  features: readonly Feature[],
  exclusions: readonly PlannedExclusion[],
  rows: readonly Pick<EventRow, 'timeMs' | 'user'>[],
  counters: CounterCache,
  objects?: ServedObjects,
): Promise<Timeline> {
  const fromMs = rows.reduce((first, { timeMs }) => Math.min(first, timeMs), Infinity)
  const endMs = 1 + rows.reduce((last, { timeMs }) => Math.max(last, timeMs), 0)
  const served = { ...scene, features: [...features] }
  const { entityKeys, counterBytes, ...listed } = await listInputs(lake, served, fromMs)
  const inputs = valueInputs({ scene: served, exclusions, ...listed }, { fromMs, endMs })
  const task = {
    scene: scene.scene,
    shard: 0,
    shards: 1,
    entityKeys,
    ...inputs,
    spaces: objects?.spaces,
    graphs: objects?.graphs,
  }
  const recipe = recipeOf(served)
  const open = (cache: CounterCache, isWanted: (row: { user: string }) => boolean) =>
    openValues(lake, recipe, task, cache, isWanted, undefined, objects?.models)
  if (counterBytes <= MAX_CACHED_BYTES) return open(counters, () => true)
  const users = new Set(rows.map(({ user }) => user))
  // A cache of its own: another call has other users.
  return open(createCounterCache(lake), ({ user }) => users.has(user))
}

const withoutPrefix = (cells: Readonly<Record<string, string | number | null>>): ServedCells =>
  Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name.slice('f_'.length), cell]))

/** The cells that samples have of a slate. */
export const sampledCells = (
  features: readonly Feature[],
  slate: readonly EventRow[],
  values: Timeline,
): ServedCells[] => slateCells(features, slate, values).map(withoutPrefix)
