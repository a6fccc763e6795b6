import type { VectorTable } from '../../contract/space.ts'
import type { VectorSide } from '../../contract/vector-index.ts'
import { InvalidInput } from '../../core/errors.ts'
import type { Vectors } from './sorted-vectors.ts'

/** The items of a space. */
export interface SpaceItems {
  table: VectorTable
  dimensions: number
  /** α of the score in(user)·out(item) + α·log(1 + degree(item)). */
  popularityWeight: number
}

/**
 * One side of a space's items as it is searched: `in` by cosine, `out` by in(user)·out(item) +
 * α·log(1 + degree(item)). Throws InvalidInput for the `out` of a table that has none.
 */
export function vectorsOfSide(
  { table, dimensions, popularityWeight }: SpaceItems,
  side: VectorSide,
): Vectors {
  const { ids, degree, out } = table
  if (side === 'in') return { ids, vectors: table.in, dimensions, metric: 'cosine' }
  if (!out) throw new InvalidInput('Vector index: got a table without `out`, expected items')
  const bias = degree.map((weight) => popularityWeight * Math.log1p(weight))
  return { ids, vectors: out, dimensions, metric: 'inner-product', bias }
}
