import { type ClosingPlan, closingPlanSchema, dropManifestSchema } from '../contract/accounts.ts'
import {
  closedHourPrefix,
  closingPlanKey,
  closingPlanPrefix,
  closingSealKey,
  dropManifestDatePrefix,
  dropManifestPrefix,
  parseClosingPlanKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, isoSeconds } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import {
  arrivedThrough,
  closableThrough,
  consumedName,
  lateHours,
  planClosing,
  REDRIVE_DAYS,
} from './plan.ts'

/** Closings come daily at least; only after a longer silence is the whole chain listed. */
const RECENT_MS = 3 * DAY_MS

/** The newest plan before `throughMs`, and whether it was sealed. */
async function loadPrevious(store: ObjectStore, scene: string, throughMs: number) {
  const since = closingPlanKey(scene, Math.max(0, throughMs - RECENT_MS))
  for (const startAfter of [since, undefined]) {
    const keys = (await store.list(closingPlanPrefix(scene), startAfter)).map(({ key }) => key)
    const before = keys
      .flatMap((key) => parseClosingPlanKey(key)?.closedThroughMs ?? [])
      .filter((closedThroughMs) => closedThroughMs < throughMs)
    if (before.length === 0) continue
    const newest = before.reduce((a, b) => Math.max(a, b))
    return {
      previous: await getJson(store, closingPlanKey(scene, newest), closingPlanSchema),
      isPreviousSealed: keys.includes(closingSealKey(scene, newest)),
    }
  }
  return { previous: null, isPreviousSealed: true }
}

/**
 * The chain grows at its end alone: a plan before one that stands would close its hours again.
 * Throws InvalidInput: a run of that time has nothing left to do, and no retry will change it.
 */
async function refuseToFork(store: ObjectStore, scene: string, throughMs: number): Promise<void> {
  const later = (await store.list(closingPlanPrefix(scene), closingPlanKey(scene, throughMs)))
    .flatMap(({ key }) => parseClosingPlanKey(key)?.closedThroughMs ?? [])
    .find((closedThroughMs) => closedThroughMs > throughMs)
  if (later !== undefined)
    throw new InvalidInput(
      `the hours through ${isoSeconds(throughMs)} were closed by a later run, through ${isoSeconds(later)}: run the tier with the time of now`,
    )
}

/**
 * The closing through what `scheduledMs` allows: the plan that stands, or a new one, put if
 * absent. Whoever loses that race executes the winner's plan, so two runs leave the same bytes.
 * Throws InvalidInput where a later plan stands and none at this time.
 */
export async function loadClosing(
  store: ObjectStore,
  scene: Scene,
  scheduledMs: number,
): Promise<ClosingPlan> {
  const closedThroughMs = closableThrough(scene, scheduledMs)
  const key = closingPlanKey(scene.scene, closedThroughMs)
  const standing = await findJson(store, key, closingPlanSchema)
  if (standing) return standing
  await refuseToFork(store, scene.scene, closedThroughMs)

  const { previous, isPreviousSealed } = await loadPrevious(store, scene.scene, closedThroughMs)
  const prefix = dropManifestPrefix(scene.scene)
  const oldestMs = scheduledMs - REDRIVE_DAYS * DAY_MS
  const listed = await store.list(
    prefix,
    previous && oldestMs > 0 ? dropManifestDatePrefix(scene.scene, oldestMs) : undefined,
  )
  const consumed = new Set(previous?.consumedDrops ?? [])
  const fresh = listed
    .map((object) => object.key)
    .filter((name) => {
      const parsed = parseDropManifestKey(name)
      if (parsed === null || parsed.arrivalMs > arrivedThrough(scheduledMs)) return false
      // Older ones have left the list of the consumed, and every queue that could bring them back.
      if (previous && parsed.arrivalMs < oldestMs) return false
      return !consumed.has(consumedName(name))
    })
  const drops = await readEach(fresh, async (name) => ({
    key: name,
    manifest: await getJson(store, name, dropManifestSchema),
  }))
  const inputs = { scene, scheduledMs, previous, isPreviousSealed, drops }
  const earlier = new Map(
    await readEach(lateHours(inputs), async (hourMs) => {
      const objects = await store.list(closedHourPrefix(scene.scene, hourMs))
      return [hourMs, objects.map((object) => object.key)] as const
    }),
  )
  const plan = planClosing(inputs, (hourMs) => earlier.get(hourMs) ?? [])
  if (await store.putIfAbsent(key, canonicalJson(plan), 'application/json')) return plan
  return getJson(store, key, closingPlanSchema)
}
