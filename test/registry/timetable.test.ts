import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { TIERS } from '../../functions/contract/training.ts'
import { nextRunMs, PERIOD_MS } from '../../functions/registry/timetable.ts'
import { makeScene } from '../make/scene.ts'

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const
const scene = makeScene()

describe('The timetable', () => {
  test('The timetable starts each run at its tier time and weekday', () => {
    const atTimes = fc.tuple(
      fc.constantFrom(...WEEKDAYS),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }),
    )
    fc.assert(
      fc.property(atTimes, ([weekday, hourUtc, minuteUtc, fromMs]) => {
        const { full, daily, hourly } = scene.tiers
        const tiers = {
          full: { ...full, weekday, hourUtc, minuteUtc },
          daily: { ...daily, hourUtc, minuteUtc },
          hourly: { ...hourly!, minuteUtc },
        }
        for (const tier of TIERS) {
          const runMs = nextRunMs({ ...scene, tiers }, tier, fromMs)
          expect(runMs).toBeGreaterThanOrEqual(fromMs)
          expect(runMs - fromMs).toBeLessThan(PERIOD_MS[tier])
          const time = new Date(runMs)
          expect([time.getUTCMinutes(), runMs % MINUTE_MS]).toEqual([minuteUtc, 0])
          if (tier !== 'hourly') expect(time.getUTCHours()).toBe(hourUtc)
          if (tier === 'full') expect(WEEKDAYS[time.getUTCDay()]).toBe(weekday)
        }
      }),
    )
  })

  test('The timetable keeps a run that is due at that exact instant', () => {
    const runMs = nextRunMs(scene, 'daily', 20_000 * DAY_MS)
    expect(nextRunMs(scene, 'daily', runMs)).toBe(runMs)
    expect(nextRunMs(scene, 'daily', runMs + 1)).toBe(runMs + 24 * HOUR_MS)
  })
})
