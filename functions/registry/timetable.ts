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

/** When a scene's tiers run, which data a run may take, and from when on a tier is late. */

/** From one run of a tier to the next. */
export const PERIOD_MS: Record<Tier, number> = { full: 7 * DAY_MS, daily: DAY_MS, hourly: HOUR_MS }

/** Weeks of epoch milliseconds begin on a Thursday: 1 January 1970 was one. */
const WEEKDAYS = ['THU', 'FRI', 'SAT', 'SUN', 'MON', 'TUE', 'WED']

/** The tiers that a scene has, full first. */
export const tiersOf = ({ tiers }: Scene): Tier[] =>
  TIERS.filter((tier) => tiers[tier] !== undefined)

/** The first scheduled time of a tier that is not before `fromMs`. The scene has the tier. */
export function nextRunMs({ tiers }: Scene, tier: Tier, fromMs: number): number {
  const at: { weekday?: string; hourUtc?: number; minuteUtc: number } = tiers[tier]!
  const { weekday = WEEKDAYS[0]!, hourUtc = 0, minuteUtc } = at
  const periodMs = PERIOD_MS[tier]
  const phaseMs = WEEKDAYS.indexOf(weekday) * DAY_MS + hourUtc * HOUR_MS + minuteUtc * MINUTE_MS
  return phaseMs + Math.ceil((fromMs - phaseMs) / periodMs) * periodMs
}

/** Drops that have arrived by then are seen by the closing of a scheduled time. */
export const arrivedThrough = (scheduledMs: number): number =>
  scheduledMs - READING_MINUTES * MINUTE_MS

/** How far hours can be closed at a scheduled time: each has waited its lateness out. */
export const closableThrough = (scene: Scene, scheduledMs: number): number =>
  floorHour(scheduledMs - Math.max(scene.latenessMinutes, READING_MINUTES) * MINUTE_MS)

/** Whole event days whose labels had their time: a day waits for maturity, but for a day at most. */
export function maturedDays(scene: Scene, closedThroughMs: number): number {
  const waitMs = Math.min(DAY_MS, maturityMsOf(scene.outcomes[scene.objective]!))
  return floorDay(closedThroughMs - waitMs)
}

/** Through which event time a run of a tier takes data. */
export function takenThrough(scene: Scene, tier: Tier, scheduledMs: number): number {
  const closedThroughMs = closableThrough(scene, scheduledMs)
  return tier === 'hourly' ? closedThroughMs : maturedDays(scene, closedThroughMs)
}

/** How old a tier's data is when its run starts. */
export function lagMs(scene: Scene, tier: Tier): number {
  // Any week: whole hours and days are counted, and nothing of the calendar beyond them.
  const scheduledMs = nextRunMs(scene, tier, 20_000 * DAY_MS)
  return scheduledMs - takenThrough(scene, tier, scheduledMs)
}

/**
 * Older than this, a tier's newest accepted version is late: its data's lag at the run, the time to
 * the next run, and that again, a day at most, for a run that was skipped, refused or is under way;
 * for the hourly tier the quiet hours that the scene allows for as well.
 */
export function ageBoundMs(scene: Scene, tier: Tier): number {
  const quietMs = tier === 'hourly' ? (scene.tiers.hourly?.quietHours ?? 0) * HOUR_MS : 0
  return lagMs(scene, tier) + PERIOD_MS[tier] + Math.min(PERIOD_MS[tier], DAY_MS) + quietMs
}

/** Of what is served: that of the tier that runs most often. */
export const servedBoundMs = (scene: Scene): number =>
  Math.min(...tiersOf(scene).map((tier) => ageBoundMs(scene, tier)))
