import type { VectorTable } from '../../contract/space.ts'
import type { DirectionFigures, MatrixFigures } from '../../contract/space-comparison.ts'
import { covarianceOf } from '../../math/pca.ts'
import {
  normOf,
  rowOf,
  type SpaceTables,
  sampleIds,
  unitOf,
  visitCommon,
} from '../align/space-tables.ts'

/** The matrices of a space, by name. */
function matricesOf({ items, users, documents }: SpaceTables) {
  const matrices: { matrix: string; table: VectorTable; rows: Float32Array }[] = [
    { matrix: 'items.in', table: items, rows: items.in },
    { matrix: 'items.out', table: items, rows: items.out! },
    { matrix: 'users.in', table: users, rows: users.in },
  ]
  return documents
    ? [...matrices, { matrix: 'documents.in', table: documents, rows: documents.in }]
    : matrices
}

/** The norms of the rows of entities with edges, ascending. A norm that is not finite comes last. */
function sortedNorms(
  rows: Float32Array,
  { degree }: Pick<VectorTable, 'degree'>,
  dimensions: number,
): Float64Array {
  const norms = Float64Array.from(degree, (_, row) => normOf(rowOf(rows, row, dimensions)))
  return norms.filter((_, row) => degree[row]! > 0).sort()
}
const medianOf = (ascending: Float64Array): number => ascending[ascending.length >> 1] ?? 0

/** The median norm of a matrix over that of the same matrix of another space. Null: there is nothing to compare. */
function normRatio(median: number, name: string, other: SpaceTables | null): number | null {
  const found = other && matricesOf(other).find(({ matrix }) => matrix === name)
  if (!found) return null
  const reference = medianOf(sortedNorms(found.rows, found.table, other.dimensions))
  return reference > 0 && Number.isFinite(median / reference) ? median / reference : null
}

/** Numbers that JSON has. */
const finite = (value: number): number => (Number.isFinite(value) ? value : 0)

/** What the numbers of each matrix are like, beside the training with another seed and the served space. */
export function measureMatrices(
  fresh: SpaceTables,
  otherSeed: SpaceTables | null,
  served: SpaceTables | null,
): MatrixFigures[] {
  const { dimensions } = fresh
  return matricesOf(fresh).map(({ matrix, table, rows }) => {
    let notFinite = 0
    for (let row = 0; row < table.ids.length; row++)
      if (!Number.isFinite(normOf(rowOf(rows, row, dimensions)))) notFinite++
    const norms = sortedNorms(rows, table, dimensions)
    const median = medianOf(norms)
    return {
      ...{ matrix, rows: table.ids.length, notFinite },
      zero: norms.filter((norm) => norm === 0).length,
      medianNorm: finite(median),
      maxNorm: finite(norms.at(-1) ?? 0),
      normOfSeeds: normRatio(median, matrix, otherSeed),
      normOfServed: normRatio(median, matrix, served),
    }
  })
}

/** Directions are measured on so many items. With fewer, to lie in a plane is no flaw. */
const MAX_SAMPLED = 5000
const MIN_ITEMS = 20

/** Whether the items' directions differ. Null: too few items have one. */
export function measureDirections({ dimensions, items }: SpaceTables): DirectionFigures | null {
  const units: Float32Array[] = []
  visitCommon(items.ids, sampleIds(items.ids, MAX_SAMPLED, 1), (row) => {
    const unit = items.degree[row]! > 0 ? unitOf(rowOf(items.in, row, dimensions)) : null
    if (unit) units.push(unit)
  })
  if (units.length < MIN_ITEMS) return null
  const rows = new Float32Array(units.length * dimensions)
  for (const [at, unit] of units.entries()) rows.set(unit, at * dimensions)
  const covariance = covarianceOf(rows, dimensions)
  let [trace, squares] = [0, 0]
  for (let i = 0; i < dimensions; i++) trace += covariance[i * (dimensions + 1)]!
  for (const value of covariance) squares += value * value
  // The mean squared length is 1: what is not in the square of the mean is the covariance's trace.
  return { items: units.length, spread: trace, rank: squares > 0 ? trace ** 2 / squares : 0 }
}
