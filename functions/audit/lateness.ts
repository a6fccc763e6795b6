import { dropManifestSchema } from '../contract/accounts.ts'
import {
  deltaKey,
  dropManifestDatePrefix,
  dropManifestPrefix,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS } from '../contract/time.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { publishedThrough } from '../registry/timetable.ts'

/** When a row was served, and the closing that its values had folded. */
export interface ServedAt {
  timeMs: number
  closedThroughMs: number | null
}
interface AppliedDrop {
  arrivalMs: number
  /** When the near line had written it, by the clock of the store. Infinity: not yet. */
  appliedMs: number
}

/**
 * Whether something that the rule counts as visible was applied only after a row was served: a closing
 * that was folded later than the timetable says, or a drop that the near line had not written.
 */
export function isServedLate(
  scene: Scene,
  drops: readonly AppliedDrop[],
  { timeMs, closedThroughMs }: ServedAt,
): boolean {
  const publishedMs = publishedThrough(scene, timeMs)
  if (closedThroughMs === null || closedThroughMs < publishedMs) return true
  const latestMs = timeMs - scene.nearLineSeconds * 1000
  return drops.some(
    ({ arrivalMs, appliedMs }) =>
      arrivalMs >= publishedMs && arrivalMs <= latestMs && appliedMs > timeMs,
  )
}

/** Keys of the manifests of drops that arrived in an interval. */
async function listManifests(
  lake: ObjectStore,
  scene: string,
  { fromMs, throughMs }: { fromMs: number; throughMs: number },
): Promise<string[]> {
  const before = dropManifestDatePrefix(scene, fromMs - DAY_MS)
  const listed = await lake.list(dropManifestPrefix(scene), `${before}~`)
  return listed
    .map(({ key }) => key)
    .filter((key) => {
      const { arrivalMs } = parseDropManifestKey(key)!
      return arrivalMs >= fromMs && arrivalMs <= throughMs
    })
}

/** When the near line had written a drop of events. Null for a drop that adds nothing to values. */
async function findApplied(
  lake: ObjectStore,
  scene: string,
  manifestKey: string,
): Promise<AppliedDrop | null> {
  const name = parseDropManifestKey(manifestKey)!
  const { arrivalMs } = name
  const delta = await lake.head(deltaKey({ ...name, scene }))
  if (delta) return { arrivalMs, appliedMs: delta.modifiedMs }
  const { kind, events } = await getJson(lake, manifestKey, dropManifestSchema)
  return kind === 'events' && events > 0 ? { arrivalMs, appliedMs: Infinity } : null
}

/**
 * Reads when the drops were applied that were open while these rows were served. The near line writes a
 * drop's delta last, so the delta's time in the store says when the drop was applied.
 */
export async function openLateness(
  lake: ObjectStore,
  scene: Scene,
  rows: readonly ServedAt[],
): Promise<(row: ServedAt) => boolean> {
  if (rows.length === 0) return () => false
  const firstMs = rows.reduce((first, { timeMs }) => Math.min(first, timeMs), Infinity)
  const lastMs = rows.reduce((last, { timeMs }) => Math.max(last, timeMs), 0)
  const open = { fromMs: publishedThrough(scene, firstMs), throughMs: lastMs }
  const keys = await listManifests(lake, scene.scene, open)
  const found = await readEach(keys, (key) => findApplied(lake, scene.scene, key))
  const drops = found.filter((drop) => drop !== null)
  return (row) => isServedLate(scene, drops, row)
}
