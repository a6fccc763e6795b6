import type { ClosingPlan, SamplePiece } from '../contract/accounts.ts'
import { type ClosedName, type CountersName, closedKey, countersKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, daysBetween, floorHour, HOUR_MS, MINUTE_MS } from '../contract/time.ts'
import type { RunPlan } from '../contract/training.ts'
import { digestOf } from '../core/digest.ts'

const MAX_SHARDS = 64

/** What stands in the lake when a run is planned, and what its closing will have written. */
export interface SampleInputs {
  scene: Scene
  dataFromMs: number
  dataThroughMs: number
  /** Increment only: closings after this one are news to the parent's line. Null for a full. */
  lateSinceMs: number | null
  closedThroughMs: number
  closed: readonly ClosedName[]
  counters: readonly CountersName[]
  /** Clean items and users files with their arrival, in key order. */
  entities: readonly { key: string; arrivalMs: number }[]
  codeDigest: string
  configurationDigest: string
}

export interface PlannedDay {
  day: RunPlan['days'][number]
  pieces: SamplePiece[]
}

/** What a closing will have written once its pieces have run: the names are known before. */
export function futureNames(closing: ClosingPlan): {
  closed: ClosedName[]
  counters: CountersName[]
} {
  return {
    closed: closing.pieces.flatMap(({ scene, closedThroughMs, hours }) =>
      hours.map(({ hourMs, accepted }) => ({ scene, hourMs, closedThroughMs, accepted })),
    ),
    counters: closing.pieces.map(({ scene, closedThroughMs, piece }) => ({
      scene,
      closedThroughMs,
      piece,
    })),
  }
}

const longestWindowMs = ({ features }: Scene): number =>
  features.reduce(
    (longest, feature) =>
      'windowHours' in feature ? Math.max(longest, feature.windowHours) : longest,
    0,
  ) * HOUR_MS

const keysOf = (names: readonly ClosedName[]): string[] => [...new Set(names.map(closedKey))].sort()

/**
 * One sample set for each event day of the interval that has closed events. A set is named by the
 * digest of everything it is made from, and reads no more than its day needs: so a full training
 * makes the very set that a daily made, and finds it there, unless a label has matured or a late
 * event has come since. An increment's first day also takes the late lane: events of earlier days
 * that were closed after its parent's closing.
 */
export function planSampleDays(inputs: SampleInputs): PlannedDay[] {
  const { scene, closedThroughMs, lateSinceMs, dataFromMs } = inputs
  const windowMs = scene.outcomes[scene.objective]!.attributionWindowMinutes * MINUTE_MS
  const closed = inputs.closed.filter((name) => name.closedThroughMs <= closedThroughMs)
  const between = (fromMs: number, throughMs: number) =>
    closed.filter(({ hourMs }) => hourMs >= fromMs && hourMs < throughMs)
  const late = closed.filter(
    ({ hourMs, closedThroughMs: through }) =>
      lateSinceMs !== null && hourMs < dataFromMs && through > lateSinceMs,
  )

  return daysBetween(dataFromMs, inputs.dataThroughMs).flatMap((dayMs) => {
    const endMs = dayMs + DAY_MS
    const lane = dayMs === dataFromMs ? late : []
    const own = [...between(dayMs, endMs), ...lane]
    if (own.length === 0) return []
    const impressionKeys = keysOf(own)
    const others = (names: readonly ClosedName[]): string[] =>
      keysOf(names).filter((key) => !impressionKeys.includes(key))
    const around = (back: number, ahead: number): ClosedName[] =>
      lane.flatMap(({ hourMs }) => between(floorHour(hourMs - back), hourMs + HOUR_MS + ahead))

    // Counts at t need closings up to the first one after the day; those before the window are past.
    const closings = inputs.counters.map((name) => name.closedThroughMs)
    const lastMs = Math.min(...closings.filter((ms) => ms >= endMs), closedThroughMs)
    const earliestMs = Math.min(dayMs, ...lane.map(({ hourMs }) => hourMs)) - longestWindowMs(scene)
    const made = {
      scene: scene.scene,
      dayMs,
      impressionKeys,
      outcomeKeys: others([...between(endMs, endMs + windowMs), ...around(0, windowMs)]),
      contextKeys: others([...between(floorHour(dayMs - windowMs), dayMs), ...around(windowMs, 0)]),
      counterKeys: inputs.counters
        .filter((name) => name.closedThroughMs > earliestMs && name.closedThroughMs <= lastMs)
        .map(countersKey)
        .sort(),
      entityKeys: inputs.entities
        .filter(({ arrivalMs }) => arrivalMs < endMs)
        .map(({ key }) => key),
      outcomesThroughMs: Math.min(closedThroughMs, endMs + windowMs),
    }
    const rows = own.reduce((sum, { accepted }) => sum + accepted, 0)
    const shards = Math.max(
      1,
      Math.min(MAX_SHARDS, Math.ceil(rows / scene.sampling.eventsPerShard)),
    )
    const { codeDigest, configurationDigest } = inputs
    const inputsDigest = digestOf({ ...made, shards, codeDigest, configurationDigest }).slice(0, 32)
    const pieces = Array.from({ length: shards }, (_, shard) => ({
      ...made,
      inputsDigest,
      shard,
      shards,
    }))
    return [{ day: { dayMs, inputsDigest, shards }, pieces }]
  })
}
