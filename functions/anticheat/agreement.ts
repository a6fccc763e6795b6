import { floorDay } from '../contract/time.ts'
import type { Finding } from '../contract/verdicts.ts'
import type { ScreenedEvents } from './events.ts'

/**
 * The name of findings that say on how much of a user's day detectors agree, one a day with events.
 * `events` is the number of all events of the user that day, `expected` how many of them no agreement
 * covers. They add up over shards. The evidence is mechanical if it covers every event alone.
 */
export const AGREEMENT = 'agreement'

/** A set of kinds of evidence, one bit each. Mechanical evidence counts as two kinds. */
const BITS: Readonly<Record<Finding['evidence'], number>> = {
  timing: 1,
  volume: 2,
  choice: 4,
  graph: 8,
  mechanical: 48,
}
const hasTwoBits = (bits: number): boolean => (bits & (bits - 1)) !== 0

/** Places of events by user, in order of time, for the users that are asked for. Linear. */
function placesOf(events: ScreenedEvents, users: ReadonlySet<string>): Map<string, number[]> {
  const lists = events.users.map((user) => (users.has(user) ? ([] as number[]) : null))
  for (let place = 0; place < events.length; place++) lists[events.user[place]!]?.push(place)
  return new Map(
    lists.flatMap((places, code) => (places ? [[events.users[code]!, places] as const] : [])),
  )
}

/** By place of a list: the kinds of evidence that cover the event. */
function evidenceOn(
  events: ScreenedEvents,
  places: readonly number[],
  findings: readonly Finding[],
): Uint8Array {
  const evidence = new Uint8Array(places.length)
  for (const { items, fromMs, throughMs, evidence: kind } of findings) {
    const named = new Set(items)
    for (const [n, place] of places.entries()) {
      const timeMs = events.timeMs[place]!
      if (timeMs < fromMs || timeMs >= throughMs) continue
      if (named.size === 0 || named.has(events.items[events.item[place]!]!))
        evidence[n] = evidence[n]! | BITS[kind]
    }
  }
  return evidence
}

/**
 * For each user with findings, and each day with events of it: how many are covered by findings of two
 * different kinds of evidence, or by mechanical evidence. Linear in the events, and in findings × events of
 * their user.
 */
export function agreementOf(events: ScreenedEvents, findings: readonly Finding[]): Finding[] {
  const ofUsers = findings.filter(({ subject }) => subject === 'user')
  const byUser = Map.groupBy(ofUsers, ({ id }) => id)
  return [...placesOf(events, new Set(byUser.keys()))].flatMap(([id, places]) => {
    const evidence = evidenceOn(events, places, byUser.get(id)!)
    const dayOf = (n: number): number => floorDay(events.timeMs[places[n]!]!)
    return [...Map.groupBy(places.keys(), dayOf).values()].map((day): Finding => {
      const isMechanical = day.every((n) => (evidence[n]! & BITS.mechanical) !== 0)
      return {
        ...{ detector: AGREEMENT, evidence: isMechanical ? 'mechanical' : 'volume' },
        ...{ subject: 'user', id, items: [], score: 0 },
        fromMs: events.timeMs[places[day[0]!]!]!,
        throughMs: events.timeMs[places[day.at(-1)!]!]! + 1,
        events: day.length,
        expected: day.filter((n) => !hasTwoBits(evidence[n]!)).length,
      }
    })
  })
}
