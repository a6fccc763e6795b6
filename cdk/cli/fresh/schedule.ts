import type { Scene } from '../../../functions/contract/scene.ts'
import { floorDay, HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import type { Tier } from '../../../functions/contract/training.ts'

export interface DueRun {
  tier: Tier
  scheduledMs: number
}

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const

/** The runs that a scene's tiers schedule within one hour, in order of time. */
export function runsOfHour({ tiers }: Scene, hourMs: number): DueRun[] {
  const time = new Date(hourMs)
  const hourUtc = time.getUTCHours()
  const { full, daily, hourly } = tiers
  const due = (tier: Tier, minuteUtc: number): DueRun => ({
    tier,
    scheduledMs: hourMs + minuteUtc * MINUTE_MS,
  })
  return [
    ...(hourly ? [due('hourly', hourly.minuteUtc)] : []),
    ...(daily.hourUtc === hourUtc ? [due('daily', daily.minuteUtc)] : []),
    ...(full.hourUtc === hourUtc && full.weekday === WEEKDAYS[time.getUTCDay()]
      ? [due('full', full.minuteUtc)]
      : []),
  ].sort((a, b) => a.scheduledMs - b.scheduledMs)
}

/** The hour of the first full that is due once `warmUpDays` have passed. */
export function firstFullHour(scene: Scene, fromMs: number, warmUpDays: number): number {
  let hourMs = floorDay(fromMs) + warmUpDays * 24 * HOUR_MS
  while (!runsOfHour(scene, hourMs).some(({ tier }) => tier === 'full')) hourMs += HOUR_MS
  return hourMs
}
