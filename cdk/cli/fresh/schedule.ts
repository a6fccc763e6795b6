import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay, floorHour, HOUR_MS } from '../../../functions/contract/time.ts'
import type { Tier } from '../../../functions/contract/training.ts'
import { nextRunMs, tiersOf } from '../../../functions/registry/timetable.ts'

export interface DueRun {
  tier: Tier
  scheduledMs: number
}

/** The scheduled runs of a scene within one hour, in order of time. */
export const runsOfHour = (scene: Scene, hourMs: number): DueRun[] =>
  tiersOf(scene)
    // At the same instant, the most frequent tier runs first.
    .toReversed()
    .map((tier) => ({ tier, scheduledMs: nextRunMs(scene, tier, hourMs) }))
    .filter(({ scheduledMs }) => scheduledMs < hourMs + HOUR_MS)
    .sort((a, b) => a.scheduledMs - b.scheduledMs)

/** The hour of the first full after `warmUpDays`. */
export function firstFullHour(scene: Scene, fromMs: number, warmUpDays: number): number {
  return floorHour(nextRunMs(scene, 'full', floorDay(fromMs) + warmUpDays * DAY_MS))
}
