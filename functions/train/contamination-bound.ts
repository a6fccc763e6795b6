import type { Scene } from '../contract/scene.ts'
import type { Bound } from '../contract/summary.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import type { Tier } from '../contract/training.ts'
import { nextRunMs, PERIOD_MS, takenThrough } from '../registry/timetable.ts'

/** The longest time, in hours, from an event hour to a run of `tier` that is free of that hour. */
function longestWait(
  scene: Scene,
  tier: Tier,
  isFreeOf: (scheduledMs: number, hourMs: number) => boolean,
): number {
  const periodMs = PERIOD_MS[tier]
  let longestMs = 0
  for (let hourMs = 0; hourMs < periodMs; hourMs += HOUR_MS) {
    let scheduledMs = nextRunMs(scene, tier, hourMs)
    while (!isFreeOf(scheduledMs, hourMs)) scheduledMs += periodMs
    longestMs = Math.max(longestMs, scheduledMs - hourMs)
  }
  return longestMs / HOUR_MS
}

/**
 * The contamination bound of each tier: the longest time that something it learned from a bad hour is
 * served. The bound is exact, because it enumerates the schedules.
 *
 * - Hourly: until a daily has read the hour with matured labels, the chain is regrown on that daily,
 *   and the trial is over.
 * - Daily: until a full has read the hour.
 * - Full: until the hour is older than the lookback.
 *
 * Closing, samples and judgement take minutes that no setting limits, so they are not in the bound. An
 * hour with fewer rows than `tiers.hourly.minRows`, or one that a gate refuses, makes the trial one
 * hour longer. Such hours are counted beside the measured times.
 */
export function contaminationBound(scene: Scene): Bound[] {
  const { full, hourly } = scene.tiers
  // A full reads days as a daily does.
  const readThrough = (scheduledMs: number): number => takenThrough(scene, 'daily', scheduledMs)
  const hasRead = (scheduledMs: number, hourMs: number): boolean =>
    readThrough(scheduledMs) >= hourMs + HOUR_MS
  const hasPassed = (scheduledMs: number, hourMs: number): boolean =>
    readThrough(scheduledMs) - full.lookbackDays * DAY_MS >= hourMs + HOUR_MS
  const runHours = (scene.training.maxRuntimeMinutes + (hourly?.leaseMinutes ?? 0)) / 60
  // A trial gets one hour of log each hour, and ends after at most twice its hours.
  const trialHours = 2 * (scene.canary?.hours ?? 0)
  const bound = (tier: Tier, by: Tier, isFreeOf: typeof hasRead): Bound => ({
    tier,
    scheduleHours: longestWait(scene, by, isFreeOf),
    runHours,
    trialHours,
    refusalAddsHours: PERIOD_MS[by] / HOUR_MS,
  })
  return [
    bound('full', 'full', hasPassed),
    bound('daily', 'full', hasRead),
    ...(hourly ? [bound('hourly', 'daily', hasRead)] : []),
  ]
}

/** The whole bound: schedule, trial, and the longest run. */
export const boundHours = ({ scheduleHours, trialHours, runHours }: Bound): number =>
  scheduleHours + trialHours + runHours
