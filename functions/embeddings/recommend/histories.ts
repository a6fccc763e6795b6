import type { Interactions } from './interactions.ts'

/** A user's oldest items beyond this many are left out: the cost of pairs of items grows by the square. */
export const MAX_HISTORY = 1000

/**
 * Each user's different items in compressed sparse rows, ordered by the user's last event with each, the
 * newest last; and each item's users, ascending. 16 bytes for each pair of a user and an item.
 */
export interface Histories {
  /** users + 1. */
  offsets: Uint32Array
  targets: Uint32Array
  /** The strongest event's weight: a user counts once for an item, however often the event is repeated. */
  weights: Float32Array
  /** items + 1. */
  itemOffsets: Uint32Array
  /** The users of each item. */
  itemUsers: Uint32Array
}

/** Writes the user's different items into `items` and their weights, the newest first. Returns how many. */
function collectHistory(
  { offsets, targets, weights }: Interactions,
  user: number,
  placeOf: Int32Array,
  items: Uint32Array,
  strongest: Float32Array,
): number {
  let count = 0
  for (let e = offsets[user + 1]! - 1; e >= offsets[user]!; e--) {
    const item = targets[e]!
    const place = placeOf[item]!
    if (place >= 0) strongest[place] = Math.max(strongest[place]!, weights[e]!)
    else if (count < MAX_HISTORY) {
      placeOf[item] = count
      items[count] = item
      strongest[count++] = weights[e]!
    }
  }
  for (let place = 0; place < count; place++) placeOf[items[place]!] = -1
  return count
}

/** The rows the other way: which rows have a target. Rows ascend within a target. */
export function transpose(
  offsets: Uint32Array,
  targets: Uint32Array,
  columns: number,
): { offsets: Uint32Array; rows: Uint32Array; places: Uint32Array } {
  const turned = new Uint32Array(columns + 1)
  for (const target of targets) turned[target + 1]!++
  for (let c = 0; c < columns; c++) turned[c + 1]! += turned[c]!
  const next = turned.slice()
  const rows = new Uint32Array(targets.length)
  const places = new Uint32Array(targets.length)
  for (let row = 0; row + 1 < offsets.length; row++)
    for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
      const place = next[targets[e]!]!++
      rows[place] = row
      places[place] = e
    }
  return { offsets: turned, rows, places }
}

export function readHistories(interactions: Interactions): Histories {
  const users = interactions.users.length
  const offsets = new Uint32Array(users + 1)
  const targets = new Uint32Array(interactions.targets.length)
  const weights = new Float32Array(interactions.targets.length)
  const placeOf = new Int32Array(interactions.items.length).fill(-1)
  const items = new Uint32Array(MAX_HISTORY)
  const strongest = new Float32Array(MAX_HISTORY)
  let end = 0
  for (let user = 0; user < users; user++) {
    const count = collectHistory(interactions, user, placeOf, items, strongest)
    targets.set(items.subarray(0, count).reverse(), end)
    weights.set(strongest.subarray(0, count).reverse(), end)
    end += count
    offsets[user + 1] = end
  }
  const kept = targets.slice(0, end)
  const turned = transpose(offsets, kept, interactions.items.length)
  return {
    offsets,
    targets: kept,
    weights: weights.slice(0, end),
    itemOffsets: turned.offsets,
    itemUsers: turned.rows,
  }
}

/** Users of an item. */
export const usersOf = ({ itemOffsets }: Histories, item: number): number =>
  itemOffsets[item + 1]! - itemOffsets[item]!
