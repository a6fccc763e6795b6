import {
  type Bipartite,
  type Block,
  densestBlock,
  leftBefore,
  logColumnWeights,
  peel,
} from '../math/dense-block.ts'
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

/** The weight of each edge: clicks beyond expectation, times the camouflage-resistant weight of the item. */
export function excessWeights(graph: ClickGraph, clicks: Float64Array): Float64Array {
  const degrees = new Float64Array(graph.items)
  for (let edge = 0; edge < clicks.length; edge++) degrees[graph.item[edge]!]! += clicks[edge]!
  const columns = logColumnWeights(degrees)
  return clicks.map((count, edge) => (count - graph.expected[edge]!) * columns[graph.item[edge]!]!)
}

const bipartiteOf = (graph: ClickGraph, weight: Float64Array): Bipartite => ({
  rows: graph.users,
  columns: graph.items,
  row: graph.user,
  column: graph.item,
  weight,
})

/** A part of a graph: rows and columns of `inner` are the users and items of these codes. */
export interface Core {
  users: number[]
  items: number[]
  inner: Bipartite
  /** By edge of `inner`: its place in the whole graph. */
  edges: Uint32Array
}

/** By code, its place in a list, or −1. */
function placesIn(codes: readonly number[], length: number): Int32Array {
  const places = new Int32Array(length).fill(-1)
  for (const [place, code] of codes.entries()) places[code] = place
  return places
}

/**
 * What peeling leaves when the least node first weighs as much as a score. Each node of a denser block
 * weighs at least that within the block (Charikar 2000), so the search for blocks goes on in here.
 */
export function cutCore(graph: ClickGraph, weight: Float64Array, score: number): Core {
  const peeling = peel(bipartiteOf(graph, weight))
  const step = peeling.weight.findIndex((least) => least >= score)
  const { rows: users, columns: items } =
    step < 0 ? { rows: [], columns: [] } : leftBefore(peeling, step)
  const rowOf = placesIn(users, graph.users)
  const columnOf = placesIn(items, graph.items)
  const isInside = (edge: number): boolean =>
    rowOf[graph.user[edge]!]! >= 0 && columnOf[graph.item[edge]!]! >= 0
  const edges = Uint32Array.from({ length: weight.length }, (_, edge) => edge).filter(isInside)
  const inner = {
    rows: users.length,
    columns: items.length,
    row: edges.map((edge) => rowOf[graph.user[edge]!]!),
    column: edges.map((edge) => columnOf[graph.item[edge]!]!),
    weight: Float64Array.from(edges, (edge) => weight[edge]!),
  }
  return { users, items, inner, edges }
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

const REDRAWS = 3
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
    return densestBlock(bipartiteOf(graph, excessWeights(graph, clicks))).score
  })
  const mean = scores.reduce((sum, score) => sum + score, 0) / REDRAWS
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (REDRAWS - 1)
  return mean + ((GUMBEL_99 - EULER) * Math.sqrt(6 * variance)) / Math.PI
}
