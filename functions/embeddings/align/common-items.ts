import { addRowPair, bestRotation, createRowPairs } from '../../math/procrustes.ts'
import { rowOf, type SpaceTables, sampleIds, unitOf, visitCommon } from './space-tables.ts'

/** What aligning needs of a space. */
export type ItemSpace = Pick<SpaceTables, 'dimensions' | 'items'>

/** The rotation is found on so many common items at most: 2.6 billion multiplications at 256 dimensions. */
const MAX_ITEMS = 20_000
const SAMPLE_SEED = 16

/** Directions of items that two spaces have in common. Row i of each matrix is the same item's. */
export interface CommonItems {
  count: number
  dimensions: number
  own: { in: Float32Array; out: Float32Array }
  other: { in: Float32Array; out: Float32Array }
}

/** Items with edges and all four vectors. Each vector at length 1, so that each item counts alike. */
export function commonItems({ dimensions, items }: ItemSpace, other: ItemSpace): CommonItems {
  const hasEdges = (row: number, match: number): boolean =>
    items.degree[row]! > 0 && other.items.degree[match]! > 0
  const ids: string[] = []
  visitCommon(items.ids, other.items.ids, (row, match) => {
    if (hasEdges(row, match)) ids.push(items.ids[row]!)
  })
  const sampled = new Set(sampleIds(ids, MAX_ITEMS, SAMPLE_SEED))
  const rows: Float32Array[][] = []
  visitCommon(items.ids, other.items.ids, (row, match) => {
    if (!hasEdges(row, match) || !sampled.has(items.ids[row]!)) return
    const units = [
      unitOf(rowOf(items.in, row, dimensions)),
      unitOf(rowOf(items.out!, row, dimensions)),
      unitOf(rowOf(other.items.in, match, dimensions)),
      unitOf(rowOf(other.items.out!, match, dimensions)),
    ].filter((unit) => unit !== null)
    if (units.length === 4) rows.push(units)
  })
  const matrix = (side: number): Float32Array => {
    const numbers = new Float32Array(rows.length * dimensions)
    for (const [at, units] of rows.entries()) numbers.set(units[side]!, at * dimensions)
    return numbers
  }
  return {
    ...{ count: rows.length, dimensions },
    own: { in: matrix(0), out: matrix(1) },
    other: { in: matrix(2), out: matrix(3) },
  }
}

/**
 * The best rotation of the own rows to the others: one for both matrices, stacked, so that inner products of `in` and
 * `out` stay what they are.
 */
export function rotationOf({ count, dimensions, own, other }: CommonItems): Float64Array {
  const pairs = createRowPairs(dimensions)
  for (const side of ['in', 'out'] as const)
    for (let row = 0; row < count; row++)
      addRowPair(pairs, own[side], row * dimensions, other[side], row * dimensions, 1)
  return bestRotation(pairs)
}
