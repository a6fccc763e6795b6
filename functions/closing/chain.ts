import {
  type ClosingPlan,
  type ClosingSuccessor,
  closingPlanSchema,
  closingSuccessorSchema,
  dropManifestSchema,
} from '../contract/accounts.ts'
import {
  closedHourPrefix,
  closingCommitKey,
  closingPlanKey,
  closingPlanPrefix,
  closingPrefix,
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
import { carryBatches, closingsToRead } from './carry.ts'
import { type ClosingInputs, consumedName, lateHours, planClosing, REDRIVE_DAYS } from './plan.ts'

/** Closings come hourly or daily. The whole chain is listed only after a longer silence. */
const RECENT_MS = [6 * HOUR_MS, 3 * DAY_MS]

interface ChainAt {
  /** The newest closing before the instant. */
  previousMs: number | null
  isPreviousCommitted: boolean
  /** A later closing. If there is one, another run has already closed these hours. */
  laterMs: number | null
}

/** The closings around an instant that has no closing of its own. */
async function readChain(store: ObjectStore, scene: string, throughMs: number): Promise<ChainAt> {
  const since = RECENT_MS.map((ms) => closingPlanKey(scene, Math.max(0, throughMs - ms)))
  let laterMs: number | null = null
  for (const startAfter of [...since, undefined]) {
    const keys = (await store.list(closingPlanPrefix(scene), startAfter)).map(({ key }) => key)
    const existing = keys.flatMap((key) => parseClosingPlanKey(key)?.closedThroughMs ?? [])
    laterMs = existing.find((closedThroughMs) => closedThroughMs > throughMs) ?? null
    const previousMs = existing.findLast((closedThroughMs) => closedThroughMs < throughMs)
    if (previousMs === undefined) continue
    const isPreviousCommitted = keys.includes(closingCommitKey(scene, previousMs))
    return { previousMs, isPreviousCommitted, laterMs }
  }
  return { previousMs: null, isPreviousCommitted: true, laterMs }
}

/** The drops that no earlier plan has consumed, with their manifests. */
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
      // Older drops have left the list of consumed drops, and every queue that could redeliver
      // them.
      if (previous && parsed.arrivalMs < oldestMs) return false
      return !consumed.has(consumedName(name))
    })
  return readEach(fresh, async (name) => ({
    key: name,
    manifest: await getJson(store, name, dropManifestSchema),
  }))
}

/** The batches that a plan left open, from one LIST per closing. */
async function readOpen(store: ObjectStore, plan: ClosingPlan) {
  const listed = await readEach(closingsToRead(plan), (closedThroughMs) =>
    store.list(closingPrefix(plan.scene, closedThroughMs)),
  )
  return carryBatches(plan, new Set(listed.flat().map(({ key }) => key)))
}

/**
 * Plans the next closing of the chain. The plan is put if absent, so a second writer changes
 * nothing. Null if another run was first.
 */
async function putNext(
  store: ObjectStore,
  scene: Scene,
  { previousMs, isPreviousCommitted }: ChainAt,
  { scheduledMs, closedThroughMs }: ClosingSuccessor,
): Promise<ClosingPlan | null> {
  const previous =
    previousMs === null
      ? null
      : await getJson(store, closingPlanKey(scene.scene, previousMs), closingPlanSchema)
  const drops = await readFreshDrops(store, scene.scene, scheduledMs, previous)
  const carried = previous && !isPreviousCommitted ? await readOpen(store, previous) : []
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
 * The closing that `scheduledMs` allows: the existing plan, or a new one at the end of the chain.
 * The chain cannot fork: a run writes a plan only after it, or another run, has reserved the place
 * after the previous plan. So two runs with different times never close one hour twice. If a later
 * run has already closed, a run works from the closing before its own time. Throws InvalidInput if
 * there is none: such a run has nothing to do, and no retry changes that.
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
    const existing = await read(closedThroughMs)
    if (existing) return existing
    const chain = await readChain(store, scene.scene, closedThroughMs)
    if (chain.laterMs !== null) {
      if (chain.previousMs !== null) return (await read(chain.previousMs))!
      throw new InvalidInput(
        `no closing exists for a run at ${isoSeconds(scheduledMs)}, and a later run has closed the hours through ${isoSeconds(chain.laterMs)}: start the tier again with the present time; nothing was changed`,
      )
    }
    const successorKey = closingSuccessorKey(scene.scene, chain.previousMs ?? 0)
    const mine: ClosingSuccessor = { closedThroughMs, scheduledMs }
    const isMine = await store.putIfAbsent(successorKey, canonicalJson(mine), 'application/json')
    const next = isMine ? mine : await getJson(store, successorKey, closingSuccessorSchema)
    const put = await putNext(store, scene, chain, next)
    if (put?.closedThroughMs === closedThroughMs) return put
  }
}

/** Commits a closing: every batch of it has ended. A repeated commit has no effect. */
export async function commitClosing(
  store: ObjectStore,
  scene: string,
  closedThroughMs: number,
): Promise<void> {
  await store.putIfAbsent(closingCommitKey(scene, closedThroughMs), '{}', 'application/json')
}
