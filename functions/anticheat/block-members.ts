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

/** The block's share of the pairs that others clicked: each user is one voice on an item. */
function shareOf(graph: ClickGraph, isInBlock: Uint8Array, isOut: Uint8Array): number {
  let [onBlock, all] = [1, 1]
  for (let edge = 0; edge < graph.clicks.length; edge++) {
    if (graph.clicks[edge] === 0 || isOut[graph.user[edge]!]) continue
    all++
    if (isInBlock[graph.item[edge]!]) onBlock++
  }
  return onBlock / all
}

/** Users that are expected to have at least `least` clicks (2 or 3) on the block. */
function expectedUsers(means: readonly number[], shape: number, least: number): number {
  let sum = 0
  for (const mean of means) {
    const odds = mean / (mean + shape)
    const none = (shape / (mean + shape)) ** shape
    const one = none * shape * odds
    const two = one * ((shape + 1) / 2) * odds
    sum += 1 - none - one - (least === 3 ? two : 0)
  }
  return sum
}

/** Shapes from almost no variation to a very long tail. */
const SHAPES = { least: 0.02, most: 1000 }

/**
 * The shape of the gamma factor by which tastes move the expected clicks of others on the block's items: as
 * many of them have two clicks, and three, as would with this shape, and the heavier tail of the two
 * holds. Each user counts once, so that a few cheats among them change little. One user more is
 * assumed than there is.
 */
function fitShape({ all, onBlock }: Counts, share: number, isOut: Uint8Array): number {
  const others = Array.from(all.keys()).filter((user) => all[user]! > 0 && !isOut[user])
  const means = others.map((user) => all[user]! * share)
  const shapes = [2, 3].map((least) => {
    const found = 1 + others.filter((user) => onBlock[user]! >= least).length
    let [low, high] = [Math.log(SHAPES.least), Math.log(SHAPES.most)]
    for (let step = 0; step < 20; step++) {
      const middle = (low + high) / 2
      if (expectedUsers(means, Math.exp(middle), least) > found) low = middle
      else high = middle
    }
    return Math.exp(low)
  })
  return Math.min(...shapes)
}

/** One item alone is no block, and with fewer clicks the shape is not measured. */
const MIN_ITEMS = 2
const MIN_CLICKS = 3
const MIN_MEMBERS = 3
/** Members found in one round no longer speak for the crowd in the next one. */
const ROUNDS = 3

/** Which users pass if the `isOut` ones do not speak for the crowd. */
function testUsers(
  graph: ClickGraph,
  counts: Counts,
  isInBlock: Uint8Array,
  isOut: Uint8Array,
): { user: number; expected: number; logChance: number }[] {
  const share = shareOf(graph, isInBlock, isOut)
  const shape = fitShape(counts, share, isOut)
  const items = isInBlock.reduce((sum, is) => sum + is, 0)
  const tested = Array.from(counts.all.keys())
    .filter((user) => counts.onBlock[user]! >= MIN_CLICKS && counts.different[user]! >= MIN_ITEMS)
    .map((user) => {
      const expected = counts.all[user]! * share
      return {
        user,
        expected,
        logChance: logNegativeBinomialTail(counts.onBlock[user]!, expected, shape),
      }
    })
    .sort((a, b) => a.logChance - b.logChance || a.user - b.user)
  const choice = logChoose(graph.items, items)
  const corrected = tested.map((one, n) => ({
    ...one,
    logChance: one.logChance + Math.log(graph.users / (n + 1)) + choice / (n + 1),
  }))
  const last = corrected.findLastIndex(({ logChance }) => logChance <= LOG_FALSE_RUNS)
  // A member is no surer than the last one whose place in the order it needs.
  return corrected.slice(0, last + 1).map((one, n) => ({
    ...one,
    logChance: Math.max(corrected[last]!.logChance, tested[n]!.logChance),
  }))
}

/**
 * The users of a dense block, and others who click its items as they do. Null model: a user's clicks
 * fall on the block's items with the share that users outside of the block show, times a gamma factor
 * of taste that is measured from these users. The threshold is that of Benjamini & Hochberg (1995)
 * over all users; besides, the members pay together for the choice of the items: ln of the number of
 * such sets. O(edges) a round.
 */
export function membersOf(
  graph: ClickGraph,
  users: readonly number[],
  items: readonly number[],
): Member[] {
  const isInBlock = new Uint8Array(graph.items)
  for (const item of items) isInBlock[item] = 1
  const counts = countClicks(graph, isInBlock)
  let isOut = new Uint8Array(graph.users)
  for (const user of users) isOut[user] = 1
  let found: ReturnType<typeof testUsers> = []
  for (let round = 0; round < ROUNDS; round++) {
    found = testUsers(graph, counts, isInBlock, isOut)
    if (found.length < MIN_MEMBERS) return []
    isOut = new Uint8Array(graph.users)
    for (const { user } of found) isOut[user] = 1
  }
  const itemsOf = new Map(found.map(({ user }) => [user, [] as number[]]))
  for (let edge = 0; edge < graph.clicks.length; edge++)
    if (graph.clicks[edge]! > 0 && isInBlock[graph.item[edge]!])
      itemsOf.get(graph.user[edge]!)?.push(graph.item[edge]!)
  return found.map((member) => ({ ...member, items: itemsOf.get(member.user)! }))
}
