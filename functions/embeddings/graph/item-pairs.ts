import { createTrades, tradeAll } from '../../math/curveball.ts'
import { addCount, type ClassCounts, type Drawn, leastCounts } from '../../math/false-discovery.ts'
import { seededUniform } from '../../math/random.ts'
import type { SessionSlots } from './session-slots.ts'

/** Edges between items: a[e] < b[e], numbers of items. */
export interface ItemPairs {
  a: Uint32Array
  b: Uint32Array
  /** Σ over the users with both of the lesser weight of the two. */
  weights: Float64Array
  /** Different pairs of items in sessions, before the cut. */
  seen: number
}

/** Of the pairs that are kept, at most this share would be there if users had no taste. */
const FALSE_DISCOVERY_RATE = 0.05
/** Fewer users say nothing about a pair, and too much about themselves. */
const MIN_USERS = 2
/** Strongest edges of an item. An edge stays if it is among those of either end. */
const MAX_PARTNERS = 100

/** Rounds of trades before the first draw, and between draws. */
const FIRST_TRADES = 10
const NEXT_TRADES = 3
/** With many pairs, fewer draws say the same. A drawn pair takes about 200 ns. */
const MAX_DRAWS = 200
const MIN_DRAWS = 5
const DRAWN_PAIRS = 10_000_000

/** A different pair of items, with its class. Its code is a · items + b. */
type VisitPair = (code: number, users: number, group: number) => void

/**
 * Calls `visit` with each different pair of items, for one item in each slot. Pairs of one class have alike numbers
 * of chances: the product of the numbers of slots that either item is joined with, within 19 %.
 */
function visitPairs(
  { first, second }: SessionSlots,
  columns: Uint32Array,
  items: number,
  codes: Float64Array,
  visit: VisitPair,
): void {
  const chances = new Float64Array(items)
  for (let p = 0; p < first.length; p++) {
    const [x, y] = [columns[first[p]!]!, columns[second[p]!]!]
    chances[x]!++
    chances[y]!++
    codes[p] = x < y ? x * items + y : y * items + x
  }
  codes.sort()
  const logs = chances.map(Math.log2)
  for (let at = 0; at < codes.length; ) {
    const start = at
    const code = codes[at]!
    while (at < codes.length && codes[at] === code) at++
    visit(code, at - start, Math.floor(4 * (logs[Math.floor(code / items)]! + logs[code % items]!)))
  }
}

/** What is seen in the log, and in shuffles of it. */
function countShuffles(
  slots: SessionSlots,
  items: number,
  seed: number,
  codes: Float64Array,
): Drawn {
  const [observed, drawn]: [ClassCounts, ClassCounts] = [new Map(), new Map()]
  visitPairs(slots, slots.items, items, codes, (_, users, group) =>
    addCount(observed, group, users),
  )
  const columns = slots.items.slice()
  const trades = createTrades({ offsets: slots.offsets, columns }, items, seededUniform(seed))
  for (let round = 0; round < FIRST_TRADES; round++) tradeAll(trades)
  const affordable = Math.floor(DRAWN_PAIRS / Math.max(1, codes.length))
  const draws = Math.min(MAX_DRAWS, Math.max(MIN_DRAWS, affordable))
  for (let draw = 0; draw < draws; draw++) {
    for (let round = 0; round < NEXT_TRADES; round++) tradeAll(trades)
    visitPairs(slots, columns, items, codes, (_, users, group) => addCount(drawn, group, users))
  }
  return { observed, drawn, draws }
}

/**
 * Pairs of items that more users had in one session than chance explains. Chance is the log with all items shuffled
 * between users: each user keeps the number of items and the sessions, each item the number of users. χ² would
 * not do: users with many items join nearly all popular ones. O(pairs · log pairs) a draw.
 */
export function significantPairs(slots: SessionSlots, items: number, seed: number): ItemPairs {
  const codes = new Float64Array(slots.first.length)
  const counts = countShuffles(slots, items, seed, codes)
  const least = leastCounts(counts, MIN_USERS, FALSE_DISCOVERY_RATE)
  const kept: number[] = []
  let seen = 0
  visitPairs(slots, slots.items, items, codes, (code, users, group) => {
    seen++
    if (users >= (least.get(group) ?? Number.POSITIVE_INFINITY)) kept.push(code)
  })
  const weights = weigh(slots, items, kept)
  const strongest = strongestOf(kept, weights, items)
  return {
    a: Uint32Array.from(strongest, (at) => Math.floor(kept[at]! / items)),
    b: Uint32Array.from(strongest, (at) => kept[at]! % items),
    weights: Float64Array.from(strongest, (at) => weights[at]!),
    seen,
  }
}

/** The place of a value in an ascending list, or −1. */
function placeOf(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return ascending[low] === value ? low : -1
}

function weigh(
  { first, second, items: columns, weights: slotWeights }: SessionSlots,
  items: number,
  kept: readonly number[],
): Float64Array {
  const weights = new Float64Array(kept.length)
  for (let p = 0; p < first.length; p++) {
    const [x, y] = [columns[first[p]!]!, columns[second[p]!]!]
    const at = placeOf(kept, Math.min(x, y) * items + Math.max(x, y))
    if (at >= 0) weights[at]! += Math.min(slotWeights[first[p]!]!, slotWeights[second[p]!]!)
  }
  return weights
}

/** The places of the edges that are among the strongest of either end, ascending. */
function strongestOf(codes: readonly number[], weights: Float64Array, items: number): number[] {
  const partners = new Uint32Array(items)
  const isKept = new Uint8Array(codes.length)
  const order = Uint32Array.from(codes, (_, at) => at).sort(
    (x, y) => weights[y]! - weights[x]! || x - y,
  )
  for (const at of order) {
    const [a, b] = [Math.floor(codes[at]! / items), codes[at]! % items]
    if (partners[a]! < MAX_PARTNERS || partners[b]! < MAX_PARTNERS) isKept[at] = 1
    partners[a]!++
    partners[b]!++
  }
  return [...isKept.keys()].filter((at) => isKept[at] === 1)
}
