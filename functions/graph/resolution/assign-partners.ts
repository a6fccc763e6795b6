import { assign } from '../../math/assignment.ts'
import type { MatchingEdges } from '../../math/matching-marginals.ts'
import { type Candidates, edgesOf } from './candidates.ts'

/** A larger group of records is assigned greedily. */
const MAX_EXACT = 60

/** Groups of pairs that are connected by common records. */
function components({ a, b, nodes }: MatchingEdges, among: readonly number[]): number[][] {
  const parent = Int32Array.from({ length: nodes }, (_, at) => at)
  const rootOf = (node: number): number => {
    let at = node
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }
  for (const pair of among) {
    const [x, y] = [rootOf(a[pair]!), rootOf(b[pair]!)]
    if (x !== y) parent[Math.max(x, y)] = Math.min(x, y)
  }
  return [...Map.groupBy(among, (pair) => rootOf(a[pair]!)).values()]
}

function assignExactly(
  { left, right }: Candidates,
  gains: Float64Array,
  pairs: readonly number[],
): number[] | null {
  const rows = [...new Set(pairs.map((pair) => left[pair]!))]
  const columns = [...new Set(pairs.map((pair) => right[pair]!))]
  if (rows.length > MAX_EXACT || columns.length > MAX_EXACT) return null
  const rowOf = new Map(rows.map((row, at) => [row, at]))
  const columnOf = new Map(columns.map((column, at) => [column, at]))
  const weights = new Float64Array(rows.length * columns.length).fill(Number.NEGATIVE_INFINITY)
  const pairAt = new Map<number, number>()
  for (const pair of pairs) {
    const cell = rowOf.get(left[pair]!)! * columns.length + columnOf.get(right[pair]!)!
    weights[cell] = gains[pair]!
    pairAt.set(cell, pair)
  }
  return [...assign(weights, rows.length, columns.length)].flatMap((column, row) =>
    column === -1 ? [] : [pairAt.get(row * columns.length + column)!],
  )
}

function assignGreedily(
  { left, right }: Candidates,
  gains: Float64Array,
  pairs: readonly number[],
): number[] {
  const [leftTaken, rightTaken] = [new Set<number>(), new Set<number>()]
  return [...pairs]
    .sort((a, b) => gains[b]! - gains[a]! || a - b)
    .filter((pair) => {
      if (leftTaken.has(left[pair]!) || rightTaken.has(right[pair]!)) return false
      leftTaken.add(left[pair]!)
      rightTaken.add(right[pair]!)
      return true
    })
}

/**
 * One partner at most for each record, so that the sum of gains is greatest. Pairs of a gain below `least` are left
 * out. Exact in groups of at most 60 records on a side, greedy in larger ones. Returns places of pairs, ascending.
 */
export function assignPartners(
  candidates: Candidates,
  gains: Float64Array,
  least: number,
): number[] {
  const among = [...gains.keys()].filter((pair) => gains[pair]! >= least)
  return components(edgesOf(candidates), among)
    .flatMap(
      (pairs) =>
        assignExactly(candidates, gains, pairs) ?? assignGreedily(candidates, gains, pairs),
    )
    .sort((a, b) => a - b)
}
