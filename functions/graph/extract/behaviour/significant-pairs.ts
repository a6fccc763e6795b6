import { createTrades, type Incidence, tradeAll } from '../../../math/curveball.ts'
import {
  addCount,
  type ClassCounts,
  type Drawn,
  leastCounts,
} from '../../../math/false-discovery.ts'
import { seededUniform } from '../../../math/random.ts'

/**
 * Pairs that users made, and how the same users make them by chance. The incidence says which columns (items) each row
 * (a session) has, each once.
 */
export interface PairSlots {
  incidence: Incidence
  /** Columns of the incidence. */
  columns: number
  /** Upper limits of `first` and `second` of a pair. */
  firsts: number
  seconds: number
  /** first < second, and both are of one kind. */
  isSymmetric: boolean
  /** Pairs of user u are those from userOffsets[u] to userOffsets[u + 1]. */
  userOffsets: Uint32Array
  /** first · seconds + second of pair p, given the columns of the incidence. −1: it is no pair. */
  codeOf(columns: Uint32Array, p: number): number
}

export interface Significance {
  /** A pair needs as many users. */
  minUsers: number
  /** Of the pairs that are kept, at most this share is expected by chance. */
  falseDiscoveryRate: number
  seed: number
}

export interface SignificantPair {
  first: number
  second: number
  users: number
  /** One less the share of chance among pairs of its class with as many users: Storey's q-value. */
  confidence: number
}

const FIRST_TRADES = 10
const NEXT_TRADES = 3
/** With many pairs, fewer draws say the same. */
const MAX_DRAWS = 200
const MIN_DRAWS = 5
const DRAWN_PAIRS = 10_000_000

type VisitPair = (first: number, second: number, users: number, group: number) => void

/** The codes of all users' pairs, each user's once, ascending. `codes` is overwritten. */
function codesOf({ userOffsets, codeOf }: PairSlots, columns: Uint32Array, codes: Float64Array) {
  let length = 0
  for (let user = 0; user + 1 < userOffsets.length; user++) {
    const start = length
    for (let p = userOffsets[user]!; p < userOffsets[user + 1]!; p++) {
      const code = codeOf(columns, p)
      if (code >= 0) codes[length++] = code
    }
    if (length - start < 2) continue
    codes.subarray(start, length).sort()
    let kept = start + 1
    for (let at = start + 1; at < length; at++)
      if (codes[at] !== codes[at - 1]) codes[kept++] = codes[at]!
    length = kept
  }
  return codes.subarray(0, length).sort()
}

/**
 * Calls `visit` with each different pair. Pairs of one class have alike chances: the product of the numbers of pairs
 * that either end is in, within 19 %.
 */
function visitPairs(slots: PairSlots, columns: Uint32Array, codes: Float64Array, visit: VisitPair) {
  const { firsts, seconds, isSymmetric } = slots
  const found = codesOf(slots, columns, codes)
  const ofFirst = new Float64Array(firsts)
  const ofSecond = isSymmetric ? ofFirst : new Float64Array(seconds)
  for (const code of found) {
    ofFirst[Math.floor(code / seconds)]!++
    ofSecond[code % seconds]!++
  }
  const logFirst = ofFirst.map(Math.log2)
  const logSecond = isSymmetric ? logFirst : ofSecond.map(Math.log2)
  for (let at = 0; at < found.length; ) {
    const start = at
    const code = found[at]!
    while (at < found.length && found[at] === code) at++
    const [first, second] = [Math.floor(code / seconds), code % seconds]
    visit(first, second, at - start, Math.floor(4 * (logFirst[first]! + logSecond[second]!)))
  }
}

/** What is seen, and what shuffles of it show: rows keep their lengths, columns their numbers of rows. */
function countShuffles(slots: PairSlots, seed: number, codes: Float64Array): Drawn {
  const { incidence } = slots
  const [observed, drawn]: [ClassCounts, ClassCounts] = [new Map(), new Map()]
  const count = (counts: ClassCounts, columns: Uint32Array) =>
    visitPairs(slots, columns, codes, (_, __, users, group) => addCount(counts, group, users))
  count(observed, incidence.columns)
  const columns = incidence.columns.slice()
  const trades = createTrades({ ...incidence, columns }, slots.columns, seededUniform(seed))
  for (let round = 0; round < FIRST_TRADES; round++) tradeAll(trades)
  const affordable = Math.floor(DRAWN_PAIRS / Math.max(1, codes.length))
  const draws = Math.min(MAX_DRAWS, Math.max(MIN_DRAWS, affordable))
  for (let draw = 0; draw < draws; draw++) {
    for (let round = 0; round < NEXT_TRADES; round++) tradeAll(trades)
    count(drawn, columns)
  }
  return { observed, drawn, draws }
}

/** By class, and by count from its cut on: the q-value of a pair with that count (Storey and Tibshirani 2003). */
function qValues({ observed, drawn, draws }: Drawn, least: ReadonlyMap<number, number>) {
  const values = new Map<number, Map<number, number>>()
  for (const [group, cut] of least) {
    const counts = [...observed.get(group)!.keys()].filter((count) => count >= cut)
    const above = (counted: Map<number, number> | undefined, from: number): number =>
      [...(counted ?? [])].reduce((sum, [count, n]) => sum + (count >= from ? n : 0), 0)
    let best = 1
    const own = new Map<number, number>()
    for (const count of counts.sort((a, b) => a - b)) {
      const expected = (above(drawn.get(group), count) + 1) / draws
      best = Math.min(best, expected / above(observed.get(group), count))
      own.set(count, best)
    }
    values.set(group, own)
  }
  return values
}

/**
 * Pairs that more users made than chance explains, ascending by first and second. Chance is the log with the columns
 * shuffled between rows (see math/curveball.ts). O(pairs · log pairs) a draw.
 */
export function significantPairs(
  slots: PairSlots,
  { minUsers, falseDiscoveryRate, seed }: Significance,
): SignificantPair[] {
  const codes = new Float64Array(slots.userOffsets.at(-1)!)
  const counts = countShuffles(slots, seed, codes)
  const least = leastCounts(counts, minUsers, falseDiscoveryRate)
  const values = qValues(counts, least)
  const kept: SignificantPair[] = []
  visitPairs(slots, slots.incidence.columns, codes, (first, second, users, group) => {
    const q = values.get(group)?.get(users)
    if (q !== undefined) kept.push({ first, second, users, confidence: 1 - q })
  })
  return kept
}

/** Pairs that are among the `limit` with the most users of either end, in the same order. */
export function strongestPairs(
  pairs: readonly SignificantPair[],
  limit: number,
): SignificantPair[] {
  const partners = [new Map<number, number>(), new Map<number, number>()] as const
  const kept = new Set<number>()
  const order = [...pairs.keys()].sort((x, y) => pairs[y]!.users - pairs[x]!.users || x - y)
  for (const at of order) {
    const { first, second } = pairs[at]!
    const [a, b] = [partners[0].get(first) ?? 0, partners[1].get(second) ?? 0]
    if (a < limit || b < limit) kept.add(at)
    partners[0].set(first, a + 1)
    partners[1].set(second, b + 1)
  }
  return pairs.filter((_, at) => kept.has(at))
}
