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

/**
 * How many users are expected to repeat both of two items. A user with n clicks repeats an item with chance
 * 1 − exp(−spread × n(n − 1)/2 × share²). A user's interests also make repeats come together: that
 * factor is measured on all users that are no suspects, each counted once.
 */
function expectedPairs(
  { clicks, share, shape }: RepeatModel,
  repeated: readonly (readonly number[])[],
  isSuspect: (user: number) => boolean,
): (first: number, second: number) => number {
  const spread = 1 + 1 / shape
  const squares = share.reduce((sum, s) => sum + s * s, 0)
  const usersByClicks = new Map<number, number>()
  const expected: number[] = []
  let found = 0
  clicks.forEach((n, user) => {
    if (n < 2) return
    usersByClicks.set(n, (usersByClicks.get(n) ?? 0) + 1)
    if (isSuspect(user)) return
    expected.push(((spread * n * (n - 1) * squares) / 2) ** 2 / 2)
    if (repeated[user]!.length >= 2) found++
  })
  const together = Math.max(1, fitSpread(expected, found))
  return (first, second) => {
    let sum = 0
    for (const [n, users] of usersByClicks) {
      const chance = (spread * n * (n - 1)) / 2
      sum +=
        users * Math.expm1(-chance * share[first]! ** 2) * Math.expm1(-chance * share[second]! ** 2)
    }
    return together * sum
  }
}

/** Joins items by their pairs (union and find, with path halving). */
function joinItems(pairs: readonly (readonly [number, number])[]): number[][] {
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

/** Two users can share a taste. */
const MIN_USERS = 3

/**
 * Null model: users repeat items independently, given their clicks, the items' shares and the measured spread. The
 * number of users that repeat both of two items is then a negative binomial count. Bonferroni over all
 * pairs of items. Significant pairs that share an item are one campaign. O(pairs of a user and an item),
 * and quadratic only in the items that one user repeats.
 */
export function findCampaigns(
  model: RepeatModel,
  isSuspect: (user: number) => boolean,
): readonly Campaign[] {
  const items = model.share.length
  const repeated = findRepeatedItems(model)
  const expected = expectedPairs(model, repeated, isSuspect)
  const logTests = Math.log((items * (items - 1)) / 2)
  const pairs: [number, number][] = []
  for (const [key, users] of countPairs(repeated, items)) {
    if (users < MIN_USERS) continue
    const [first, second] = [Math.floor(key / items), key % items]
    const logChance = logNegativeBinomialTail(users, expected(first, second), model.shape)
    if (logChance + logTests <= LOG_FALSE_RUNS) pairs.push([first, second])
  }
  return joinItems(pairs).map((group) => ({
    items: group,
    share: group.reduce((sum, item) => sum + model.share[item]!, 0),
  }))
}
