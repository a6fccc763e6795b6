import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import { logChoose } from '../math/smallest-chances.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import type { ClickGraph } from './click-graph.ts'

/** A user whose clicks on a block's items the crowd outside of the block does not explain. */
export interface Member {
  user: number
  /** Those of the block's items that the user clicked. */
  items: number[]
  expected: number
  /** ln of the chance, after the correction for the choice of users and items. */
  logChance: number
}

/** Clicks of each user: all, and those on the block's items. */
interface Counts {
  all: Float64Array
  onBlock: Float64Array
  /** Different items of the block that the user clicked. */
  different: Uint32Array
}

function countClicks(graph: ClickGraph, isInBlock: Uint8Array): Counts {
  const { users } = graph
  const counts = {
    all: new Float64Array(users),
    onBlock: new Float64Array(users),
    different: new Uint32Array(users),
  }
  for (let edge = 0; edge < graph.clicks.length; edge++) {
    const [user, clicks] = [graph.user[edge]!, graph.clicks[edge]!]
    if (clicks === 0) continue
    counts.all[user]! += clicks
    if (!isInBlock[graph.item[edge]!]) continue
    counts.onBlock[user]! += clicks
    counts.different[user]!++
  }
  return counts
}

/** Chances of exactly one and of exactly two clicks: negative binomial with a mean and a shape. */
function chancesOf(mean: number, shape: number): [one: number, two: number] {
  const odds = mean / (mean + shape)
  const one = (shape / (mean + shape)) ** shape * shape * odds
  return [one, (one * (shape + 1) * odds) / 2]
}

/** The greatest value of a range at which a falling claim still holds, on a logarithmic scale. */
function bisect(least: number, most: number, holds: (value: number) => boolean): number {
  let [low, high] = [Math.log(least), Math.log(most)]
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2
    if (holds(Math.exp(middle))) low = middle
    else high = middle
  }
  return Math.exp(low)
}

/** Of the crowd: the block's share of a user's clicks, and the shape of the gamma factor that varies it. */
interface Crowd {
  share: number
  shape: number
}
/** From a very long tail to almost no variation. */
const SHAPES = { least: 0.02, most: 1000 }
const ALTERNATIONS = 4

/**
 * Fits the null model to the users with one click on the block and those with two: as many have them as
 * would have. Cheats have more, so they do not speak for the crowd (an empirical null, Efron 2004). Each
 * count is one larger than it is.
 */
function fitCrowd({ all, onBlock }: Counts): Crowd {
  const active = Array.from(all.keys()).filter((user) => all[user]! > 0)
  const found = [1, 2].map((n) => 1 + active.filter((user) => onBlock[user] === n).length)
  // Users with the same number of clicks have the same chances.
  const users = new Map<number, number>()
  for (const user of active) users.set(all[user]!, (users.get(all[user]!) ?? 0) + 1)
  const expected = ({ share, shape }: Crowd, n: 0 | 1): number => {
    let sum = 0
    for (const [clicks, count] of users) sum += count * chancesOf(clicks * share, shape)[n]
    return sum
  }
  let crowd: Crowd = { share: 1e-6, shape: SHAPES.most }
  for (let round = 0; round < ALTERNATIONS; round++) {
    const { shape } = crowd
    // Beyond this share more users would have three clicks and fewer have one.
    const most = active.length / active.reduce((sum, user) => sum + all[user]!, 0)
    const share = bisect(1e-9, most, (value) => expected({ share: value, shape }, 0) < found[0]!)
    const isSteady = (value: number): boolean => expected({ share, shape: value }, 1) > found[1]!
    crowd = { share, shape: bisect(SHAPES.least, SHAPES.most, isSteady) }
  }
  return crowd
}

/** One item alone is no block. One click or two are what the crowd is measured by. */
const MIN_ITEMS = 2
const MIN_CLICKS = 3
const MIN_MEMBERS = 3

/** Users whose clicks on the block the crowd does not explain, the surest first. */
function testUsers(graph: ClickGraph, counts: Counts, items: number): Omit<Member, 'items'>[] {
  const { share, shape } = fitCrowd(counts)
  const tested = Array.from(counts.all.keys())
    .filter((user) => counts.onBlock[user]! >= MIN_CLICKS && counts.different[user]! >= MIN_ITEMS)
    .map((user) => {
      const expected = counts.all[user]! * share
      const logChance = logNegativeBinomialTail(counts.onBlock[user]!, expected, shape)
      return { user, expected, logChance }
    })
    .sort((a, b) => a.logChance - b.logChance || a.user - b.user)
  const choice = logChoose(graph.items, items)
  const corrected = tested.map(
    ({ logChance }, n) => logChance + Math.log(graph.users / (n + 1)) + choice / (n + 1),
  )
  const last = corrected.findLastIndex((logChance) => logChance <= LOG_FALSE_RUNS)
  // The smallest chance from its place on, as Benjamini and Hochberg adjust it.
  let least = 0
  return tested
    .slice(0, last + 1)
    .reverse()
    .map((one, n) => {
      least = Math.min(least, corrected[last - n]!)
      return { ...one, logChance: least }
    })
    .reverse()
}

/**
 * The users who click a block's items more than others do, in the block or not. Null model: a user's clicks
 * fall on the items with the crowd's share, times a gamma factor of taste; both are measured from users
 * with one or two such clicks. The threshold is that of Benjamini & Hochberg (1995) over all users;
 * besides, the members pay together for the choice of the items: ln of the number of such sets.
 * O(edges).
 */
export function membersOf(graph: ClickGraph, items: readonly number[]): Member[] {
  const isInBlock = new Uint8Array(graph.items)
  for (const item of items) isInBlock[item] = 1
  const found = testUsers(graph, countClicks(graph, isInBlock), items.length)
  if (found.length < MIN_MEMBERS) return []
  const itemsOf = new Map(found.map(({ user }) => [user, [] as number[]]))
  for (let edge = 0; edge < graph.clicks.length; edge++)
    if (graph.clicks[edge]! > 0 && isInBlock[graph.item[edge]!])
      itemsOf.get(graph.user[edge]!)?.push(graph.item[edge]!)
  return found.map((member) => ({ ...member, items: itemsOf.get(member.user)! }))
}
