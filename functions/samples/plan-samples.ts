import { REDRIVE_DAYS } from '../closing/plan.ts'
import type { ClosingPlan, SampleTask } from '../contract/accounts.ts'
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
  openDropName,
  parseCleanEntitiesKey,
  parseCleanEventsKey,
  parseClosedKey,
  parseCountersKey,
  parseDropManifestKey,
  sampleDatePrefix,
  sampleManifestKey,
  samplesPrefix,
} from '../contract/keys.ts'
import { labelWindowMs, longestWindowMs, type Scene } from '../contract/scene.ts'
import type { ServedGenerations } from '../contract/served-generations.ts'
import { DAY_MS, floorDay, MINUTE_MS } from '../contract/time.ts'
import type { RunPlan, Tier } from '../contract/training.ts'
import type { ObjectStore } from '../core/objects.ts'
import { publishedTimes } from '../features/visibility.ts'
import { type ClosedHour, futureNames, historyMsOf, planSampleSets } from './plan.ts'
import type { PlannedExclusion } from './value-inputs.ts'
import type { PlannedVerdicts } from './verdicts.ts'

export interface SampleRequest {
  tier: Tier
  dataFromMs: number
  dataThroughMs: number
  lateSinceMs: number | null
  closing: ClosingPlan
  exclusions: readonly PlannedExclusion[]
  verdicts: PlannedVerdicts | null
  spaces?: ServedGenerations | undefined
  graphs?: ServedGenerations | undefined
  codeDigest: string
}

/**
 * Drops that arrived before this were folded by an instant: the newest closing that was published by
 * then has read them, and has closed their hours, even hours ahead of their arrival.
 */
function openSince(
  scene: Scene,
  closings: readonly { closedThroughMs: number }[],
  timeMs: number,
): number {
  const published = publishedTimes(scene, closings).findLast((ms) => ms <= timeMs)
  const aheadMs = (scene.latenessMinutes + scene.clockSkewMinutes) * MINUTE_MS
  return Math.max(0, (published ?? 0) - DAY_MS - aheadMs)
}

const keysIn = async (store: ObjectStore, prefix: string, startAfter: string): Promise<string[]> =>
  (await store.list(prefix, startAfter)).map(({ key }) => key)

/**
 * Plans the sample sets of an interval. `hours` are the closed hours that they are made from. `tasks`
 * make the sets that do not exist yet. It needs seven LISTs, however many sets there are.
 */
export async function planSamples(
  store: ObjectStore,
  scene: Scene,
  request: SampleRequest,
): Promise<{ sets: RunPlan['sets']; hours: ClosedHour[]; tasks: SampleTask[] }> {
  const { closing, dataFromMs } = request
  const name = scene.scene
  const windowMs = labelWindowMs(scene)
  // A late event arrives at most `maxEventAgeDays` late, and may be redriven REDRIVE_DAYS later.
  const lateDays = request.lateSinceMs === null ? 1 : scene.maxEventAgeDays + REDRIVE_DAYS + 1
  const valuesMs = longestWindowMs(scene)
  const contextMs = Math.max(windowMs, historyMsOf(scene))
  const sinceMs = Math.max(0, floorDay(dataFromMs) - lateDays * DAY_MS - contextMs)
  const valuesSinceMs = Math.max(0, sinceMs - valuesMs)
  const counters = await keysIn(
    store,
    countersPrefix(name),
    countersDatePrefix(name, valuesSinceMs),
  )
  const known = counters.flatMap((key) => parseCountersKey(key) ?? [])
  const slicesFromMs = Math.max(0, floorDay(dataFromMs) - lateDays * DAY_MS)
  const openFromMs = Math.max(valuesSinceMs, openSince(scene, known, slicesFromMs))
  const [closed, clean, manifests, items, users, sets] = await Promise.all([
    keysIn(store, closedPrefix(name), closedDatePrefix(name, sinceMs)),
    keysIn(store, cleanEventsPrefix(name), cleanEventsDatePrefix(name, valuesSinceMs)),
    keysIn(store, dropManifestPrefix(name), dropManifestDatePrefix(name, openFromMs)),
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
    counters: uniqueCounters([...known, ...future.counters]),
    drops: dropsWithManifest(clean, manifests),
    entities: [...items, ...users].map((key) => ({
      key,
      arrivalMs: parseCleanEntitiesKey(key)!.arrivalMs,
    })),
    exclusions: request.exclusions,
    verdicts: request.verdicts,
    spaces: request.spaces,
    graphs: request.graphs,
    codeDigest: request.codeDigest,
  })
  const existing = new Set(sets)
  return {
    sets: planned.map(({ set }) => set),
    hours: planned.flatMap(({ hours }) => hours),
    tasks: planned
      .filter(({ set }) => !existing.has(sampleManifestKey({ scene: name, ...set })))
      .flatMap(({ tasks }) => tasks),
  }
}

const uniqueCounters = <N extends { closedThroughMs: number; piece: number }>(
  names: readonly N[],
): N[] => [
  ...new Map(names.map((name) => [`${name.closedThroughMs}/${name.piece}`, name])).values(),
]

/** Event hours of drops. A drop counts only once its manifest exists. */
export function dropsWithManifest(cleanKeys: readonly string[], manifestKeys: readonly string[]) {
  const landed = new Set(
    manifestKeys.flatMap((key) => {
      const drop = parseDropManifestKey(key)
      return drop ? [openDropName(drop)] : []
    }),
  )
  return cleanKeys.flatMap((key) => {
    const name = parseCleanEventsKey(key)
    return name && landed.has(openDropName(name)) ? [name] : []
  })
}
