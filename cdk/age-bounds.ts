import { closableThrough } from '../functions/closing/plan.ts'
import type { Scene } from '../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../functions/contract/time.ts'
import { TIERS, type Tier } from '../functions/contract/training.ts'
import { maturedDays } from '../functions/train/plan.ts'

/** From one run of a tier to the next. */
export const PERIOD_MS: Record<Tier, number> = { full: 7 * DAY_MS, daily: DAY_MS, hourly: HOUR_MS }

export const tiersOf = ({ tiers }: Scene): Tier[] =>
  TIERS.filter((tier) => tiers[tier] !== undefined)

/** How old a tier's data is when its run starts: what the planner itself would close and take. */
export function lagMs(scene: Scene, tier: Tier): number {
  const at = scene.tiers[tier]!
  const hourUtc = 'hourUtc' in at ? at.hourUtc : 12
  // Any day: the planner counts whole hours and days, and knows no calendar beyond them.
  const scheduledMs = 20_000 * DAY_MS + hourUtc * HOUR_MS + at.minuteUtc * MINUTE_MS
  const closedThroughMs = closableThrough(scene, scheduledMs)
  return scheduledMs - (tier === 'hourly' ? closedThroughMs : maturedDays(scene, closedThroughMs))
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
