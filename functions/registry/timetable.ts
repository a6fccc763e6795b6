import { maturityMsOf, type Scene } from '../contract/scene.ts'
import {
  DAY_MS,
  floorDay,
  floorHour,
  HOUR_MS,
  MINUTE_MS,
  READING_MINUTES,
} from '../contract/time.ts'
import { TIERS, type Tier } from '../contract/training.ts'

/** When a scene's tiers run, which data a run may take, and when a tier is late. */

/** The time from one run of a tier to the next. */
export const PERIOD_MS: Record<Tier, number> = { full: 7 * DAY_MS, daily: DAY_MS, hourly: HOUR_MS }

/** Weeks of epoch milliseconds begin on a Thursday: 1 January 1970 was a Thursday. */
const WEEKDAYS = ['THU', 'FRI', 'SAT', 'SUN', 'MON', 'TUE', 'WED']

/** The tiers that a scene has, full first. */
export const tiersOf = ({ tiers }: Scene): Tier[] =>
  TIERS.filter((tier) => tiers[tier] !== undefined)

/** A tier's first scheduled time at or after `fromMs`. The scene must have the tier. */
export function nextRunMs({ tiers }: Scene, tier: Tier, fromMs: number): number {
  const schedule: { weekday?: string; hourUtc?: number; minuteUtc: number } = tiers[tier]!
  const { weekday = WEEKDAYS[0]!, hourUtc = 0, minuteUtc } = schedule
  const periodMs = PERIOD_MS[tier]
  const phaseMs = WEEKDAYS.indexOf(weekday) * DAY_MS + hourUtc * HOUR_MS + minuteUtc * MINUTE_MS
  return phaseMs + Math.ceil((fromMs - phaseMs) / periodMs) * periodMs
}

/** The closing of a scheduled time reads the drops that arrived by this time. */
export const arrivedThrough = (scheduledMs: number): number =>
  scheduledMs - READING_MINUTES * MINUTE_MS

/** The end of the last hour that can be closed at a scheduled time: its lateness has passed. */
export const closableThrough = (scene: Scene, scheduledMs: number): number =>
  floorHour(scheduledMs - Math.max(scene.latenessMinutes, READING_MINUTES) * MINUTE_MS)

/** The end of the last whole day with mature labels. A day waits for maturity at most one day. */
export function maturedDays(scene: Scene, closedThroughMs: number): number {
  const waitMs = Math.min(DAY_MS, maturityMsOf(scene.outcomes[scene.objective]!))
  return floorDay(closedThroughMs - waitMs)
}

/** The event time through which a run of a tier takes data. */
export function takenThrough(scene: Scene, tier: Tier, scheduledMs: number): number {
  const closedThroughMs = closableThrough(scene, scheduledMs)
  return tier === 'hourly' ? closedThroughMs : maturedDays(scene, closedThroughMs)
}

/** How old a tier's data is when its run starts. */
export function lagMs(scene: Scene, tier: Tier): number {
  // Any week will do: the answer depends only on hours and weekdays.
  const scheduledMs = nextRunMs(scene, tier, 20_000 * DAY_MS)
  return scheduledMs - takenThrough(scene, tier, scheduledMs)
}

/**
 * A tier is late when its newest accepted version is older than this. The bound is the data's lag
 * at a run, plus one period until the next run, plus one more period (at most a day) for a run that
 * was skipped, refused or is still running. The hourly tier adds the scene's quiet hours.
 */
export function ageBoundMs(scene: Scene, tier: Tier): number {
  const quietMs = tier === 'hourly' ? (scene.tiers.hourly?.quietHours ?? 0) * HOUR_MS : 0
  return lagMs(scene, tier) + PERIOD_MS[tier] + Math.min(PERIOD_MS[tier], DAY_MS) + quietMs
}

/** The same bound for the served version: that of the tier that runs most often. */
export const servedBoundMs = (scene: Scene): number =>
  Math.min(...tiersOf(scene).map((tier) => ageBoundMs(scene, tier)))

/** The part of a scene that says when its hours are closed. */
export interface ClosingTimes {
  latenessMinutes: number
  tiers: { hourly?: { minuteUtc: number } | undefined; daily: { minuteUtc: number } }
}

/**
 * Every scene closes hours each hour, at the minute of its hourly tier, or of its daily tier where it
 * has none. All runs of a scene share the closings.
 */
export const closingMinute = ({ tiers }: Pick<ClosingTimes, 'tiers'>): number =>
  (tiers.hourly ?? tiers.daily).minuteUtc

/** The first closing run at or after an instant. */
const closingRunAt = (scene: ClosingTimes, timeMs: number): number => {
  const phaseMs = closingMinute(scene) * MINUTE_MS
  return phaseMs + Math.ceil((timeMs - phaseMs) / HOUR_MS) * HOUR_MS
}

/** The end of the last hour that is closed and published at an instant. */
export const publishedThrough = (scene: Scene, timeMs: number): number =>
  closableThrough(scene, closingRunAt(scene, timeMs - HOUR_MS + 1))

/** When the first closing through `closedThroughMs` or later is published: its run's scheduled time. */
export const publishedBy = (scene: ClosingTimes, closedThroughMs: number): number =>
  closingRunAt(
    scene,
    closedThroughMs + Math.max(scene.latenessMinutes, READING_MINUTES) * MINUTE_MS,
  )

/** When the first closing that reads a drop is published. */
export const consumedBy = (scene: ClosingTimes, arrivalMs: number): number =>
  closingRunAt(scene, arrivalMs + READING_MINUTES * MINUTE_MS)

/** From when on values leave out an excluded interval: the first closing run after the operator's verb. */
export const excludedFrom = (scene: Scene, excludedMs: number): number =>
  closingRunAt(scene, excludedMs)
