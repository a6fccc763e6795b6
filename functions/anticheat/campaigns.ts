import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import type { ScreenedEvents } from './events.ts'
import { type RepeatedClicks, repeatedClicks } from './repeated-clicks.ts'
import { fitSpread } from './spread.ts'

/** Items that the same users click again and again, more often than chance. */
export interface Campaign {
  items: readonly number[]
  /** Share of these items in all clickers, without the suspects. */
  share: number
}

/** By user: the items with at least two of the user's clicks, in order of their codes. */
function findRepeatedItems({ pairs }: RepeatedClicks): number[][] {
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
 * How many users are expected to repeat both of two items, per product of their squared shares: a user
 * with n clicks repeats an item with chance spread × n(n − 1)/2 × share². A user's interests also make repeats
 * come together: that factor is measured on all users, each counted once.
 */
function expectedPairs(
  model: RepeatedClicks,
  repeated: readonly (readonly number[])[],
): (first: number, second: number) => number {
  const { clicks, share, shape, suspects } = model
  const spread = 1 + 1 / shape
  const squares = share.reduce((sum, s) => sum + s * s, 0)
  const chances = clicks.map((n) => (spread * n * Math.max(0, n - 1)) / 2)
  const expected: number[] = []
  let found = 0
  let sum = 0
  chances.forEach((chance, user) => {
    sum += chance ** 2
    if (suspects.has(user)) return
    expected.push((chance * squares) ** 2 / 2)
    if (repeated[user]!.length >= 2) found++
  })
  const together = Math.max(1, fitSpread(expected, found))
  return (first, second) => together * sum * (share[first]! * share[second]!) ** 2
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

function findCampaigns(events: ScreenedEvents): Campaign[] {
  const model = repeatedClicks(events)
  const items = events.items.length
  const repeated = findRepeatedItems(model)
  const expected = expectedPairs(model, repeated)
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

/** Two users can share a taste. */
const MIN_USERS = 3

const known = new WeakMap<ScreenedEvents, Campaign[]>()
/**
 * Null model: users repeat items independently, given their clicks, the items' shares and the measured spread. The
 * number of users that repeat both of two items is then a negative binomial count. Bonferroni over all
 * pairs of items. Significant pairs that share an item are one campaign. O(events), and quadratic only in
 * the items that one user repeats. Once for the same events.
 */
export function campaignsIn(events: ScreenedEvents): readonly Campaign[] {
  const before = known.get(events)
  if (before) return before
  const campaigns = findCampaigns(events)
  known.set(events, campaigns)
  return campaigns
}
