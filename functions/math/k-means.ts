import { RowMatrix } from './dot-rows.ts'
import { seededUniform } from './random.ts'

export interface KMeansOptions {
  cells: number
  /** The rows that the cells are learned from, for each cell. More rows are sampled. */
  rowsPerCell: number
  rounds: number
  seed: number
}

/** `count` distinct numbers below `n`, in random order: a Fisher–Yates shuffle that ends early. */
function sampleBelow(n: number, count: number, uniform: () => number): Uint32Array {
  const all = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(uniform() * (n - i))
    const moved = all[i]!
    all[i] = all[other]!
    all[other] = moved
  }
  return all.subarray(0, count)
}

/** The sampled rows' nearest centroids, and how near. */
interface Assignment {
  cells: Uint32Array
  nearness: Float32Array
}

function assign(
  rows: RowMatrix,
  sample: Uint32Array,
  centroids: RowMatrix,
  to: Assignment,
): number {
  let changed = 0
  for (const [i, place] of sample.entries()) {
    const scores = centroids.scoresOf(rows.row(place))
    let best = 0
    for (let cell = 1; cell < scores.length; cell++) if (scores[cell]! > scores[best]!) best = cell
    if (to.cells[i] !== best) changed++
    to.cells[i] = best
    to.nearness[i] = scores[best]!
  }
  return changed
}

/** Scales a sum to length 1. False: it is zero, and the centroid stays what it was. */
function setUnit(centroid: Float32Array, sum: Float64Array): boolean {
  let squares = 0
  for (const x of sum) squares += x * x
  if (squares === 0) return false
  const scale = 1 / Math.sqrt(squares)
  for (let i = 0; i < sum.length; i++) centroid[i] = sum[i]! * scale
  return true
}

/** A cell without rows starts again from the row that is worst served by its own centroid. */
function reseed(
  rows: RowMatrix,
  sample: Uint32Array,
  centroids: RowMatrix,
  { nearness }: Assignment,
  empty: readonly number[],
): void {
  const worst = Array.from(sample.keys()).sort((a, b) => nearness[a]! - nearness[b]! || a - b)
  for (const [i, cell] of empty.entries())
    if (i < worst.length) centroids.row(cell).set(rows.row(sample[worst[i]!]!))
}

function moveCentroids(
  rows: RowMatrix,
  sample: Uint32Array,
  centroids: RowMatrix,
  assignment: Assignment,
): void {
  const { dimensions } = rows
  const sums = new Float64Array(centroids.rows * dimensions)
  const sizes = new Uint32Array(centroids.rows)
  for (const [i, place] of sample.entries()) {
    const cell = assignment.cells[i]!
    const row = rows.row(place)
    const at = cell * dimensions
    sizes[cell]!++
    for (let j = 0; j < dimensions; j++) sums[at + j]! += row[j]!
  }
  const empty: number[] = []
  for (let cell = 0; cell < centroids.rows; cell++)
    if (sizes[cell] === 0) empty.push(cell)
    else setUnit(centroids.row(cell), sums.subarray(cell * dimensions, (cell + 1) * dimensions))
  if (empty.length > 0) reseed(rows, sample, centroids, assignment, empty)
}

/**
 * Spherical k-means (Dhillon & Modha 2001, section 3): centroids of length 1 for rows of length 1, each
 * row with the centroid of the greatest dot product. Starts from random rows. Equal rows, options and
 * seed give equal bits. Fewer rows than cells: a centroid each. A cell may be left without rows.
 */
export function kMeans(
  rows: RowMatrix,
  { cells, rowsPerCell, rounds, seed }: KMeansOptions,
): RowMatrix {
  const uniform = seededUniform(seed)
  const count = Math.min(cells, rows.rows)
  const sample = sampleBelow(rows.rows, Math.min(rows.rows, cells * rowsPerCell), uniform)
  const centroids = new RowMatrix(count, rows.dimensions)
  for (let cell = 0; cell < count; cell++) centroids.row(cell).set(rows.row(sample[cell]!))
  const assignment: Assignment = {
    cells: new Uint32Array(sample.length).fill(count),
    nearness: new Float32Array(sample.length),
  }
  for (let round = 0; round < rounds; round++) {
    if (assign(rows, sample, centroids, assignment) === 0) break
    moveCentroids(rows, sample, centroids, assignment)
  }
  return centroids
}
