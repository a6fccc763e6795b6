import { MinTree } from './min-tree.ts'

/** A bipartite graph as a list of edges. A pair of row and column appears at most once. */
export interface Bipartite {
  rows: number
  columns: number
  row: Uint32Array
  column: Uint32Array
  /** By edge. May be negative. */
  weight: Float64Array
}
export interface Block {
  /** Ascending. */
  rows: number[]
  columns: number[]
  /** Sum of the weights between them, divided by the number of rows and columns. */
  score: number
}

/** FRAUDAR's constant in 1 / log(degree + c): a column with few edges does not count without bound. */
const COLUMN_CONSTANT = 5

/**
 * Weights of columns that resist camouflage: an edge to a column of many edges says little (Hooi et al.
 * 2016, "FRAUDAR", section 4.3).
 */
export const logColumnWeights = (degrees: Float64Array): Float64Array =>
  degrees.map((degree) => 1 / Math.log(degree + COLUMN_CONSTANT))

/** Edges by node: those of a node are `edges.subarray(starts[node], starts[node + 1])`. */
function groupEdges(nodes: number, of: Uint32Array): { starts: Uint32Array; edges: Uint32Array } {
  const starts = new Uint32Array(nodes + 1)
  for (const node of of) starts[node + 1]!++
  for (let node = 0; node < nodes; node++) starts[node + 1]! += starts[node]!
  const next = starts.slice()
  const edges = new Uint32Array(of.length)
  for (let edge = 0; edge < of.length; edge++) edges[next[of[edge]!]!++] = edge
  return { starts, edges }
}

function sumByNode(nodes: number, of: Uint32Array, weight: Float64Array): Float64Array {
  const sums = new Float64Array(nodes)
  for (let edge = 0; edge < of.length; edge++) sums[of[edge]!]! += weight[edge]!
  return sums
}

/** Takes a node out: its edges no longer count for the nodes at their other ends. */
function takeOut(
  node: number,
  { starts, edges }: ReturnType<typeof groupEdges>,
  others: Uint32Array,
  otherTree: MinTree,
  weight: Float64Array,
): void {
  for (let at = starts[node]!; at < starts[node + 1]!; at++) {
    const edge = edges[at]!
    const other = others[edge]!
    // A node that is out has an infinite value, and stays out.
    otherTree.set(other, otherTree.valueAt(other) - weight[edge]!)
  }
}

const stillIn = (removedAt: Uint32Array, from: number): number[] =>
  Array.from(removedAt.keys()).filter((node) => removedAt[node]! >= from)

/**
 * The densest block by greedy peeling (Hooi et al. 2016, "FRAUDAR", algorithm 1; Charikar 2000): the
 * node of the least weight goes, until one side is empty; the best of all blocks on the way is the answer.
 * Without negative weights its score is at least half of the best one that exists. O(edges × log nodes).
 */
export function densestBlock({ rows, columns, row, column, weight }: Bipartite): Block {
  const byRow = groupEdges(rows, row)
  const byColumn = groupEdges(columns, column)
  const rowTree = new MinTree(sumByNode(rows, row, weight))
  const columnTree = new MinTree(sumByNode(columns, column, weight))
  const removedAt = [new Uint32Array(rows), new Uint32Array(columns)] as const
  for (const times of removedAt) times.fill(rows + columns)
  let total = weight.reduce((sum, value) => sum + value, 0)
  let [rowsLeft, columnsLeft] = [rows, columns]
  let best = { score: rows + columns > 0 ? total / (rows + columns) : 0, from: 0 }
  for (let removed = 0; rowsLeft > 0 && columnsLeft > 0; ) {
    const isRow = rowTree.least <= columnTree.least
    const tree = isRow ? rowTree : columnTree
    const node = tree.placeOfLeast()
    total -= tree.least
    if (isRow) takeOut(node, byRow, column, columnTree, weight)
    else takeOut(node, byColumn, row, rowTree, weight)
    tree.set(node, Number.POSITIVE_INFINITY)
    removedAt[isRow ? 0 : 1][node] = removed++
    if (isRow) rowsLeft--
    else columnsLeft--
    const left = rowsLeft + columnsLeft
    if (left > 0 && total / left > best.score) best = { score: total / left, from: removed }
  }
  return {
    rows: stillIn(removedAt[0], best.from),
    columns: stillIn(removedAt[1], best.from),
    score: best.score,
  }
}
