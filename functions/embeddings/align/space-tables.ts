import type { VectorTable } from '../../contract/space.ts'
import { unitInterval } from '../../math/hash.ts'

/** The tables of one space. */
export interface SpaceTables {
  dimensions: number
  items: VectorTable
  users: VectorTable
  /** Null: the space has none. */
  documents: VectorTable | null
}

/** Calls `visit` with the rows of each id that both ascending lists have. */
export function visitCommon(
  a: readonly string[],
  b: readonly string[],
  visit: (row: number, other: number) => void,
): void {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) visit(i++, j++)
    else if (a[i]! < b[j]!) i++
    else j++
  }
}

/** One row of a matrix of n × dimensions numbers, as a view. */
export const rowOf = (matrix: Float32Array, row: number, dimensions: number): Float32Array =>
  matrix.subarray(row * dimensions, (row + 1) * dimensions)

/** The Euclidean length of a row. NaN or Infinity where a number is not finite. */
export function normOf(row: Float32Array): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += row[i]! * row[i]!
  return Math.sqrt(sum)
}

/** A row at length 1, or null for a row without a direction. */
export function unitOf(row: Float32Array): Float32Array | null {
  const norm = normOf(row)
  return norm > 0 && Number.isFinite(norm) ? row.map((value) => value / norm) : null
}

/** At most `most` of some ids, by hash and in their order: a stable sample, whatever comes and goes beside it. */
export function sampleIds(ids: readonly string[], most: number, seed: number): string[] {
  if (ids.length <= most) return [...ids]
  const hashed = ids.map((id) => ({ id, hash: unitInterval(id, seed) }))
  return hashed
    .sort((a, b) => a.hash - b.hash || (a.id < b.id ? -1 : 1))
    .slice(0, most)
    .map(({ id }) => id)
    .sort()
}
