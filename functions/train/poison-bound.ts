import { closableThrough } from '../closing/plan.ts'
import type { Scene } from '../contract/scene.ts'
import type { Bound } from '../contract/summary.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../contract/time.ts'
import type { Tier } from '../contract/training.ts'
import { maturedDays } from './plan.ts'

/** 5 January 1970 was a Monday: where weeks are counted from. */
const MONDAY_MS = 4 * DAY_MS
const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN']

/** The longest wait of any hour of one period until a schedule that stands without it, hours. */
function longestWait(
  periodMs: number,
  firstMs: number,
  standsWithout: (scheduledMs: number, hourMs: number) => boolean,
): number {
  let longestMs = 0
  for (let hourMs = MONDAY_MS; hourMs < MONDAY_MS + periodMs; hourMs += HOUR_MS) {
    let scheduledMs = firstMs
    while (scheduledMs < hourMs || !standsWithout(scheduledMs, hourMs)) scheduledMs += periodMs
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
export function poisonBound(scene: Scene): Bound[] {
  const { full, daily, hourly } = scene.tiers
  const timeOf = (at: { hourUtc: number; minuteUtc: number }): number =>
    at.hourUtc * HOUR_MS + at.minuteUtc * MINUTE_MS
  const dailyMs = MONDAY_MS + timeOf(daily)
  const fullMs = MONDAY_MS + WEEKDAYS.indexOf(full.weekday) * DAY_MS + timeOf(full)
  const readThrough = (scheduledMs: number): number =>
    maturedDays(scene, closableThrough(scene, scheduledMs))
  const hasRead = (scheduledMs: number, hourMs: number): boolean =>
    readThrough(scheduledMs) >= hourMs + HOUR_MS
  const hasPassed = (scheduledMs: number, hourMs: number): boolean =>
    readThrough(scheduledMs) - full.lookbackDays * DAY_MS >= hourMs + HOUR_MS
  const runHours = (scene.training.maxRuntimeMinutes + (hourly?.leaseMinutes ?? 0)) / 60
  // A trial has an hour's log an hour, and ends at twice its hours; the first is under way by then.
  const trialHours = 2 * (scene.canary?.hours ?? 0)
  const bound = (
    tier: Tier,
    periodDays: number,
    firstMs: number,
    standsWithout: typeof hasRead,
  ): Bound => ({
    tier,
    scheduleHours: longestWait(periodDays * DAY_MS, firstMs, standsWithout),
    runHours,
    trialHours,
    refusalAddsHours: (periodDays * DAY_MS) / HOUR_MS,
  })
  return [
    bound('full', 7, fullMs, hasPassed),
    bound('daily', 7, fullMs, hasRead),
    ...(hourly ? [bound('hourly', 1, dailyMs, hasRead)] : []),
  ]
}

/** The whole bound: schedule, trial, and the run at its limits. */
export const boundHours = ({ scheduleHours, trialHours, runHours }: Bound): number =>
  scheduleHours + trialHours + runHours
