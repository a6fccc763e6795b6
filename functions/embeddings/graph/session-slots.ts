import { MINUTE_MS } from '../../contract/time.ts'
import { murmur3 } from '../../math/hash.ts'
import type { Interactions } from '../recommend/interactions.ts'

/**
 * Which items users had in one session. A slot is a place for an item of a user; two slots are joined where the
 * user acted on both within a session. Users without joined items have no slots.
 */
export interface SessionSlots {
  /** Slots of row r, a user, are those from offsets[r] to offsets[r + 1]. */
  offsets: Uint32Array
  /** By slot: the number of its item. A user's slots have different items. */
  items: Uint32Array
  /** By slot: the greatest weight of the user's events with the item. */
  weights: Float32Array
  /** Joined slots: pair p joins first[p] and second[p]. */
  first: Uint32Array
  second: Uint32Array
  /** The share of users whose sessions were read, by hash: less than 1 where the pairs would be too many. */
  usersShare: number
}

/** Pairs take 16 bytes each while they are counted. */
const MAX_PAIRS = 10_000_000
/** The newest events of a user, and of those the next ones that an event is joined with. */
const MAX_USER_EVENTS = 1000
const MAX_NEXT = 20

/** A list of numbers in a typed array. */
interface Growing {
  values: Uint32Array
  length: number
}
function push(list: Growing, value: number): void {
  if (list.length === list.values.length) {
    const larger = new Uint32Array(2 * list.length)
    larger.set(list.values)
    list.values = larger
  }
  list.values[list.length++] = value
}
const growing = (): Growing => ({ values: new Uint32Array(1024), length: 0 })
const taken = ({ values, length }: Growing): Uint32Array => values.slice(0, length)

/** Pairs of different items of one user within a session: `visit` gets each once. */
function visitPairs(
  { offsets, targets, timesMs }: Interactions,
  user: number,
  sessionMs: number,
  visit: (a: number, b: number) => void,
): void {
  const end = offsets[user + 1]!
  const seen = new Set<number>()
  const placeOf = new Map<number, number>()
  for (let at = Math.max(offsets[user]!, end - MAX_USER_EVENTS); at < end; at++) {
    const last = Math.min(end - 1, at + MAX_NEXT)
    for (let next = at + 1; next <= last; next++) {
      if (timesMs[next]! - timesMs[at]! > sessionMs) break
      const [a, b] = [targets[at]!, targets[next]!]
      if (a === b) continue
      for (const item of [a, b]) if (!placeOf.has(item)) placeOf.set(item, placeOf.size)
      const [x, y] = [placeOf.get(a)!, placeOf.get(b)!]
      const code = Math.min(x, y) * MAX_USER_EVENTS + Math.max(x, y)
      if (seen.has(code)) continue
      seen.add(code)
      visit(a, b)
    }
  }
}

/** Users in the order of their hash: any part of them from the start is a sample. */
function usersByHash({ users }: Interactions, seed: number): Uint32Array {
  const hashes = Uint32Array.from(users, (user) => murmur3(user, seed))
  return Uint32Array.from(users, (_, user) => user).sort((a, b) => hashes[a]! - hashes[b]! || a - b)
}

/**
 * The slots of all users, or of a sample by hash where they would have more than `maxPairs`. O(events × 20). A user
 * counts by the newest 1000 events.
 */
export function sessionSlots(
  interactions: Interactions,
  sessionMinutes: number,
  seed: number,
  maxPairs = MAX_PAIRS,
): SessionSlots {
  const { offsets: events, targets, weights: eventWeights } = interactions
  const [offsets, items, first, second] = [growing(), growing(), growing(), growing()]
  const weights: number[] = []
  const order = usersByHash(interactions, seed)
  let read = 0
  for (; read < order.length && first.length < maxPairs; read++) {
    const user = order[read]!
    const slotOf = new Map<number, number>()
    const slot = (item: number): number => {
      const known = slotOf.get(item)
      if (known !== undefined) return known
      slotOf.set(item, items.length)
      push(items, item)
      weights.push(0)
      return items.length - 1
    }
    const start = items.length
    visitPairs(interactions, user, sessionMinutes * MINUTE_MS, (a, b) => {
      push(first, slot(a))
      push(second, slot(b))
    })
    if (items.length === start) continue
    push(offsets, start)
    for (let at = events[user]!; at < events[user + 1]!; at++) {
      const own = slotOf.get(targets[at]!)
      if (own !== undefined) weights[own] = Math.max(weights[own]!, eventWeights[at]!)
    }
  }
  push(offsets, items.length)
  return {
    ...{ offsets: taken(offsets), items: taken(items), weights: Float32Array.from(weights) },
    ...{ first: taken(first), second: taken(second) },
    usersShare: order.length === 0 ? 1 : read / order.length,
  }
}
