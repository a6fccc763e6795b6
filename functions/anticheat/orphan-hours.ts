import { HOUR_MS } from '../contract/time.ts'
import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import { type Accusation, placesByUser } from './bad-window.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import type { ScreenedEvents } from './events.ts'
import { fitSpread, shapeFromMoments } from './spread.ts'

/** A user's outcomes of one name. */
interface Outcomes {
  all: number
  /** Hours with such outcomes, and those in which most of them have no impression. */
  hours: number
  orphanHours: number
}
interface Actor {
  user: number
  byName: ReadonlyMap<number, Outcomes>
  orphanHours: number
  items: readonly number[]
}

/** What is lost in one or two hours can be one bad connection. */
const MIN_HOURS = 3
/** Above this share of users, impressions are missing because of how a client writes its log. */
const MAX_USERS_SHARE = 0.01

/** Closes an hour of outcomes, by name. */
function closeHour(
  byName: Map<number, Outcomes>,
  hour: ReadonlyMap<number, { all: number; orphans: number }>,
): void {
  for (const [name, { all, orphans }] of hour) {
    const sums = byName.get(name) ?? { all: 0, hours: 0, orphanHours: 0 }
    byName.set(name, sums)
    sums.all += all
    sums.hours++
    if (2 * orphans > all) sums.orphanHours++
  }
}

function actorOf(events: ScreenedEvents, user: number, places: Uint32Array): Actor {
  const byName = new Map<number, Outcomes>()
  const items = new Set<number>()
  let hour = new Map<number, { all: number; orphans: number }>()
  let hourOf = -1
  for (const place of places) {
    const name = events.outcome[place]!
    if (name < 0) continue
    const at = Math.floor(events.timeMs[place]! / HOUR_MS)
    if (at !== hourOf) {
      closeHour(byName, hour)
      hour = new Map()
      hourOf = at
    }
    const counts = hour.get(name) ?? { all: 0, orphans: 0 }
    hour.set(name, counts)
    counts.all++
    if (events.impression[place]! >= 0) continue
    counts.orphans++
    items.add(events.item[place]!)
  }
  closeHour(byName, hour)
  const orphanHours = [...byName.values()].reduce((sum, one) => sum + one.orphanHours, 0)
  return { user, byName, orphanHours, items: [...items] }
}

/** By name, the share of hours without impressions. Each user is one voice, and there is one voice more. */
function fitShares(crowd: readonly Actor[]): Map<number, number> {
  const voices = new Map<number, { users: number; shares: number }>()
  for (const { byName } of crowd)
    for (const [name, { hours, orphanHours }] of byName) {
      const sums = voices.get(name) ?? { users: 1, shares: 1 }
      voices.set(name, sums)
      sums.users++
      sums.shares += orphanHours / hours
    }
  return new Map([...voices].map(([name, { users, shares }]) => [name, shares / users]))
}

/** Sums of the first three powers of the chance over a user's hours. */
function powersOf(
  { byName }: Actor,
  shares: ReadonlyMap<number, number>,
): [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0]
  for (const [name, { hours }] of byName) {
    const share = shares.get(name) ?? 1
    for (const n of [0, 1, 2] as const) sums[n] += hours * share ** (n + 1)
  }
  return sums
}

/** The shape of a gamma factor by which users differ, from those with two and with three orphan hours. */
function fitShape(crowd: readonly Actor[], shares: ReadonlyMap<number, number>): number {
  const powers = crowd.map((actor) => powersOf(actor, shares))
  const withAtLeast = (n: number): number =>
    crowd.reduce((sum, { orphanHours }) => sum + (orphanHours >= n ? 1 : 0), 0)
  // Expected pairs and triples of independent hours (Newton's identities).
  const pairs = powers.map(([a, b]) => (a * a - b) / 2)
  const triples = powers.map(([a, b, c]) => (a ** 3 - 3 * a * b + 2 * c) / 6)
  return shapeFromMoments(fitSpread(pairs, withAtLeast(2)), fitSpread(triples, withAtLeast(3)))
}

function accuse(tested: readonly Actor[], crowd: readonly Actor[]): Accusation[] {
  const shares = fitShares(crowd)
  const shape = fitShape(crowd, shares)
  const logTests = Math.log(Math.max(1, tested.length))
  return tested.flatMap((actor) => {
    const [mean] = powersOf(actor, shares)
    const { user, items, orphanHours, byName } = actor
    if (orphanHours < MIN_HOURS || orphanHours <= mean) return []
    const logChance = logNegativeBinomialTail(orphanHours, mean, shape) + logTests
    if (logChance > LOG_FALSE_RUNS) return []
    const expected = [...byName].reduce((sum, [name, { all }]) => sum + all * shares.get(name)!, 0)
    return [{ user, items, logChance, expected }]
  })
}

/**
 * Users whose outcomes have no impression in far more hours than lost and late impressions explain. Null
 * model: most outcomes of a user's hour lack their impressions with the share that this has for the crowd, by
 * the outcome's name, times a gamma factor of the user whose shape is measured (negative binomial): some
 * clients lose more than others. An hour counts once, because one lost batch is one loss. Bonferroni
 * over the users with enough hours. Silent where many users are found. O(events).
 */
export function findOrphanHours(events: ScreenedEvents): Accusation[] {
  const { starts, places } = placesByUser(events)
  const actors = events.users
    .map((_, user) => actorOf(events, user, places.subarray(starts[user]!, starts[user + 1]!)))
    .filter(({ byName }) => byName.size > 0)
  const hoursOf = ({ byName }: Actor): number =>
    [...byName.values()].reduce((sum, { hours }) => sum + hours, 0)
  const tested = actors.filter((actor) => hoursOf(actor) >= MIN_HOURS)
  const found = accuse(tested, actors)
  return found.length <= MAX_USERS_SHARE * tested.length ? found : []
}
