import type { Finding } from '../contract/verdicts.ts'
import type { ScreenedEvents } from './events.ts'

/**
 * The name of findings that say on how much of an account detectors agree. `events` is the number of all
 * events of the user, `expected` how many of them no agreement covers. They add up over shards.
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

/**
 * For each user with findings: how many of its events are covered by findings of two different kinds of
 * evidence, or by mechanical evidence. Linear in the events, and in findings × events of their user.
 */
export function agreementOf(events: ScreenedEvents, findings: readonly Finding[]): Finding[] {
  const byUser = new Map<string, Finding[]>()
  for (const finding of findings.filter(({ subject }) => subject === 'user')) {
    const own = byUser.get(finding.id)
    if (own) own.push(finding)
    else byUser.set(finding.id, [finding])
  }
  return [...placesOf(events, new Set(byUser.keys()))].map(([user, places]) => {
    const evidence = new Uint8Array(places.length)
    for (const { items, fromMs, throughMs, evidence: kind } of byUser.get(user)!) {
      const named = new Set(items)
      for (const [n, place] of places.entries()) {
        const timeMs = events.timeMs[place]!
        if (timeMs < fromMs || timeMs >= throughMs) continue
        if (named.size === 0 || named.has(events.items[events.item[place]!]!))
          evidence[n] = evidence[n]! | BITS[kind]
      }
    }
    return {
      detector: AGREEMENT,
      evidence: 'volume',
      subject: 'user',
      id: user,
      items: [],
      fromMs: events.timeMs[places[0]!]!,
      throughMs: events.timeMs[places.at(-1)!]! + 1,
      score: 0,
      events: places.length,
      expected: evidence.filter((bits) => !hasTwoBits(bits)).length,
    }
  })
}
