import { HOUR_MS } from '../../contract/time.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { type ListShape, type RecallList, rankList } from './list.ts'

const HOURS = 24
/** A list of a segment or an hour gives the list that it falls back on the weight of so many users. */
const PRIOR_USERS = 50
/** Segments that get lists: those with the most users. */
const MAX_SEGMENTS = 64

/** Decayed users of each item. */
interface Counts {
  /** By hour of the day (UTC): 24 × items, row-major. */
  hours: Float64Array
  day: Float64Array
}

/**
 * A user counts once for an item in each hour of the day, and once in the day, by the newest event: however
 * often one user repeats an event, the item gains no more. 300 bytes an item.
 */
function countUsers(interactions: Interactions, users: Iterable<number>): Counts {
  const { offsets, targets, weights, timesMs } = interactions
  const items = interactions.items.length
  const hours = new Float64Array(HOURS * items)
  const day = new Float64Array(items)
  const userOfHour = new Uint32Array(hours.length)
  const userOfDay = new Uint32Array(items)
  for (const user of users)
    for (let e = offsets[user + 1]! - 1; e >= offsets[user]!; e--) {
      const item = targets[e]!
      const place = (Math.floor(timesMs[e]! / HOUR_MS) % HOURS) * items + item
      if (userOfDay[item] !== user + 1) day[item]! += weights[e]!
      if (userOfHour[place] !== user + 1) hours[place]! += weights[e]!
      userOfDay[item] = user + 1
      userOfHour[place] = user + 1
    }
  return { hours, day }
}

/**
 * Each item's share of the counts, where `prior`, shares too, weigh as much as `PRIOR_USERS` (MacKay & Peto 1995,
 * "A Hierarchical Dirichlet Language Model"). So a cell with few users is close to the one it falls back on.
 */
function smooth(counts: Float64Array, prior: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count, item) => (count + PRIOR_USERS * prior[item]!) / (total + PRIOR_USERS))
}

/** The users of each segment that gets lists, the segments by code units. */
function groupUsers(segments: readonly (string | null)[]): [string, number[]][] {
  const groups = new Map<string, number[]>()
  for (const [user, segment] of segments.entries()) {
    if (segment === null) continue
    const users = groups.get(segment) ?? []
    groups.set(segment, users)
    users.push(user)
  }
  const order = (a: string, b: string): number => (a < b ? -1 : 1)
  return [...groups]
    .sort(([a, left], [b, right]) => right.length - left.length || order(a, b))
    .slice(0, MAX_SEGMENTS)
    .sort(([a], [b]) => order(a, b))
}

export interface PopularList {
  /** Null: all users. */
  segment: string | null
  /** Of the day, UTC. Null: all hours. */
  hour: number | null
  list: RecallList
}

/**
 * Yields the popular items of all users, then of each segment: of all hours, then of each hour that has
 * events. A score is the expected share of the users. A segment falls back on all users, an hour on all
 * hours of its segment. `segments` has each user's segment, null where it has none.
 */
export function* popularLists(
  interactions: Interactions,
  segments: readonly (string | null)[],
  shape: ListShape,
): Generator<PopularList> {
  const { items } = interactions
  const list = (shares: Float64Array): RecallList =>
    rankList(
      shares.map((share) => (share > 0 ? share : Number.NEGATIVE_INFINITY)),
      items,
      shape,
    )
  function* listsOf(segment: string | null, counts: Counts, shares: Float64Array) {
    yield { segment, hour: null, list: list(shares) }
    for (let hour = 0; hour < HOURS; hour++) {
      const cell = counts.hours.subarray(hour * items.length, (hour + 1) * items.length)
      if (cell.some((count) => count > 0)) yield { segment, hour, list: list(smooth(cell, shares)) }
    }
  }
  const everyone = countUsers(interactions, interactions.users.keys())
  const total = everyone.day.reduce((sum, count) => sum + count, 0)
  const shares = everyone.day.map((count) => count / Math.max(total, Number.MIN_VALUE))
  yield* listsOf(null, everyone, shares)
  for (const [segment, users] of groupUsers(segments)) {
    const counts = countUsers(interactions, users)
    yield* listsOf(segment, counts, smooth(counts.day, shares))
  }
}
