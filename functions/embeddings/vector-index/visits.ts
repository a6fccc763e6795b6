import type { VectorIndexHeader } from '../../contract/vector-index.ts'
import { descending } from '../../math/descending.ts'
import type { RowMatrix } from '../../math/dot-rows.ts'
import { TopK } from '../../math/top-k.ts'

export type Visits = VectorIndexHeader['visits']

/** Depths that the number of visited cells is chosen for. */
const DEPTHS = [10, 100] as const

/** A query over cells. */
export interface SampledQuery {
  /** As long as a centroid. */
  vector: Float32Array
  /** The row that the query was made of: it is not counted. -1: none. */
  self: number
}

/** The visits of an index of one cell. */
export const VISIT_ALL: Visits = [{ depth: DEPTHS[0], cells: 1, recall: 1 }]

/** For each depth, how many of the nearest rows are in the cell that a search visits as its nth. */
function countRanks(
  rows: RowMatrix,
  cellOf: Uint32Array,
  centroids: RowMatrix,
  queries: readonly SampledQuery[],
): Float64Array[] {
  const counts = DEPTHS.map(() => new Float64Array(centroids.rows))
  const rankOf = new Uint32Array(centroids.rows)
  for (const { vector, self } of queries) {
    let rank = 0
    for (const cell of descending(centroids.scoresOf(vector))) rankOf[cell] = rank++
    const best = new TopK(DEPTHS.at(-1)!)
    const scores = rows.scoresOf(vector)
    for (let row = 0; row < scores.length; row++)
      if (row !== self && best.admits(scores[row]!, row)) best.keep(scores[row]!, row)
    for (const [i, { place }] of best.sorted().entries())
      for (const [d, depth] of DEPTHS.entries())
        if (i < depth) counts[d]![rankOf[cellOf[place]!]!]!++
  }
  return counts
}

/**
 * For each depth the fewest cells that hold the share `minRecall` of the nearest rows of sampled queries,
 * when each query visits the nearest cells. Every cell is the most that it can be, with a recall of 1.
 */
export function chooseVisits(
  rows: RowMatrix,
  cellOf: Uint32Array,
  centroids: RowMatrix,
  queries: readonly SampledQuery[],
  minRecall: number,
): Visits {
  return countRanks(rows, cellOf, centroids, queries).map((counts, d) => {
    const all = counts.reduce((sum, n) => sum + n, 0)
    let cells = 0
    let found = 0
    while (cells < counts.length && (cells === 0 || found < minRecall * all))
      found += counts[cells++]!
    return { depth: DEPTHS[d]!, cells, recall: all > 0 ? found / all : 1 }
  })
}

/**
 * Cells to visit for the best `depth`: between two measured depths on the line between them, and below the
 * first as for the first. Beyond the last it grows with the depth.
 */
export function visitsFor(visits: Visits, depth: number): number {
  const next = visits.findIndex((visit) => depth <= visit.depth)
  if (next === 0) return visits[0]!.cells
  const last = visits.at(-1)!
  if (next < 0) return Math.ceil((last.cells * depth) / last.depth)
  const [from, to] = [visits[next - 1]!, visits[next]!]
  const share = (depth - from.depth) / (to.depth - from.depth)
  return Math.ceil(from.cells + share * (to.cells - from.cells))
}
