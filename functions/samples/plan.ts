import { closedName, closingTasks, leavesFiles } from '../closing/cut.ts'
import type { ClosingPlan, SampleTask } from '../contract/accounts.ts'
import {
  type ClosedName,
  type CountersName,
  closedKey,
  type DropName,
  parseClosedKey,
} from '../contract/keys.ts'
import { labelWindowMs, type Scene } from '../contract/scene.ts'
import type { ServedGenerations } from '../contract/served-generations.ts'
import { DAY_MS, floorDay, floorHour, HOUR_MS } from '../contract/time.ts'
import type { Interval, RunPlan, Tier } from '../contract/training.ts'
import { digestOf } from '../core/digest.ts'
import { recipeDigest, recipeOf } from './recipe.ts'
import { type PlannedExclusion, valueInputs } from './value-inputs.ts'
import { digestVerdicts, type PlannedVerdicts } from './verdicts.ts'

const MAX_SHARDS = 64
/** Events of a shard if 64 shards are too few. They take about 1.5 GB. */
const MAX_EVENTS_PER_SHARD = 500_000

/** The files in the lake when a run is planned, and those that its closing will write. */
export interface SampleInputs {
  scene: Scene
  tier: Tier
  dataFromMs: number
  dataThroughMs: number
  /** Daily only: the parent has not seen closings after this one. Null: no late lane. */
  lateSinceMs: number | null
  closedThroughMs: number
  closed: readonly ClosedName[]
  counters: readonly CountersName[]
  /** Event hours of drops with a manifest. */
  drops: readonly (DropName & { hourMs: number })[]
  /** Clean items and users files with their arrival, in key order. */
  entities: readonly { key: string; arrivalMs: number }[]
  /** No sample or label may come from events of these intervals. */
  exclusions: readonly PlannedExclusion[]
  /** The snapshot that the run pins. Null: there is none, or the scene does not use them. */
  verdicts: PlannedVerdicts | null
  /** The spaces that were served. Absent: no feature reads them. */
  spaces?: ServedGenerations | undefined
  /** The knowledge graphs that were served. Absent: no feature follows their links. */
  graphs?: ServedGenerations | undefined
  codeDigest: string
}

/** Closed events of an hour: an upper bound of its samples. */
export interface ClosedHour {
  hourMs: number
  events: number
}

export interface PlannedSet {
  set: RunPlan['sets'][number]
  /** The closed files whose impressions become its samples, by event hour. */
  hours: ClosedHour[]
  /** One task for each shard. */
  tasks: SampleTask[]
}

/** What was served at the instants of a slice. */
const servedWithin = (
  served: ServedGenerations,
  { fromMs, endMs }: { fromMs: number; endMs: number },
): ServedGenerations =>
  served.filter(
    ({ sinceMs }, i) => sinceMs < endMs && (served[i + 1]?.sinceMs ?? Infinity) > fromMs,
  )

/** The files that a closing will write. Their names are known before its tasks run. */
export function futureNames(closing: ClosingPlan): {
  closed: ClosedName[]
  counters: CountersName[]
} {
  const tasks = closingTasks(closing.pieces).filter(leavesFiles)
  return {
    closed: tasks.flatMap((task) => task.hours.map((hour) => closedName(task, hour))),
    counters: tasks.map(({ scene, closedThroughMs, piece }) => ({ scene, closedThroughMs, piece })),
  }
}

export const countEvents = (hours: readonly ClosedHour[]): number =>
  hours.reduce((sum, { events }) => sum + events, 0)
const keysOf = (names: readonly ClosedName[]): string[] => [...new Set(names.map(closedKey))].sort()

/** How far back the sequences of a scene look. 0: it has none. */
export const historyMsOf = ({ sampling }: Scene): number =>
  (sampling.kinds?.sequences?.windowHours ?? 0) * HOUR_MS

/** Cuts the interval at each day, or at each hour for an hourly increment. */
function slicesOf({ tier, dataFromMs, dataThroughMs }: SampleInputs): Interval[] {
  const lengthMs = tier === 'hourly' ? HOUR_MS : DAY_MS
  const slices: Interval[] = []
  let fromMs = dataFromMs
  while (fromMs < dataThroughMs) {
    const endMs = (tier === 'hourly' ? fromMs : floorDay(fromMs)) + lengthMs
    slices.push({ fromMs, throughMs: endMs })
    fromMs = endMs
  }
  return slices
}

/** Above 64 it uses multiples of 64. Each shard then reads few of the shards of a large closed hour. */
function countShards(rows: number, eventsPerShard: number): number {
  const wanted = Math.max(1, Math.ceil(rows / eventsPerShard))
  if (wanted <= MAX_SHARDS) return wanted
  return MAX_SHARDS * Math.ceil(rows / (MAX_SHARDS * MAX_EVENTS_PER_SHARD))
}

/**
 * Names a set and its tasks. Of the snapshot, only what it says of the set's hours is in the name. So a
 * set that no verdict touches keeps its name, whatever snapshot is pinned.
 */
function nameSet(
  { scene, verdicts }: SampleInputs,
  made: Omit<SampleTask, 'inputsDigest' | 'shard' | 'shards' | 'verdicts'>,
  shards: number,
  digests: Readonly<Record<string, string>>,
): Pick<PlannedSet, 'set' | 'tasks'> {
  const said = verdicts && digestVerdicts(recipeOf(scene), made, verdicts.rows)
  const named = { ...made, shards, ...digests, ...(said !== null && { verdicts: said }) }
  const inputsDigest = digestOf(named).slice(0, 32)
  const pinned = said === null ? null : verdicts!.pinned
  const tasks = Array.from({ length: shards }, (_, shard) => ({
    ...made,
    ...{ inputsDigest, shard, shards, verdicts: pinned },
  }))
  const { fromMs } = made
  return { set: { fromMs, inputsDigest, shards, ...(pinned && { verdicts: pinned }) }, tasks }
}

/**
 * Plans one sample set for each event day that has closed events, or for each hour of an hourly
 * increment. The name of a set is a digest of its inputs, and a set reads only what it needs. So a full
 * finds the sets that dailies made, unless a label has matured or a late event has arrived since. The
 * first day of a daily also takes the late lane: events of earlier days that were closed after the
 * closing of its parent.
 */
export function planSampleSets(inputs: SampleInputs): PlannedSet[] {
  const { scene, closedThroughMs, lateSinceMs, dataFromMs } = inputs
  const windowMs = labelWindowMs(scene)
  const closed = inputs.closed.filter(
    ({ hourMs, closedThroughMs: through }) =>
      through <= closedThroughMs &&
      !inputs.exclusions.some(({ fromMs, throughMs }) => hourMs >= fromMs && hourMs < throughMs),
  )
  const between = (fromMs: number, throughMs: number) =>
    closed.filter(({ hourMs }) => hourMs >= fromMs && hourMs < throughMs)
  const late = closed.filter(
    ({ hourMs, closedThroughMs: through }) =>
      lateSinceMs !== null && hourMs < dataFromMs && through > lateSinceMs,
  )

  return slicesOf(inputs).flatMap(({ fromMs, throughMs: endMs }) => {
    const lane = fromMs === dataFromMs ? late : []
    const own = [...between(fromMs, endMs), ...lane]
    if (own.length === 0) return []
    const impressionKeys = keysOf(own)
    const others = (names: readonly ClosedName[]): string[] =>
      keysOf(names).filter((key) => !impressionKeys.includes(key))
    const around = (back: number, ahead: number): ClosedName[] =>
      lane.flatMap(({ hourMs }) => between(floorHour(hourMs - back), hourMs + HOUR_MS + ahead))

    const slice = { fromMs: Math.min(fromMs, ...lane.map(({ hourMs }) => hourMs)), endMs }
    const outcomeKeys = others([...between(endMs, endMs + windowMs), ...around(0, windowMs)])
    const contextKeys = others([
      ...between(floorHour(fromMs - windowMs), fromMs),
      ...around(windowMs, 0),
    ])
    const historyMs = historyMsOf(scene)
    const isRead = new Set([...outcomeKeys, ...contextKeys])
    // What was visible before an impression was closed by the first closing after the slice.
    const closings = inputs.counters.map((name) => name.closedThroughMs)
    const lastMs = Math.min(...closings.filter((ms) => ms >= endMs), closedThroughMs)
    const historyKeys = others(
      [...between(floorHour(fromMs - historyMs), fromMs), ...around(historyMs, 0)].filter(
        (name) => name.closedThroughMs <= lastMs,
      ),
    ).filter((key) => !isRead.has(key))
    const made = {
      scene: scene.scene,
      fromMs,
      impressionKeys,
      outcomeKeys,
      contextKeys,
      ...(historyMs > 0 && { historyKeys }),
      ...valueInputs(inputs, slice),
      ...(inputs.spaces && { spaces: servedWithin(inputs.spaces, slice) }),
      ...(inputs.graphs && { graphs: servedWithin(inputs.graphs, slice) }),
      entityKeys: inputs.entities
        .filter(({ arrivalMs }) => arrivalMs < endMs)
        .map(({ key }) => key),
      outcomesThroughMs: Math.min(closedThroughMs, endMs + windowMs),
    }
    // By key: a file that the closing will write may exist already.
    const hours = impressionKeys.map((key): ClosedHour => {
      const { hourMs, accepted } = parseClosedKey(key)!
      return { hourMs, events: accepted }
    })
    const rows = countEvents(hours)
    const shards = countShards(rows, scene.sampling.eventsPerShard)
    const digests = { codeDigest: inputs.codeDigest, recipeDigest: recipeDigest(scene) }
    return [{ hours, ...nameSet(inputs, made, shards, digests) }]
  })
}
