import type { VectorTable } from '../../functions/contract/space.ts'
import type { SpaceTables } from '../../functions/embeddings/align/space-tables.ts'
import { rotateRows } from '../../functions/math/procrustes.ts'
import { normals, orthogonal } from './normals.ts'

export const DIMENSIONS = 16
export const ITEMS = 300
const USERS = 80

const idsOf = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${kind}${String(n).padStart(4, '0')}`)

/** Vectors that all trainings have in common, and what one of them adds. */
const noisy = (rows: number, truth: number, seed: number, noise: number): Float32Array => {
  const own = normals(rows * DIMENSIONS, seed)
  return Float32Array.from(
    normals(rows * DIMENSIONS, truth),
    (value, at) => value + noise * own[at]!,
  )
}

const tableOf = (ids: string[], rows: Float32Array, out: Float32Array | null): VectorTable => ({
  ...{ ids, in: rows, out, content: null },
  degree: Float64Array.from(ids, (_, n) => 1 + (n % 50)),
})

/** A training of one and the same data: another seed gives other noise and another rotation. */
export function trainedSpace(seed: number, noise = 0.3): SpaceTables {
  const rotation = orthogonal(DIMENSIONS, seed)
  const rotated = (rows: Float32Array) => rotateRows(rows, rotation, DIMENSIONS)
  const inward = rotated(noisy(ITEMS, 1, 10 * seed + 1, noise))
  const out = rotated(noisy(ITEMS, 2, 10 * seed + 2, noise))
  return {
    dimensions: DIMENSIONS,
    items: tableOf(idsOf('i', ITEMS), inward, out),
    users: tableOf(idsOf('u', USERS), rotated(noisy(USERS, 3, 10 * seed + 3, noise)), null),
    documents: null,
  }
}
