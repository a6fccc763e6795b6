import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay, floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Tier } from '../../../functions/contract/training.ts'
import { nextRunMs, tiersOf } from '../../../functions/registry/timetable.ts'

export interface DueRun {
  tier: Tier
  scheduledMs: number
}

/** The runs that a scene's tiers schedule within one hour, in order of time. */
export const runsOfHour = (scene: Scene, hourMs: number): DueRun[] =>
  tiersOf(scene)
    // Of runs of one instant the tier that runs most often goes first.
    .toReversed()
    .map((tier) => ({ tier, scheduledMs: nextRunMs(scene, tier, hourMs) }))
    .filter(({ scheduledMs }) => scheduledMs < hourMs + HOUR_MS)
    .sort((a, b) => a.scheduledMs - b.scheduledMs)

/** The hour of the first full that is due once `warmUpDays` have passed. */
export function firstFullHour(scene: Scene, fromMs: number, warmUpDays: number): number {
  return floorHour(nextRunMs(scene, 'full', floorDay(fromMs) + warmUpDays * DAY_MS))
}
