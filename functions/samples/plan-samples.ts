import { REDRIVE_DAYS } from '../closing/plan.ts'
import type { ClosingPlan, SampleTask } from '../contract/accounts.ts'
import {
  cleanEntitiesPrefix,
  closedDatePrefix,
  closedPrefix,
  countersDatePrefix,
  countersPrefix,
  parseCleanEntitiesKey,
  parseClosedKey,
  parseCountersKey,
  sampleDatePrefix,
  sampleManifestKey,
  samplesPrefix,
} from '../contract/keys.ts'
import { labelWindowMs, lateArrivalMs, longestWindowMs, type Scene } from '../contract/scene.ts'
import { DAY_MS, floorDay } from '../contract/time.ts'
import type { Interval, RunPlan, Tier } from '../contract/training.ts'
import type { ObjectStore } from '../core/objects.ts'
import { type ClosedHour, futureNames, planSampleSets } from './plan.ts'

export interface SampleRequest {
  tier: Tier
  dataFromMs: number
  dataThroughMs: number
  lateSinceMs: number | null
  closing: ClosingPlan
  exclusions: readonly Interval[]
  codeDigest: string
}

const keysIn = async (store: ObjectStore, prefix: string, startAfter: string): Promise<string[]> =>
  (await store.list(prefix, startAfter)).map(({ key }) => key)

/**
 * The sample sets of an interval, the closed hours that they are made from, and the pieces of those
 * that do not stand yet. Five LISTs, whatever the number of sets.
 */
export async function planSamples(
  store: ObjectStore,
  scene: Scene,
  request: SampleRequest,
): Promise<{ sets: RunPlan['sets']; hours: ClosedHour[]; pieces: SampleTask[] }> {
  const { closing, dataFromMs } = request
  const name = scene.scene
  const windowMs = labelWindowMs(scene)
  // Late events are at most that old when they arrive, and may be redriven so much later; counters
  // reach back one longest window more, and as far as a closing's stragglers reach past it.
  const lateDays = request.lateSinceMs === null ? 1 : scene.maxEventAgeDays + REDRIVE_DAYS + 1
  const sinceMs = Math.max(0, floorDay(dataFromMs) - lateDays * DAY_MS - windowMs)
  const countersMs = longestWindowMs(scene) + lateArrivalMs(scene) + DAY_MS
  const countersSinceMs = Math.max(0, sinceMs - countersMs)
  const [closed, counters, items, users, sets] = await Promise.all([
    keysIn(store, closedPrefix(name), closedDatePrefix(name, sinceMs)),
    keysIn(store, countersPrefix(name), countersDatePrefix(name, countersSinceMs)),
    keysIn(store, cleanEntitiesPrefix(name, 'items'), ''),
    keysIn(store, cleanEntitiesPrefix(name, 'users'), ''),
    keysIn(store, samplesPrefix(name), sampleDatePrefix(name, dataFromMs)),
  ])
  const future = futureNames(closing)
  const planned = planSampleSets({
    scene,
    tier: request.tier,
    dataFromMs,
    dataThroughMs: request.dataThroughMs,
    lateSinceMs: request.lateSinceMs,
    closedThroughMs: closing.closedThroughMs,
    closed: [...closed.flatMap((key) => parseClosedKey(key) ?? []), ...future.closed],
    counters: uniqueCounters([
      ...counters.flatMap((key) => parseCountersKey(key) ?? []),
      ...future.counters,
    ]),
    entities: [...items, ...users].map((key) => ({
      key,
      arrivalMs: parseCleanEntitiesKey(key)!.arrivalMs,
    })),
    exclusions: request.exclusions,
    codeDigest: request.codeDigest,
  })
  const standing = new Set(sets)
  return {
    sets: planned.map(({ set }) => set),
    hours: planned.flatMap(({ hours }) => hours),
    pieces: planned
      .filter(({ set }) => !standing.has(sampleManifestKey({ scene: name, ...set })))
      .flatMap(({ pieces }) => pieces),
  }
}

const uniqueCounters = <N extends { closedThroughMs: number; piece: number }>(
  names: readonly N[],
): N[] => [
  ...new Map(names.map((name) => [`${name.closedThroughMs}/${name.piece}`, name])).values(),
]
