import type { Feature } from '../contract/features.ts'
import {
  cleanEntitiesPrefix,
  cleanEventsDatePrefix,
  cleanEventsPrefix,
  closedDatePrefix,
  closedPrefix,
  countersDatePrefix,
  countersPrefix,
  dropManifestDatePrefix,
  dropManifestPrefix,
  parseClosedKey,
  parseCountersKey,
} from '../contract/keys.ts'
import type { EventRow } from '../contract/rows.ts'
import { longestWindowMs, type Scene } from '../contract/scene.ts'
import type { ServedCells } from '../contract/served.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { slateCells } from '../features/cells.ts'
import { createCounterCache } from '../samples/counter-cache.ts'
import { openValues } from '../samples/open-values.ts'
import { dropsWithManifest } from '../samples/plan-samples.ts'
import { recipeOf } from '../samples/recipe.ts'
import type { PlannedExclusion } from '../samples/value-inputs.ts'
import { valueInputs } from '../samples/value-inputs.ts'

/** Keys of everything that values from an instant on may depend on. */
async function listInputs(lake: ObjectStore, scene: Scene, fromMs: number) {
  const name = scene.scene
  const sinceMs = Math.max(0, fromMs - longestWindowMs(scene) - DAY_MS)
  const places: [prefix: string, startAfter: string][] = [
    [closedPrefix(name), closedDatePrefix(name, sinceMs)],
    [countersPrefix(name), countersDatePrefix(name, sinceMs)],
    [cleanEventsPrefix(name), cleanEventsDatePrefix(name, sinceMs)],
    [dropManifestPrefix(name), dropManifestDatePrefix(name, sinceMs)],
    [cleanEntitiesPrefix(name, 'items'), ''],
    [cleanEntitiesPrefix(name, 'users'), ''],
  ]
  const [closed = [], counters = [], clean = [], manifests = [], items = [], users = []] =
    await readEach(places, async ([prefix, startAfter]) =>
      (await lake.list(prefix, startAfter)).map(({ key }) => key),
    )
  return {
    closed: closed.flatMap((key) => parseClosedKey(key) ?? []),
    counters: counters.flatMap((key) => parseCountersKey(key) ?? []),
    drops: dropsWithManifest(clean, manifests),
    entityKeys: [...items, ...users],
  }
}

const withoutPrefix = (cells: Readonly<Record<string, string | number | null>>): ServedCells =>
  Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name.slice('f_'.length), cell]))

/**
 * The cells that samples have of these slates, slate by slate: from the files that samples of the same
 * instants are made from, by the code of samples. Memory: the counters of the slates' users and of all
 * items in the windows of the features, and the catalogue.
 */
export async function sampledCells(
  lake: ObjectStore,
  scene: Scene,
  features: readonly Feature[],
  exclusions: readonly PlannedExclusion[],
  slates: readonly (readonly EventRow[])[],
): Promise<ServedCells[][]> {
  const rows = slates.flat()
  const fromMs = rows.reduce((first, { timeMs }) => Math.min(first, timeMs), Infinity)
  const endMs = 1 + rows.reduce((last, { timeMs }) => Math.max(last, timeMs), 0)
  const served = { ...scene, features: [...features] }
  const { entityKeys, ...listed } = await listInputs(lake, served, fromMs)
  const users = new Set(rows.map(({ user }) => user))
  const inputs = valueInputs({ scene: served, exclusions, ...listed }, { fromMs, endMs })
  const task = { scene: scene.scene, shard: 0, shards: 1, entityKeys, ...inputs }
  // A cache of its own: another hour has other users.
  const cache = createCounterCache(lake)
  const recipe = recipeOf(served)
  const values = await openValues(lake, recipe, task, cache, ({ user }) => users.has(user))
  return slates.map((slate) => slateCells(features, slate, values).map(withoutPrefix))
}
