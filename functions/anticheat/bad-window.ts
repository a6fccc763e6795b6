import type { Evidence, Finding } from '../contract/verdicts.ts'
import type { ScreenedEvents } from './events.ts'
import { type Groups, groupPlaces } from './group-places.ts'
import { onceFor } from './once.ts'

/** What a detector says about a user. */
export interface Accusation {
  user: number
  /** The items that the user promotes. */
  items: readonly number[]
  /** ln of the chance under the null model, after the correction for many tests. */
  logChance: number
  /** Clicks on the items that the null model expects. */
  expected: number
}

/** Something at a time that is bad or not. */
export interface Request {
  fromMs: number
  throughMs: number
  isBad: boolean
}

/** At this share of bad requests in a window, little in it is the person's own. */
const ALL_BAD_SHARE = 0.8
/** An account with at most this share of other requests has no other life. */
const OTHER_LIFE_SHARE = 0.1
/** Too few requests say nothing about the rest. */
const MIN_REQUESTS = 3
/** A person whose account is stolen makes several times fewer requests than the thief. */
const STOLEN_RATIO = 6

/** The places of all events by user. */
export const placesByUser = onceFor(
  (events): Groups => groupPlaces(events.user, events.users.length),
)

/** A user's requests in order of time. An impression without a request is a request of its own. */
function requestsOf(
  events: ScreenedEvents,
  places: ArrayLike<number>,
  items: ReadonlySet<number>,
): Request[] {
  const requests = new Map<number, Request>()
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!
    // In a log without impressions, an outcome is a request of its own.
    const shown = events.impression[place]! < 0 ? place : events.impression[place]!
    const key = events.request[shown]! < 0 ? -1 - shown : events.request[shown]!
    const timeMs = events.timeMs[place]!
    const request = requests.get(key)
    const isBad = items.has(events.item[place]!)
    if (request === undefined) requests.set(key, { fromMs: timeMs, throughMs: timeMs, isBad })
    else {
      request.throughMs = Math.max(request.throughMs, timeMs)
      request.isBad ||= isBad
    }
  }
  return [...requests.values()].sort((a, b) => a.fromMs - b.fromMs)
}

/** Stretch [from, to] of requests. */
interface Stretch {
  from: number
  to: number
  bad: number
}

/** The stretch with the largest sum of gains (Kadane). */
function largestSum(requests: readonly Request[], gain: number, loss: number): Stretch {
  let best: Stretch & { sum: number } = { from: 0, to: -1, bad: 0, sum: 0 }
  let now = { from: 0, bad: 0, sum: 0 }
  requests.forEach(({ isBad }, place) => {
    if (now.sum <= 0) now = { from: place, bad: 0, sum: 0 }
    now.sum += isBad ? gain : loss
    now.bad += isBad ? 1 : 0
    if (now.sum > best.sum) best = { from: now.from, to: place, bad: now.bad, sum: now.sum }
  })
  return best
}

/** The stretch for one share of bad requests inside. */
function scanAt(requests: readonly Request[], inside: number, ordinaryShare: number): Stretch {
  const gain = Math.log(inside / ordinaryShare)
  const loss = Math.log((1 - inside) / (1 - ordinaryShare))
  return largestSum(requests, gain, loss)
}

/** The share of bad requests that a scan starts with. */
const DENSE_SHARE = 0.9

/**
 * The stretch of requests with the largest likelihood ratio of (bad with one share inside) against (bad with
 * the ordinary share): the temporal scan statistic (Kulldorff 1997, Bernoulli model), by alternating the
 * share and the stretch. O(requests).
 */
export function scan(requests: readonly Request[], ordinaryShare: number): Stretch {
  let inside = DENSE_SHARE
  let best: Stretch = { from: 0, to: -1, bad: 0 }
  for (let round = 0; round < 4; round++) {
    best = scanAt(requests, inside, ordinaryShare)
    const share = best.bad / Math.max(1, best.to - best.from + 1)
    inside = Math.min(0.99, Math.max(share, (1 + ordinaryShare) / 2))
  }
  return best
}

/**
 * Whether nothing in the stretch is the person's own. Nearly all its requests are bad; and either the
 * account has no other life, or the requests come at many times its rate outside, where the rate is
 * estimated with as many more requests as a count of zero can hide (three, at 95 %).
 */
function isAllBad(
  requests: readonly Request[],
  { from, to, bad }: Stretch,
  spanMs: number,
): boolean {
  const inside = to - from + 1
  if (bad < MIN_REQUESTS || bad < ALL_BAD_SHARE * inside) return false
  const good = requests.reduce((n, request) => n + (request.isBad ? 0 : 1), 0)
  if (good <= OTHER_LIFE_SHARE * requests.length) return true
  const insideMs = requests[to]!.throughMs - requests[from]!.fromMs
  const rateOutside = (requests.length - inside + 3) / Math.max(1, spanMs - insideMs)
  return inside >= STOLEN_RATIO * rateOutside * insideMs
}

/** By item: the number of its impressions. */
function countShown(events: ScreenedEvents): Float64Array {
  const shown = new Float64Array(events.items.length)
  for (let place = 0; place < events.length; place++)
    if (events.outcome[place]! < 0) shown[events.item[place]!]!++
  return shown
}

/** A user's stretch in which all is bad, as a finding about all that the user does in it; none if it is empty. */
export function windowFinding(
  events: ScreenedEvents,
  detector: { name: string; evidence: Evidence },
  about: {
    user: number
    requests: readonly Request[]
    stretch: Stretch
    logChance: number
    expected: number
  },
): Finding[] {
  const { user, requests, stretch, logChance, expected } = about
  const inside = requests.slice(stretch.from, stretch.to + 1)
  if (inside.length === 0) return []
  const fromMs = inside[0]!.fromMs
  const throughMs = 1 + inside.reduce((t, request) => Math.max(t, request.throughMs), fromMs)
  const { starts, places } = placesByUser(events)
  const own = places.subarray(starts[user]!, starts[user + 1]!)
  const count = own.reduce((n, place) => {
    const timeMs = events.timeMs[place]!
    return n + (timeMs >= fromMs && timeMs < throughMs ? 1 : 0)
  }, 0)
  return [
    {
      ...{ detector: detector.name, evidence: detector.evidence, subject: 'user' },
      ...{ id: events.users[user]!, items: [], fromMs, throughMs },
      ...{ score: -logChance / Math.LN10, events: count, expected },
    },
  ]
}

/**
 * Each accusation as a finding with the window of time that it is about. It names the items, unless nearly all of the
 * user's requests in the window show one: then it is about all that the user does in it.
 */
export function windowsOf(
  events: ScreenedEvents,
  accusations: readonly Accusation[],
  detector: { name: string; evidence: Evidence },
): Finding[] {
  if (accusations.length === 0) return []
  const { starts, places } = placesByUser(events)
  const shown = countShown(events)
  const requests = Math.max(1, events.requests)
  const spanMs = events.timeMs[events.length - 1]! - events.timeMs[0]!
  return accusations.flatMap(({ user, items, logChance, expected }) => {
    const own = places.subarray(starts[user]!, starts[user + 1]!)
    const list = requestsOf(events, own, new Set(items))
    const sum = items.reduce((total, item) => total + shown[item]!, 0)
    const ordinaryShare = Math.min(0.5, Math.max(1e-4, sum / requests))
    // A thief's hours are dense, and the owner's own requests lie around them.
    const dense = scanAt(list, DENSE_SHARE, ordinaryShare)
    const isAll = isAllBad(list, dense, spanMs)
    const { from, to } = isAll ? dense : scan(list, ordinaryShare)
    const first = list[from]
    if (first === undefined || to < from) return []
    const throughMs = 1 + list.slice(from, to + 1).reduce((t, r) => Math.max(t, r.throughMs), 0)
    const named = new Set(items)
    const count = own.reduce((n, place) => {
      const timeMs = events.timeMs[place]!
      const isInside = timeMs >= first.fromMs && timeMs < throughMs
      return n + (isInside && (isAll || named.has(events.item[place]!)) ? 1 : 0)
    }, 0)
    return [
      {
        detector: detector.name,
        evidence: detector.evidence,
        subject: 'user' as const,
        id: events.users[user]!,
        items: isAll ? [] : items.map((item) => events.items[item]!).sort(),
        fromMs: first.fromMs,
        throughMs,
        score: -logChance / Math.LN10,
        events: count,
        expected,
      },
    ]
  })
}
