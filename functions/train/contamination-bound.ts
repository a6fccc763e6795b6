import type { Scene } from '../contract/scene.ts'
import type { Bound } from '../contract/summary.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import type { Tier } from '../contract/training.ts'
import { nextRunMs, PERIOD_MS, takenThrough } from '../registry/timetable.ts'

/** The longest wait, in hours, of any event hour until a run of `tier` that no longer needs it. */
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
 * The bound of law 6, one a tier, exact by enumeration of the schedules. What an hourly learned
 * from young labels is served until a daily has read that hour with matured ones, the chain is
 * regrown on it and has stood its trial; what a daily learned, until a full; what a full learned,
 * until its lookback has passed. Closing, samples and judgement take minutes that no setting
 * limits: they are measured. An hour of fewer rows than `tiers.hourly.minRows`, or one that a gate
 * refuses, prolongs the trial by one: those are counted beside the measured lives.
 */
export function contaminationBound(scene: Scene): Bound[] {
  const { full, hourly } = scene.tiers
  // A full takes days as a daily does.
  const readThrough = (scheduledMs: number): number => takenThrough(scene, 'daily', scheduledMs)
  const hasRead = (scheduledMs: number, hourMs: number): boolean =>
    readThrough(scheduledMs) >= hourMs + HOUR_MS
  const hasPassed = (scheduledMs: number, hourMs: number): boolean =>
    readThrough(scheduledMs) - full.lookbackDays * DAY_MS >= hourMs + HOUR_MS
  const runHours = (scene.training.maxRuntimeMinutes + (hourly?.leaseMinutes ?? 0)) / 60
  // A trial has an hour's log an hour, and ends at twice its hours; the first is under way by then.
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

/** The whole bound: schedule, trial, and the run at its limits. */
export const boundHours = ({ scheduleHours, trialHours, runHours }: Bound): number =>
  scheduleHours + trialHours + runHours
