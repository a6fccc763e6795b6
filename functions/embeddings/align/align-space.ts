import type { DriftFigures } from '../../contract/space-comparison.ts'
import type { SpaceExtras } from '../../core/space.ts'
import { addRowPair, bestRotation, createRowPairs, rotateRows } from '../../math/procrustes.ts'
import { rowOf, type SpaceTables, sampleIds, unitOf, visitCommon } from './space-tables.ts'

type ItemSpace = Pick<SpaceTables, 'dimensions' | 'items'>

/** The rotation is found on so many common items at most: 2.6 billion multiplications at 256 dimensions. */
const MAX_ITEMS = 20_000
const SAMPLE_SEED = 16

/** Directions of items that two spaces have in common. Row i of each matrix is the same item's. */
interface CommonItems {
  count: number
  dimensions: number
  fresh: { in: Float32Array; out: Float32Array }
  served: { in: Float32Array; out: Float32Array }
}

/** Items with edges and all four vectors. Each vector at length 1, so that each item counts alike. */
function commonItems({ dimensions, items }: ItemSpace, served: ItemSpace): CommonItems {
  const hasEdges = (row: number, other: number): boolean =>
    items.degree[row]! > 0 && served.items.degree[other]! > 0
  const ids: string[] = []
  visitCommon(items.ids, served.items.ids, (row, other) => {
    if (hasEdges(row, other)) ids.push(items.ids[row]!)
  })
  const sampled = new Set(sampleIds(ids, MAX_ITEMS, SAMPLE_SEED))
  const rows: Float32Array[][] = []
  visitCommon(items.ids, served.items.ids, (row, other) => {
    if (!hasEdges(row, other) || !sampled.has(items.ids[row]!)) return
    const units = [
      unitOf(rowOf(items.in, row, dimensions)),
      unitOf(rowOf(items.out!, row, dimensions)),
      unitOf(rowOf(served.items.in, other, dimensions)),
      unitOf(rowOf(served.items.out!, other, dimensions)),
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
    fresh: { in: matrix(0), out: matrix(1) },
    served: { in: matrix(2), out: matrix(3) },
  }
}

/** One rotation for both matrices, stacked: inner products of `in` and `out` stay what they are. */
function rotationOf({ count, dimensions, fresh, served }: CommonItems): Float64Array {
  const pairs = createRowPairs(dimensions)
  for (const side of ['in', 'out'] as const)
    for (let row = 0; row < count; row++)
      addRowPair(pairs, fresh[side], row * dimensions, served[side], row * dimensions, 1)
  return bestRotation(pairs)
}

/** The mean cosine of the rows of two matrices of unit rows. */
function meanCosine(a: Float32Array, b: Float32Array, count: number): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum / count
}

export interface Alignment {
  /** dimensions × dimensions, row-major: a row of the new space times it. Null: the space stays as it is. */
  rotation: Float64Array | null
  /** What was done, or why nothing was. */
  reason: string
}

function notAligned(fresh: ItemSpace, served: ItemSpace | null): string | null {
  if (!served) return 'not aligned: nothing is served'
  if (fresh.dimensions !== served.dimensions)
    return `not aligned: it has ${fresh.dimensions} dimensions, the served one ${served.dimensions}`
  return null
}

/**
 * The rotation of a trained space to the served one: orthogonal, of both matrices of items (Schönemann 1966), by the
 * directions of the items that both have, at most 20,000. There is none where fewer items than dimensions are
 * common, or the dimensions differ.
 */
export function alignSpace(fresh: ItemSpace, served: ItemSpace | null): Alignment {
  const flaw = notAligned(fresh, served)
  if (flaw !== null) return { rotation: null, reason: flaw }
  const common = commonItems(fresh, served!)
  if (common.count < fresh.dimensions)
    return {
      rotation: null,
      reason: `not aligned: ${common.count} items with vectors are in both, expected ${fresh.dimensions} or more`,
    }
  return {
    rotation: rotationOf(common),
    reason: `aligned by one rotation on ${common.count} common items`,
  }
}

/** A space with all its vectors rotated. Inner products stay as they are. The map is the served one's. */
export function rotateSpace(
  { dimensions, items, users, documents }: SpaceTables,
  extras: SpaceExtras,
  rotation: Float64Array,
): { tables: SpaceTables; extras: SpaceExtras } {
  const rotated = (rows: Float32Array): Float32Array => rotateRows(rows, rotation, dimensions)
  const { contentIn, contentOut, ...others } = extras
  return {
    tables: {
      dimensions,
      items: { ...items, in: rotated(items.in), out: items.out && rotated(items.out) },
      users: { ...users, in: rotated(users.in) },
      documents: documents && { ...documents, in: rotated(documents.in) },
    },
    extras: {
      ...others,
      ...(contentIn && { contentIn: rotated(contentIn) }),
      ...(contentOut && { contentOut: rotated(contentOut) }),
    },
  }
}

/**
 * How far the items of a space are from those of the served one, as they are and after the best rotation. Null where
 * the two cannot be compared.
 */
export function measureDrift(fresh: ItemSpace, served: ItemSpace | null): DriftFigures | null {
  if (notAligned(fresh, served) !== null) return null
  const common = commonItems(fresh, served!)
  const { count, dimensions } = common
  if (count < dimensions) return null
  const rotation = rotationOf(common)
  const now = (side: 'in' | 'out'): number =>
    meanCosine(common.fresh[side], common.served[side], count)
  const best = (side: 'in' | 'out'): number =>
    meanCosine(rotateRows(common.fresh[side], rotation, dimensions), common.served[side], count)
  return {
    common: count,
    cosine: { in: now('in'), out: now('out') },
    best: { in: best('in'), out: best('out') },
  }
}
