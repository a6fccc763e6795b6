import { DAY_MS } from '../../contract/time.ts'
import type { Finding } from '../../contract/verdicts.ts'
import { binomialUpperTail } from '../../math/binomial.ts'
import { placesByUser, type Request, scan, windowFinding } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import type { ScreenedEvents } from '../events.ts'

/** Two intervals are alike if their logarithms fall in one of these classes: 2 % wide. */
const CLASS_WIDTH = Math.log(1.02)
/** An interval is compared with those of up to half and twice its length. */
const NEAR = Math.round(Math.log(2) / CLASS_WIDTH)
const SECOND_MS = 1000
/** Intervals from 1 s up to a day. */
const CLASSES = Math.ceil(Math.log(DAY_MS / SECOND_MS) / CLASS_WIDTH) + 1
/** Fewer alike intervals are a coincidence in any log. */
const MIN_ALIKE = 8
/** Between neighbouring classes, density differs at most by this factor; the pool smooths with it. */
const DENSITY_RATIO = 2

interface Gap {
  fromMs: number
  throughMs: number
  class: number
}

/** The intervals between the starts of a user's requests, or of impressions without a request. */
function gapsOf(events: ScreenedEvents, places: Uint32Array): Gap[] {
  const gaps: Gap[] = []
  const seen = new Set<number>()
  let beforeMs = Number.NaN
  for (const place of places) {
    if (events.outcome[place]! >= 0) continue
    const request = events.request[place]!
    if (request >= 0 && seen.has(request)) continue
    seen.add(request)
    const timeMs = events.timeMs[place]!
    const gapMs = timeMs - beforeMs
    if (gapMs >= SECOND_MS && gapMs <= DAY_MS)
      gaps.push({
        fromMs: beforeMs,
        throughMs: timeMs,
        class: Math.floor(Math.log(gapMs / SECOND_MS) / CLASS_WIDTH),
      })
    beforeMs = timeMs
  }
  return gaps
}

/** Sums of the classes before each: the sum from a to b is sums[b + 1] − sums[a]. */
function cumulate(counts: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(counts.length + 1)
  for (let at = 0; at < counts.length; at++) sums[at + 1] = sums[at]! + counts[at]!
  return sums
}
const sumFrom = (sums: Float64Array, from: number, to: number): number =>
  sums[Math.min(sums.length - 1, to + 1)]! - sums[Math.max(0, from)]!

/**
 * Users whose requests come at too regular intervals. Null model: among the user's intervals between half and twice a
 * length, those within 2 % of it are as many as in all users' intervals, each user one voice a class, and
 * no fewer than a smooth density gives (binomial). Bonferroni over users and classes. O(events).
 */
export const regularIntervals = {
  name: 'regular-intervals',
  evidence: 'timing',
  reason: 'Requests come at too regular intervals.',
  detect(events: ScreenedEvents): Finding[] {
    const { starts, places } = placesByUser(events)
    const gaps = events.users.map((_, user) =>
      gapsOf(events, places.subarray(starts[user]!, starts[user + 1]!)),
    )
    const voices = new Float64Array(CLASSES)
    for (const own of gaps)
      for (const length of new Set(own.map((gap) => gap.class))) voices[length]!++
    const pool = cumulate(voices)
    const tested = gaps.reduce((sum, own) => sum + (own.length >= MIN_ALIKE ? 1 : 0), 0)
    const logTests = Math.log(Math.max(1, tested * CLASSES))
    return gaps.flatMap((own, user) => {
      if (own.length < MIN_ALIKE) return []
      const best = findRegular(own, pool)
      if (best === null || best.logChance + logTests > LOG_FALSE_RUNS) return []
      const requests: Request[] = own.map((gap) => ({ ...gap, isBad: gap.class === best.class }))
      return windowFinding(events, regularIntervals, {
        user,
        requests,
        stretch: scan(requests, Math.min(0.5, best.expected / own.length)),
        logChance: best.logChance + logTests,
        expected: best.expected,
      })
    })
  },
} as const

function findRegular(own: readonly Gap[], pool: Float64Array) {
  const counts = new Float64Array(CLASSES)
  for (const gap of own) counts[gap.class]!++
  const sums = cumulate(counts)
  let best: { class: number; logChance: number; expected: number } | null = null
  for (const length of new Set(own.map((gap) => gap.class))) {
    const alike = counts[length]!
    if (alike < MIN_ALIKE) continue
    const near = sumFrom(sums, length - NEAR, length + NEAR)
    const share =
      (sumFrom(pool, length, length) + 1) / (sumFrom(pool, length - NEAR, length + NEAR) + 1)
    const chance = Math.min(1, Math.max(share, DENSITY_RATIO / (2 * NEAR + 1)))
    const logChance = Math.log(Math.max(1e-300, binomialUpperTail(alike, near, chance)))
    if (best === null || logChance < best.logChance)
      best = { class: length, logChance, expected: near * chance }
  }
  return best
}
