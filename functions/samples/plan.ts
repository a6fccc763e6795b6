import { closedName, closingTasks, leavesFiles } from '../closing/cut.ts'
import type { ClosingPlan, SampleTask } from '../contract/accounts.ts'
import {
  type ClosedName,
  type CountersName,
  closedKey,
  countersKey,
  parseClosedKey,
} from '../contract/keys.ts'
import { labelWindowMs, lateArrivalMs, longestWindowMs, type Scene } from '../contract/scene.ts'
import { DAY_MS, floorDay, floorHour, HOUR_MS } from '../contract/time.ts'
import type { Interval, RunPlan, Tier } from '../contract/training.ts'
import { digestOf } from '../core/digest.ts'
import { recipeDigest } from './recipe.ts'

const MAX_SHARDS = 64
/** Of a day for which 64 are too few: each holds so many events at most, in some 1.5 GB. */
const MAX_EVENTS_PER_SHARD = 500_000

/** What stands in the lake when a run is planned, and what its closing will have written. */
export interface SampleInputs {
  scene: Scene
  tier: Tier
  dataFromMs: number
  dataThroughMs: number
  /** Daily only: closings after this one are news to the parent's line. Null: no late lane. */
  lateSinceMs: number | null
  closedThroughMs: number
  closed: readonly ClosedName[]
  counters: readonly CountersName[]
  /** Clean items and users files with their arrival, in key order. */
  entities: readonly { key: string; arrivalMs: number }[]
  /** Intervals whose events nothing may learn from. */
  exclusions: readonly Interval[]
  codeDigest: string
}

/** Closed events of an hour: an upper bound of the samples that are made of them. */
export interface ClosedHour {
  hourMs: number
  events: number
}

export interface PlannedSet {
  set: RunPlan['sets'][number]
  /** Of the closed files whose impressions become its samples, by event hour. */
  hours: ClosedHour[]
  pieces: SampleTask[]
}

/** What a closing will have written once its pieces have run: the names are known before. */
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

/** The interval cut at each day, or at each hour for an hourly increment. */
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

/** Multiples of 64 past 64: each then meets few of the shards in which an oversized hour was closed. */
function countShards(rows: number, eventsPerShard: number): number {
  const wanted = Math.max(1, Math.ceil(rows / eventsPerShard))
  if (wanted <= MAX_SHARDS) return wanted
  return MAX_SHARDS * Math.ceil(rows / (MAX_SHARDS * MAX_EVENTS_PER_SHARD))
}

/**
 * One sample set for each event day of the interval that has closed events; for an hourly increment
 * one for each hour. A set is named by the digest of everything it is made from, and reads no more
 * than it needs: so a full training makes the very set that a daily made, and finds it there,
 * unless a label has matured or a late event has come since. A daily's first day also takes the
 * late lane: events of earlier days that were closed after its parent's closing.
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

    // Counts at t need closings up to the first one after the slice; past are those that lie so far
    // before the window that no straggler of theirs is within it.
    const closings = inputs.counters.map((name) => name.closedThroughMs)
    const lastMs = Math.min(...closings.filter((ms) => ms >= endMs), closedThroughMs)
    const windowFromMs =
      Math.min(fromMs, ...lane.map(({ hourMs }) => hourMs)) - longestWindowMs(scene)
    const earliestMs = windowFromMs - lateArrivalMs(scene)
    const made = {
      scene: scene.scene,
      fromMs,
      impressionKeys,
      outcomeKeys: others([...between(endMs, endMs + windowMs), ...around(0, windowMs)]),
      contextKeys: others([
        ...between(floorHour(fromMs - windowMs), fromMs),
        ...around(windowMs, 0),
      ]),
      counterKeys: inputs.counters
        .filter((name) => name.closedThroughMs > earliestMs && name.closedThroughMs <= lastMs)
        .map(countersKey)
        .sort(),
      entityKeys: inputs.entities
        .filter(({ arrivalMs }) => arrivalMs < endMs)
        .map(({ key }) => key),
      outcomesThroughMs: Math.min(closedThroughMs, endMs + windowMs),
    }
    // By key: what its closing will write may stand already.
    const hours = impressionKeys.map((key): ClosedHour => {
      const { hourMs, accepted } = parseClosedKey(key)!
      return { hourMs, events: accepted }
    })
    const rows = countEvents(hours)
    const shards = countShards(rows, scene.sampling.eventsPerShard)
    const of = { codeDigest: inputs.codeDigest, recipeDigest: recipeDigest(scene) }
    const inputsDigest = digestOf({ ...made, shards, ...of }).slice(0, 32)
    const pieces = Array.from({ length: shards }, (_, shard) => ({
      ...made,
      inputsDigest,
      shard,
      shards,
    }))
    return [{ set: { fromMs, inputsDigest, shards }, hours, pieces }]
  })
}
