import type { Redraws } from '../contract/verdict-report.ts'
import type { Finding } from '../contract/verdicts.ts'
import { unitInterval } from '../math/hash.ts'
import { seededUniform } from '../math/random.ts'
import type { ScreenedEvents } from './events.ts'
import { fitExpectedClicks } from './expected-clicks.ts'

/** Places of outcomes that have an impression: where drawn clicks take their outcome and delay from. */
const findDonors = ({ outcome, impression }: ScreenedEvents): Uint32Array =>
  Uint32Array.from(outcome.keys()).filter(
    (place) => outcome[place]! >= 0 && impression[place]! >= 0,
  )

/**
 * The same impressions with outcomes that are drawn again: each impression gets one with its expected
 * probability (position, item and user explain it), with the outcome and delay of a real one. So nobody
 * cheats by clicks in it. Accused users are left out, of the fit too: what they look at is no chance.
 * The same seed gives the same events. O(events × log events).
 */
export function redrawOutcomes(
  events: ScreenedEvents,
  accused: ReadonlySet<string>,
  seed: number,
): ScreenedEvents {
  const uniform = seededUniform(seed)
  const leftOut = Uint8Array.from(events.users, (user) => Number(accused.has(user)))
  const { probability } = fitExpectedClicks(events, leftOut)
  const donors = findDonors(events)
  const [sources, donorOf, timesMs]: [number[], number[], number[]] = [[], [], []]
  for (let place = 0; place < events.length; place++) {
    if (events.outcome[place]! >= 0 || leftOut[events.user[place]!]) continue
    sources.push(place)
    donorOf.push(-1)
    timesMs.push(events.timeMs[place]!)
    if (donors.length === 0 || uniform() >= probability[place]!) continue
    const donor = donors[Math.floor(uniform() * donors.length)]!
    sources.push(place)
    donorOf.push(donor)
    const delayMs = events.timeMs[donor]! - events.timeMs[events.impression[donor]!]!
    timesMs.push(events.timeMs[place]! + delayMs)
  }
  const order = Uint32Array.from(sources.keys()).sort((a, b) => timesMs[a]! - timesMs[b]! || a - b)
  const placeOf = new Int32Array(events.length)
  for (const [place, n] of order.entries()) if (donorOf[n]! < 0) placeOf[sources[n]!] = place
  const source = order.map((n) => sources[n]!)
  const isClick = (place: number): boolean => donorOf[order[place]!]! >= 0
  return {
    ...events,
    length: order.length,
    user: source.map((place) => events.user[place]!),
    item: source.map((place) => events.item[place]!),
    request: Int32Array.from(source, (place) => events.request[place]!),
    outcome: Int8Array.from(order, (n) => (donorOf[n]! < 0 ? -1 : events.outcome[donorOf[n]!]!)),
    position: Uint16Array.from(source, (place, n) => (isClick(n) ? 0 : events.position[place]!)),
    timeMs: Float64Array.from(order, (n) => timesMs[n]!),
    drop: source.map((place) => events.drop[place]!),
    impression: Int32Array.from(source, (place, n) => (isClick(n) ? placeOf[place]! : -1)),
  }
}

/** Events of one redraw, at most: it then takes a few seconds, whatever the log. */
const REDRAWN_EVENTS = 100_000

/**
 * What detectors find in one redraw of the outcomes: false findings of honest data. Only for detectors of
 * clicks: what is wrong with impressions and their times is as wrong in a redraw. A log with more than
 * `maxEvents` is drawn again for a part of its users, by their hash.
 */
export function countFalseFindings(
  events: ScreenedEvents,
  detect: (events: ScreenedEvents) => readonly Finding[],
  { accused, seed }: { accused: ReadonlySet<string>; seed: number },
  maxEvents = REDRAWN_EVENTS,
): Redraws {
  const share = maxEvents / events.length
  const leftOut = events.users.filter(
    (user) => accused.has(user) || unitInterval(`redraw\n${user}`, seed) >= share,
  )
  const redrawn = redrawOutcomes(events, new Set(leftOut), seed)
  const findings = detect(redrawn)
  return {
    runs: 1,
    drawn: redrawn.length,
    findings: findings.length,
    events: findings.reduce((sum, finding) => sum + finding.events, 0),
  }
}
