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
function groupEdges(nodes: number, ends: Uint32Array): { starts: Uint32Array; edges: Uint32Array } {
  const starts = new Uint32Array(nodes + 1)
  for (const node of ends) starts[node + 1]!++
  for (let node = 0; node < nodes; node++) starts[node + 1]! += starts[node]!
  const next = starts.slice()
  const edges = new Uint32Array(ends.length)
  for (let edge = 0; edge < ends.length; edge++) edges[next[ends[edge]!]!++] = edge
  return { starts, edges }
}

function sumByNode(nodes: number, ends: Uint32Array, weight: Float64Array): Float64Array {
  const sums = new Float64Array(nodes)
  for (let edge = 0; edge < ends.length; edge++) sums[ends[edge]!]! += weight[edge]!
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

/** In which order greedy peeling removes nodes. Step n takes one node out of what n steps have left. */
export interface Peeling {
  /** By row and by column: its step. Nodes that are never removed have the number of all nodes. */
  rowStep: Uint32Array
  columnStep: Uint32Array
  /** By step: the weight that the node had, and the score of what the steps before it have left. */
  weight: Float64Array
  score: Float64Array
}

/**
 * Takes out the node of the least weight, until one side is empty (Hooi et al. 2016, "FRAUDAR", algorithm
 * 1; Charikar 2000). O(edges × log nodes).
 */
export function peel({ rows, columns, row, column, weight }: Bipartite): Peeling {
  const nodes = rows + columns
  const byRow = groupEdges(rows, row)
  const byColumn = groupEdges(columns, column)
  const rowTree = new MinTree(sumByNode(rows, row, weight))
  const columnTree = new MinTree(sumByNode(columns, column, weight))
  const rowStep = new Uint32Array(rows).fill(nodes)
  const columnStep = new Uint32Array(columns).fill(nodes)
  const [weights, scores] = [new Float64Array(nodes), new Float64Array(nodes)]
  let total = 0
  for (let edge = 0; edge < weight.length; edge++) total += weight[edge]!
  let [rowsLeft, columnsLeft, step] = [rows, columns, 0]
  for (; rowsLeft > 0 && columnsLeft > 0; step++) {
    const isRow = rowTree.least <= columnTree.least
    const tree = isRow ? rowTree : columnTree
    const node = tree.placeOfLeast()
    weights[step] = tree.least
    scores[step] = total / (rowsLeft + columnsLeft)
    total -= tree.least
    if (isRow) takeOut(node, byRow, column, columnTree, weight)
    else takeOut(node, byColumn, row, rowTree, weight)
    tree.set(node, Number.POSITIVE_INFINITY)
    if (isRow) {
      rowStep[node] = step
      rowsLeft--
    } else {
      columnStep[node] = step
      columnsLeft--
    }
  }
  return {
    ...{ rowStep, columnStep },
    weight: weights.subarray(0, step),
    score: scores.subarray(0, step),
  }
}

/** What the steps before one have left. */
export function leftBefore({ rowStep, columnStep }: Peeling, step: number): Omit<Block, 'score'> {
  const nodesFrom = (steps: Uint32Array): number[] =>
    Array.from(steps.keys()).filter((node) => steps[node]! >= step)
  return { rows: nodesFrom(rowStep), columns: nodesFrom(columnStep) }
}

/**
 * The densest block on the way of greedy peeling. Without negative weights its score is at least half of
 * the best one that exists.
 */
export function densestBlock(graph: Bipartite): Block {
  const peeling = peel(graph)
  let best = 0
  for (let step = 1; step < peeling.score.length; step++)
    if (peeling.score[step]! > peeling.score[best]!) best = step
  return { ...leftBefore(peeling, best), score: peeling.score[best] ?? 0 }
}
