import { describe, expect, test } from 'vitest'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { Tier } from '../../functions/contract/training.ts'
import { contaminationBound } from '../../functions/train/contamination-bound.ts'
import { makeScene } from '../make/scene.ts'

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const START_MS = Date.UTC(2026, 0, 7)

/** By the words of the design, minute by minute and without the code under test. */
function simulate(scene: Scene, tier: Tier): number {
  const runs = tier === 'hourly' ? scene.tiers.daily : scene.tiers.full
  const maturityMs =
    Math.min(24 * 60, 60 * (scene.outcomes[scene.objective]!.maturityHours ?? 1e9)) * MINUTE_MS
  const waitMs = Math.max(35, scene.latenessMinutes) * MINUTE_MS
  const keptMs = tier === 'full' ? scene.tiers.full.lookbackDays * DAY_MS : 0
  const isScheduled = (at: Date): boolean =>
    at.getUTCHours() === runs.hourUtc &&
    at.getUTCMinutes() === runs.minuteUtc &&
    (!('weekday' in runs) || WEEKDAYS[at.getUTCDay()] === runs.weekday)
  const waiting: number[] = []
  let longestMs = 0
  for (let nowMs = START_MS; nowMs < START_MS + 23 * DAY_MS; nowMs += MINUTE_MS) {
    if (nowMs % HOUR_MS === 0 && nowMs < START_MS + 9 * DAY_MS) waiting.push(nowMs)
    if (!isScheduled(new Date(nowMs))) continue
    const closedMs = nowMs - waitMs - ((nowMs - waitMs) % HOUR_MS)
    const midnightMs = new Date(closedMs - maturityMs).setUTCHours(0, 0, 0, 0)
    while (waiting.length > 0 && waiting[0]! + HOUR_MS <= midnightMs - keptMs)
      longestMs = Math.max(longestMs, nowMs - waiting.shift()!)
  }
  return longestMs / HOUR_MS
}

const scenes: [name: string, scene: Scene][] = [
  ['the feed', makeScene()],
  ['purchases, whose labels take a day', makeScene({ objective: 'purchase' })],
  [
    'a lateness of six hours and a daily at 23:10',
    makeScene({
      latenessMinutes: 360,
      tiers: { ...makeScene().tiers, daily: { hourUtc: 23, minuteUtc: 10, epochs: 1 } },
    }),
  ],
  [
    'a full on Sundays at ten past midnight that looks back two days',
    makeScene({
      latenessMinutes: 0,
      tiers: {
        ...makeScene().tiers,
        full: { weekday: 'SUN', hourUtc: 0, minuteUtc: 10, lookbackDays: 2, epochs: 1 },
      },
    }),
  ],
]

describe('The contamination bound', () => {
  test.each(scenes)(
    'The contamination bound matches a minute-by-minute simulation: %s',
    (_, scene) => {
      for (const { tier, scheduleHours } of contaminationBound(scene)) {
        if (tier === 'full' && scene.tiers.full.lookbackDays > 7) continue
        expect(scheduleHours, tier).toBe(simulate(scene, tier))
      }
    },
  )

  test('The feed bound is 26.5 hours for hourly, 171.5 for daily', () => {
    const hours = Object.fromEntries(
      contaminationBound(makeScene()).map(({ tier, scheduleHours }) => [tier, scheduleHours]),
    )
    expect(hours).toEqual({ hourly: 26.5, daily: 171.5, full: 171.5 + 28 * 24 })
  })

  test('The bound counts run limits, the longest trial and a refusal', () => {
    const scene = makeScene()
    const [, daily, hourly] = contaminationBound(scene)
    const limitHours = (scene.training.maxRuntimeMinutes + scene.tiers.hourly!.leaseMinutes) / 60
    expect(hourly).toMatchObject({ runHours: limitHours, trialHours: 8, refusalAddsHours: 24 })
    expect(daily).toMatchObject({ runHours: limitHours, refusalAddsHours: 168 })
  })

  test('The bound has no part for a missing hourly tier or trial', () => {
    const { full, daily } = makeScene().tiers
    const bounds = contaminationBound(makeScene({ tiers: { full, daily }, canary: undefined }))
    expect(bounds.map(({ tier }) => tier)).toEqual(['full', 'daily'])
    for (const { trialHours } of bounds) expect(trialHours).toBe(0)
  })
})
