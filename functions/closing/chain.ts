import {
  type ClosingPlan,
  type ClosingSuccessor,
  closingPlanSchema,
  closingSuccessorSchema,
  dropManifestSchema,
} from '../contract/accounts.ts'
import {
  closedHourPrefix,
  closingPlanKey,
  closingPlanPrefix,
  closingPrefix,
  closingSealKey,
  closingSuccessorKey,
  dropManifestDatePrefix,
  dropManifestPrefix,
  parseClosingPlanKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, HOUR_MS, isoSeconds } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import { InvalidInput } from '../core/errors.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { arrivedThrough, closableThrough } from '../registry/timetable.ts'
import { carryPieces, closingsBehind } from './carry.ts'
import { type ClosingInputs, consumedName, lateHours, planClosing, REDRIVE_DAYS } from './plan.ts'

/** Closings come hourly or daily; only after a longer silence is the whole chain listed. */
const RECENT_MS = [6 * HOUR_MS, 3 * DAY_MS]

interface ChainAt {
  /** The newest closing before. */
  previousMs: number | null
  isPreviousSealed: boolean
  /** A closing after: what is asked for was closed by another run. */
  laterMs: number | null
}

/** What of the chain stands around an instant at which no closing stands. */
async function readChain(store: ObjectStore, scene: string, throughMs: number): Promise<ChainAt> {
  const since = RECENT_MS.map((ms) => closingPlanKey(scene, Math.max(0, throughMs - ms)))
  let laterMs: number | null = null
  for (const startAfter of [...since, undefined]) {
    const keys = (await store.list(closingPlanPrefix(scene), startAfter)).map(({ key }) => key)
    const standing = keys.flatMap((key) => parseClosingPlanKey(key)?.closedThroughMs ?? [])
    laterMs = standing.find((closedThroughMs) => closedThroughMs > throughMs) ?? null
    const previousMs = standing.findLast((closedThroughMs) => closedThroughMs < throughMs)
    if (previousMs === undefined) continue
    const isPreviousSealed = keys.includes(closingSealKey(scene, previousMs))
    return { previousMs, isPreviousSealed, laterMs }
  }
  return { previousMs: null, isPreviousSealed: true, laterMs }
}

/** The drops that no plan before has consumed, as their manifests tell of them. */
async function readFreshDrops(
  store: ObjectStore,
  scene: string,
  scheduledMs: number,
  previous: ClosingPlan | null,
): Promise<ClosingInputs['drops']> {
  const oldestMs = scheduledMs - REDRIVE_DAYS * DAY_MS
  const listed = await store.list(
    dropManifestPrefix(scene),
    previous && oldestMs > 0 ? dropManifestDatePrefix(scene, oldestMs) : undefined,
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
  return readEach(fresh, async (name) => ({
    key: name,
    manifest: await getJson(store, name, dropManifestSchema),
  }))
}

/** The pieces that a plan has left open. One LIST of each closing that they are of. */
async function readOpen(store: ObjectStore, plan: ClosingPlan) {
  const listed = await readEach(closingsBehind(plan), (closedThroughMs) =>
    store.list(closingPrefix(plan.scene, closedThroughMs)),
  )
  return carryPieces(plan, new Set(listed.flat().map(({ key }) => key)))
}

/**
 * Plans what the chain's next link says; put if absent, so that whoever comes second adds nothing.
 * Null: another run was first.
 */
async function putNext(
  store: ObjectStore,
  scene: Scene,
  { previousMs, isPreviousSealed }: ChainAt,
  { scheduledMs, closedThroughMs }: ClosingSuccessor,
): Promise<ClosingPlan | null> {
  const previous =
    previousMs === null
      ? null
      : await getJson(store, closingPlanKey(scene.scene, previousMs), closingPlanSchema)
  const drops = await readFreshDrops(store, scene.scene, scheduledMs, previous)
  const carried = previous && !isPreviousSealed ? await readOpen(store, previous) : []
  const inputs = { scene, scheduledMs, closedThroughMs, previous, carried, drops }
  const earlier = new Map(
    await readEach(lateHours(inputs), async (hourMs) => {
      const objects = await store.list(closedHourPrefix(scene.scene, hourMs))
      return [hourMs, objects.map((object) => object.key)] as const
    }),
  )
  const plan = planClosing(inputs, (hourMs) => earlier.get(hourMs) ?? [])
  const isOurs = await store.putIfAbsent(
    closingPlanKey(scene.scene, closedThroughMs),
    canonicalJson(plan),
    'application/json',
  )
  return isOurs ? plan : null
}

/**
 * The closing through what `scheduledMs` allows: the plan that stands, or a new one at the end of
 * the chain. The chain cannot fork: a plan is put only by whoever took the place after the one
 * before it, or for them, so that two runs of different times never close one hour twice. A run
 * that comes after a later one's closing works from the closing before its own time. Throws
 * InvalidInput where there is none: such a run has nothing to do, and no retry will change it.
 */
export async function loadClosing(
  store: ObjectStore,
  scene: Scene,
  scheduledMs: number,
): Promise<ClosingPlan> {
  const closedThroughMs = closableThrough(scene, scheduledMs)
  const read = (throughMs: number) =>
    findJson(store, closingPlanKey(scene.scene, throughMs), closingPlanSchema)
  for (;;) {
    const standing = await read(closedThroughMs)
    if (standing) return standing
    const chain = await readChain(store, scene.scene, closedThroughMs)
    if (chain.laterMs !== null) {
      if (chain.previousMs !== null) return (await read(chain.previousMs))!
      throw new InvalidInput(
        `nothing had been closed by ${isoSeconds(scheduledMs)}, and a later run has closed the hours through ${isoSeconds(chain.laterMs)}: run the tier with the time of now`,
      )
    }
    const place = closingSuccessorKey(scene.scene, chain.previousMs ?? 0)
    const mine: ClosingSuccessor = { closedThroughMs, scheduledMs }
    const isMine = await store.putIfAbsent(place, canonicalJson(mine), 'application/json')
    const next = isMine ? mine : await getJson(store, place, closingSuccessorSchema)
    const put = await putNext(store, scene, chain, next)
    if (put?.closedThroughMs === closedThroughMs) return put
  }
}

/** Says that every piece of the closing has ended. Sealing twice is sealing once. */
export async function sealClosing(
  store: ObjectStore,
  scene: string,
  closedThroughMs: number,
): Promise<void> {
  await store.putIfAbsent(closingSealKey(scene, closedThroughMs), '{}', 'application/json')
}
