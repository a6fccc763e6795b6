import { DAY_MS } from '../../contract/time.ts'
import type { Finding } from '../../contract/verdicts.ts'
import { logChoose } from '../../math/smallest-chances.ts'
import { placesByUser, type Request, scan, windowFinding } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import type { ScreenedEvents } from '../events.ts'

/**
 * Seeing, choosing and pressing takes a person longer: a choice among eight takes about 0.6 s (Hick
 * 1952), and a mere reaction to light 0.2 s.
 */
const SHORT_MS = 300
/** One bad day can be a child, a cat or a broken phone. */
const MIN_DAYS = 3
/** Above this share of users, short delays are how a client writes its log. */
const MAX_USERS_SHARE = 0.01

interface Clicker {
  user: number
  clicks: Request[]
  days: number
  /** Days on which at least half of the clicks are short. */
  shortDays: number
}

function clickerOf(events: ScreenedEvents, user: number, places: Uint32Array): Clicker {
  const clicks: Request[] = []
  const byDay = new Map<number, { all: number; short: number }>()
  for (const place of places) {
    const shown = events.impression[place]!
    if (events.outcome[place]! < 0 || shown < 0) continue
    const [fromMs, throughMs] = [events.timeMs[shown]!, events.timeMs[place]!]
    const isBad = throughMs - fromMs < SHORT_MS
    clicks.push({ fromMs, throughMs, isBad })
    const date = Math.floor(throughMs / DAY_MS)
    const day = byDay.get(date) ?? { all: 0, short: 0 }
    day.all++
    if (isBad) day.short++
    byDay.set(date, day)
  }
  const shortDays = [...byDay.values()].filter(({ all, short }) => 2 * short >= all).length
  return { user, clicks, days: byDay.size, shortDays }
}

/**
 * Users who click sooner than a person can, on several days. Null model: on a day with clicks, half of them are
 * short with the chance that this has for all users' days, where each user is one voice; days are
 * independent (binomial, by its union bound: subsets of days × chance to their number). Bonferroni over users.
 * Silent where many users do it: then the log's times are not the user's. O(events).
 */
export const shortDelays = {
  name: 'short-delays',
  evidence: 'timing',
  reason: 'Clicks come sooner after the impression than a person can see it, on several days.',
  detect(events: ScreenedEvents): Finding[] {
    const { starts, places } = placesByUser(events)
    const clickers = events.users
      .map((_, user) => clickerOf(events, user, places.subarray(starts[user]!, starts[user + 1]!)))
      .filter(({ days }) => days > 0)
    const voices = clickers.reduce((sum, { days, shortDays }) => sum + shortDays / days, 0)
    const chance = (voices + 1) / (clickers.length + 1)
    if (chance > MAX_USERS_SHARE) return []
    return clickers.flatMap(({ user, clicks, days, shortDays }) => {
      if (shortDays < MIN_DAYS) return []
      const logChance =
        logChoose(days, shortDays) + shortDays * Math.log(chance) + Math.log(clickers.length)
      if (logChance > LOG_FALSE_RUNS) return []
      const inOrder = clicks.sort((a, b) => a.fromMs - b.fromMs)
      return windowFinding(events, shortDelays, {
        user,
        requests: inOrder,
        stretch: scan(inOrder, chance),
        logChance,
        expected: chance * clicks.length,
      })
    })
  },
} as const
