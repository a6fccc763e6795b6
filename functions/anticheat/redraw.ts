import type { Finding } from '../contract/verdicts.ts'
import { seededUniform } from '../math/random.ts'
import type { ScreenedEvents } from './events.ts'
import { expectedClicks } from './expected-clicks.ts'

/** Places of outcomes that have an impression: where drawn clicks take their outcome and delay from. */
const findDonors = ({ outcome, impression }: ScreenedEvents): Uint32Array =>
  Uint32Array.from(outcome.keys()).filter(
    (place) => outcome[place]! >= 0 && impression[place]! >= 0,
  )

/**
 * Events with the same impressions whose outcomes are drawn again: each impression gets one with its
 * expected probability (position, item and user explain it), with the outcome and delay of a real one.
 * So nobody cheats by clicks in it. The same seed gives the same events. O(events × log events).
 */
export function redrawOutcomes(events: ScreenedEvents, seed: number): ScreenedEvents {
  const uniform = seededUniform(seed)
  const { probability } = expectedClicks(events)
  const donors = findDonors(events)
  const [sources, donorOf, timesMs]: [number[], number[], number[]] = [[], [], []]
  for (let place = 0; place < events.length; place++) {
    if (events.outcome[place]! >= 0) continue
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

interface Detects {
  name: string
  detect(events: ScreenedEvents, about: { seed: number }): Finding[]
}

/** What a run of detectors finds in redraws, where nobody cheats by clicks: mean numbers of one redraw. */
export interface FalseFindings {
  redraws: number
  byDetector: Readonly<Record<string, { findings: number; users: number; events: number }>>
}

/**
 * The expected number of false findings of a run, by detector. Only for detectors of clicks: what is
 * wrong with impressions and their times is as wrong in a redraw.
 */
export function countFalseFindings(
  events: ScreenedEvents,
  detectors: readonly Detects[],
  { seed, redraws }: { seed: number; redraws: number },
): FalseFindings {
  const byDetector = Object.fromEntries(
    detectors.map(({ name }) => [name, { findings: 0, users: 0, events: 0 }]),
  )
  for (let n = 0; n < redraws; n++) {
    const redrawn = redrawOutcomes(events, seed + n)
    for (const { name, detect } of detectors) {
      const findings = detect(redrawn, { seed })
      const counts = byDetector[name]!
      counts.findings += findings.length / redraws
      counts.events += findings.reduce((sum, finding) => sum + finding.events, 0) / redraws
      counts.users += new Set(findings.map(({ id }) => id)).size / redraws
    }
  }
  return { redraws, byDetector }
}
