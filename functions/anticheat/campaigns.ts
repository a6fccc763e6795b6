import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import type { RepeatModel } from './repeated-clicks.ts'
import { fitSpread } from './spread.ts'

/** Items that the same users click again and again, more often than chance. */
export interface Campaign {
  items: readonly number[]
  /** Share of these items in all clickers, without the suspects. */
  share: number
}

/** By user: the items with at least two of the user's clicks, in order of their codes. */
function findRepeatedItems({ pairs }: RepeatModel): number[][] {
  return Array.from({ length: pairs.starts.length - 1 }, (_, user) => {
    const repeated: number[] = []
    for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++)
      if (pairs.clicks[row]! >= 2) repeated.push(pairs.item[row]!)
    return repeated.sort((a, b) => a - b)
  })
}

/** A user counts for at most this many items, the smallest codes: pairs are quadratic in them. */
const MAX_REPEATED = 64

function countPairs(repeated: readonly (readonly number[])[], items: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (const own of repeated) {
    const some = own.slice(0, MAX_REPEATED)
    for (const [place, first] of some.entries())
      for (const second of some.slice(place + 1)) {
        const key = first * items + second
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
  }
  return counts
}

/** P(X ≥ 2) of a negative binomial count. */
function chanceOfRepeat(mean: number, shape: number): number {
  const none = (1 + mean / shape) ** -shape
  return Math.max(0, 1 - none * (1 + (shape * mean) / (mean + shape)))
}

/**
 * How many users are expected to repeat both of two items with these shares. A user's interests also make
 * repeats come together: that factor is measured on all users that are no suspects, each counted once.
 */
function expectedPairs(
  { clicks, share, shape }: RepeatModel,
  repeated: readonly (readonly number[])[],
  isSuspect: (user: number) => boolean,
): (first: number, second: number) => number {
  const squares = share.reduce((sum, s) => sum + s * s, 0)
  const usersByClicks = new Map<number, number>()
  const expected: number[] = []
  let found = 0
  clicks.forEach((n, user) => {
    if (n < 2 || isSuspect(user)) return
    usersByClicks.set(n, (usersByClicks.get(n) ?? 0) + 1)
    expected.push((((1 + 1 / shape) * n * (n - 1) * squares) / 2) ** 2 / 2)
    if (repeated[user]!.length >= 2) found++
  })
  const together = Math.max(1, fitSpread(expected, found))
  return (first, second) => {
    let sum = 0
    for (const [n, users] of usersByClicks)
      sum += users * chanceOfRepeat(n * first, shape) * chanceOfRepeat(n * second, shape)
    return together * sum
  }
}

/** Joins items by their pairs (union and find, with path halving). */
export function joinItems(pairs: readonly (readonly [number, number])[]): number[][] {
  const parent = new Map<number, number>()
  const rootOf = (item: number): number => {
    let at = item
    for (let up = parent.get(at) ?? at; up !== at; up = parent.get(at) ?? at) {
      parent.set(at, parent.get(up) ?? up)
      at = up
    }
    return at
  }
  for (const [first, second] of pairs) {
    const [a, b] = [rootOf(first), rootOf(second)].sort((x, y) => x - y) as [number, number]
    parent.set(a, a)
    parent.set(b, a)
    for (const item of [first, second]) if (!parent.has(item)) parent.set(item, a)
  }
  const groups = new Map<number, number[]>()
  for (const item of [...parent.keys()].sort((a, b) => a - b)) {
    const root = rootOf(item)
    groups.set(root, [...(groups.get(root) ?? []), item])
  }
  return [...groups.values()]
}

/** A few users can share a taste. */
const MIN_USERS = 5
/** The expected number itself varies between pairs of items, as an exponential variable does. */
const SHAPE_OF_PAIRS = 1

/**
 * Null model: users repeat items independently, given their clicks, the items' shares and the measured spread. The
 * number of users that repeat both of two items is then a negative binomial count. The shares are those
 * among all other users. One user fewer must still be significant, so that no user makes the campaign that accuses
 * it. Bonferroni over all pairs of items. Significant pairs that share an item are one campaign. O(pairs of a
 * user and an item), and quadratic only in the items that one user repeats.
 */
export function findCampaigns(
  model: RepeatModel,
  isSuspect: (user: number) => boolean,
): readonly Campaign[] {
  const items = model.share.length
  const repeated = findRepeatedItems(model)
  const expected = expectedPairs(model, repeated, isSuspect)
  const sum = model.voices.reduce((a, b) => a + b, 0)
  const logTests = Math.log((items * (items - 1)) / 2)
  const pairs: [number, number][] = []
  for (const [key, users] of countPairs(repeated, items)) {
    if (users < MIN_USERS) continue
    const [first, second] = [Math.floor(key / items), key % items]
    const [a, b] = [first, second].map((item) => Math.max(1, model.voices[item]! - users) / sum)
    const logChance = logNegativeBinomialTail(users - 1, expected(a!, b!), SHAPE_OF_PAIRS)
    if (logChance + logTests <= LOG_FALSE_RUNS) pairs.push([first, second])
  }
  return joinItems(pairs).map((group) => ({
    items: group,
    share: group.reduce((total, item) => total + model.share[item]!, 0),
  }))
}
