import type { ClosingPlan, SamplePiece } from '../contract/accounts.ts'
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
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, floorDay } from '../contract/time.ts'
import type { RunPlan } from '../contract/training.ts'
import type { ObjectStore } from '../core/objects.ts'
import { futureNames, planSampleDays } from './plan.ts'

export interface SampleRequest {
  dataFromMs: number
  dataThroughMs: number
  lateSinceMs: number | null
  closing: ClosingPlan
  codeDigest: string
  configurationDigest: string
}

const keysIn = async (store: ObjectStore, prefix: string, startAfter: string): Promise<string[]> =>
  (await store.list(prefix, startAfter)).map(({ key }) => key)

/**
 * The sample sets of an interval, and the pieces of those that do not stand yet. Five LISTs,
 * whatever the number of days.
 */
export async function planSamples(
  store: ObjectStore,
  scene: Scene,
  request: SampleRequest,
): Promise<{ days: RunPlan['days']; pieces: SamplePiece[] }> {
  const { closing, dataFromMs } = request
  const name = scene.scene
  // Late events are at most that old when they arrive; counters reach back one longest window more.
  const sinceMs = Math.max(0, floorDay(dataFromMs) - (scene.maxEventAgeDays + 1) * DAY_MS)
  const countersSinceMs = Math.max(0, sinceMs - 91 * DAY_MS)
  const [closed, counters, items, users, sets] = await Promise.all([
    keysIn(store, closedPrefix(name), closedDatePrefix(name, sinceMs)),
    keysIn(store, countersPrefix(name), countersDatePrefix(name, countersSinceMs)),
    keysIn(store, cleanEntitiesPrefix(name, 'items'), ''),
    keysIn(store, cleanEntitiesPrefix(name, 'users'), ''),
    keysIn(store, samplesPrefix(name), sampleDatePrefix(name, dataFromMs)),
  ])
  const future = futureNames(closing)
  const planned = planSampleDays({
    scene,
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
    codeDigest: request.codeDigest,
    configurationDigest: request.configurationDigest,
  })
  const standing = new Set(sets)
  return {
    days: planned.map(({ day }) => day),
    pieces: planned
      .filter(({ day }) => !standing.has(sampleManifestKey({ scene: name, ...day })))
      .flatMap(({ pieces }) => pieces),
  }
}

const uniqueCounters = <N extends { closedThroughMs: number; piece: number }>(
  names: readonly N[],
): N[] => [
  ...new Map(names.map((name) => [`${name.closedThroughMs}/${name.piece}`, name])).values(),
]
