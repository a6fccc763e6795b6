import { type Bipartite, type Block, densestBlock, logColumnWeights } from '../math/dense-block.ts'
import type { ScreenedEvents } from './events.ts'
import type { ExpectedClicks } from './expected-clicks.ts'
import type { UserItems } from './user-items.ts'

/** The graph of users (rows) and items (columns): each pair that was shown is an edge. */
export interface ClickGraph {
  users: number
  items: number
  user: Uint32Array
  item: Uint32Array
  clicks: Float64Array
  expected: Float64Array
}

/** Pairs with their clicks and what the fit expects of them. O(events). */
export function clickGraphOf(
  events: ScreenedEvents,
  { starts, item, clicks }: UserItems,
  { probability }: Pick<ExpectedClicks, 'probability'>,
  places: { starts: Uint32Array; places: Uint32Array },
): ClickGraph {
  const user = new Uint32Array(item.length)
  const expected = new Float64Array(item.length)
  const rowOf = new Uint32Array(events.items.length)
  for (let u = 0; u < events.users.length; u++) {
    for (let row = starts[u]!; row < starts[u + 1]!; row++) {
      user[row] = u
      rowOf[item[row]!] = row
    }
    for (let at = places.starts[u]!; at < places.starts[u + 1]!; at++) {
      const place = places.places[at]!
      if (events.outcome[place]! < 0) expected[rowOf[events.item[place]!]!]! += probability[place]!
    }
  }
  return {
    users: events.users.length,
    items: events.items.length,
    ...{ user, item, clicks: Float64Array.from(clicks), expected },
  }
}

/** Numbers the nodes that are in, from 0. */
function renumber(isIn: Uint8Array): { codes: number[]; number: Uint32Array } {
  const codes: number[] = []
  const number = new Uint32Array(isIn.length)
  for (const [code, is] of isIn.entries()) if (is) number[code] = codes.push(code) - 1
  return { codes, number }
}

/**
 * Nodes that can be in a block of a score: each node of the best block weighs at least its score within the
 * block. So a node whose positive edges weigh less is out, and so on. O(edges) a round, and few rounds.
 */
function coreOf(graph: ClickGraph, weight: Float64Array, score: number): [Uint8Array, Uint8Array] {
  const [users, items] = [new Uint8Array(graph.users).fill(1), new Uint8Array(graph.items).fill(1)]
  for (let isSmaller = true; isSmaller; ) {
    const [userSums, itemSums] = [new Float64Array(graph.users), new Float64Array(graph.items)]
    for (let edge = 0; edge < weight.length; edge++) {
      const [u, i] = [graph.user[edge]!, graph.item[edge]!]
      if (weight[edge]! <= 0 || !users[u] || !items[i]) continue
      userSums[u]! += weight[edge]!
      itemSums[i]! += weight[edge]!
    }
    isSmaller = false
    for (const [isIn, sums] of [
      [users, userSums],
      [items, itemSums],
    ] as const)
      for (let node = 0; node < isIn.length; node++)
        if (isIn[node] && sums[node]! < score) {
          isIn[node] = 0
          isSmaller = true
        }
  }
  return [users, items]
}

/** The weight of each edge: clicks beyond expectation, times the camouflage-resistant weight of the item. */
export function excessWeights(graph: ClickGraph, clicks: Float64Array): Float64Array {
  const degrees = new Float64Array(graph.items)
  for (let edge = 0; edge < clicks.length; edge++) degrees[graph.item[edge]!]! += clicks[edge]!
  const columns = logColumnWeights(degrees)
  return clicks.map((count, edge) => (count - graph.expected[edge]!) * columns[graph.item[edge]!]!)
}

/** The part of a graph that can be in a block of at least a score. */
export interface Core {
  /** Codes of its users and items: rows and columns of `inner`. */
  users: number[]
  items: number[]
  inner: Bipartite
  /** By edge of `inner`: its place in the whole graph. */
  edges: number[]
}
export function cutCore(graph: ClickGraph, weight: Float64Array, score: number): Core {
  const [isUserIn, isItemIn] = coreOf(graph, weight, score)
  const [users, items] = [renumber(isUserIn), renumber(isItemIn)]
  const edges: number[] = []
  for (let edge = 0; edge < weight.length; edge++)
    if (isUserIn[graph.user[edge]!] && isItemIn[graph.item[edge]!]) edges.push(edge)
  const inner = {
    rows: users.codes.length,
    columns: items.codes.length,
    row: Uint32Array.from(edges, (edge) => users.number[graph.user[edge]!]!),
    column: Uint32Array.from(edges, (edge) => items.number[graph.item[edge]!]!),
    weight: Float64Array.from(edges, (edge) => weight[edge]!),
  }
  return { users: users.codes, items: items.codes, inner, edges }
}

/** The densest block of a core, by the codes of users and items. */
export function densestIn({ users, items, inner }: Core): Block {
  const { rows, columns, score } = densestBlock(inner)
  return {
    rows: rows.map((row) => users[row]!),
    columns: columns.map((column) => items[column]!),
    score,
  }
}

/** The score of the densest block. Cores of falling scores are tried, so that most of the graph is left out. */
function densestScore(graph: ClickGraph, weight: Float64Array): number {
  const sums = new Float64Array(graph.users)
  for (let edge = 0; edge < weight.length; edge++)
    if (weight[edge]! > 0) sums[graph.user[edge]!]! += weight[edge]!
  for (let least = sums.reduce((a, b) => Math.max(a, b), 0); least > 1e-3; least /= 2) {
    const { score } = densestIn(cutCore(graph, weight, least))
    if (score >= least) return score
  }
  return 0
}

const REDRAWS = 5
/** ln(−ln 0.99) and Euler's constant: for the 99 % quantile of a Gumbel distribution by its moments. */
const GUMBEL_99 = 4.600_149
const EULER = 0.577_216

/**
 * The score that the densest block of honest clicks reaches in one of a hundred runs: clicks are drawn
 * again with their expected probabilities, which keeps the clicks of each user, item and position on
 * average, and the greatest scores of some redraws give the parameters of a Gumbel distribution.
 */
export function honestScore(graph: ClickGraph, shown: Uint32Array, uniform: () => number): number {
  const scores = Array.from({ length: REDRAWS }, () => {
    const clicks = graph.clicks.map((_, edge) => {
      const chance = graph.expected[edge]! / shown[edge]!
      let count = 0
      for (let n = shown[edge]!; n > 0; n--) if (uniform() < chance) count++
      return count
    })
    return densestScore(graph, excessWeights(graph, clicks))
  })
  const mean = scores.reduce((sum, score) => sum + score, 0) / REDRAWS
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (REDRAWS - 1)
  return mean + ((GUMBEL_99 - EULER) * Math.sqrt(6 * variance)) / Math.PI
}
