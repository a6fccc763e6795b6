import type { VectorIndexOrigin } from '../../contract/vector-index.ts'
import { InvalidInput } from '../../core/errors.ts'
import { packIds } from '../../core/packed-ids.ts'
import { RowMatrix } from '../../math/dot-rows.ts'
import { kMeans } from '../../math/k-means.ts'
import { seededUniform } from '../../math/random.ts'
import { centroidWidth, encodeVectorFile } from './file.ts'
import { QUERY_TAIL, setAugmented, squaredLength } from './lengths.ts'
import { type SortedVectors, setKept, sortVectors, type Vectors } from './sorted-vectors.ts'
import { chooseVisits, type SampledQuery, VISIT_ALL } from './visits.ts'

export interface VectorIndexInput extends Vectors {
  origin: VectorIndexOrigin
  seed: number
  /** The share of the best 10, and of the best 100, that sampled searches must find. See `visits.ts`. */
  minRecall: number
  /** m × dimensions: vectors that are searched with, such as users'. Absent: those of the index itself. */
  queries?: Float32Array
  /** With fewer vectors there is one cell: every search is exact. */
  flatBelow?: number
}

/** Exact search of this many vectors of 64 dimensions takes 0.08 ms (two-core machine, Node 24). */
const FLAT_BELOW = 10_000
/** Cells: this times √n. With more, the build takes longer and the search gains nothing. */
const CELLS_PER_ROOT = 2
const K_MEANS = { rowsPerCell: 32, rounds: 8 } as const
const SAMPLED_QUERIES = 400
/** What a WebAssembly memory of 4 GiB holds, with room for scores: 12 million vectors of 64 dimensions. */
const MAX_NUMBERS = 800_000_000

/** Places that a search can find, and their vectors at length 1. A vector of zeros has no cosine. */
function makeRows(sorted: SortedVectors): { members: Uint32Array; rows: RowMatrix } {
  const { count, metric, radius } = sorted
  const members = Uint32Array.from({ length: count }, (_, place) => place).filter(
    (place) => metric === 'inner-product' || sorted.squaredLengthAt(place) > 0,
  )
  if (members.length * centroidWidth(sorted) > MAX_NUMBERS)
    throw new InvalidInput(
      `Vector index: got ${count} vectors of ${sorted.dimensions} dimensions, expected at most ${MAX_NUMBERS} numbers in all`,
    )
  const rows = new RowMatrix(members.length, centroidWidth(sorted))
  for (const [row, place] of members.entries())
    if (metric === 'cosine') setKept(rows.row(row), sorted, place)
    else
      setAugmented(
        rows.row(row),
        {
          vector: sorted.vectorAt(place),
          bias: sorted.biasAt(place),
          squares: sorted.squaredLengthAt(place),
        },
        radius,
      )
  return { members, rows }
}

interface Cells {
  centroids: RowMatrix
  /** By row: its nearest centroid. */
  cellOf: Uint32Array
}

/** Each row in the cell of its nearest centroid. Cells without rows are left out. */
function makeCells(rows: RowMatrix, cells: number, seed: number): Cells {
  const learned = kMeans(rows, { ...K_MEANS, cells, seed })
  const cellOf = new Uint32Array(rows.rows)
  const sizes = new Uint32Array(learned.rows)
  for (let row = 0; row < rows.rows; row++) {
    cellOf[row] = learned.nearestTo(rows.row(row))
    sizes[cellOf[row]!]!++
  }
  const kept = [...sizes.keys()].filter((cell) => sizes[cell]! > 0)
  const centroids = new RowMatrix(kept.length, rows.dimensions)
  const renamed = new Uint32Array(learned.rows)
  for (const [cell, old] of kept.entries()) {
    centroids.row(cell).set(learned.row(old))
    renamed[old] = cell
  }
  return { centroids, cellOf: cellOf.map((cell) => renamed[cell]!) }
}

/** At most `SAMPLED_QUERIES` of the queries that are given, else of the vectors. */
function sampleQueries(
  { queries, seed }: VectorIndexInput,
  sorted: SortedVectors,
  members: Uint32Array,
): SampledQuery[] {
  const { dimensions, metric } = sorted
  const uniform = seededUniform(seed)
  const count = queries ? Math.floor(queries.length / dimensions) : members.length
  const tail = metric === 'cosine' ? [] : QUERY_TAIL
  return Array.from({ length: Math.min(count, SAMPLED_QUERIES) }, (_, i) => {
    const n = count <= SAMPLED_QUERIES ? i : Math.floor(uniform() * count)
    const vector = queries
      ? queries.subarray(n * dimensions, (n + 1) * dimensions)
      : sorted.vectorAt(members[n]!)
    squaredLength(vector, dimensions, `Vector index: query ${n}`)
    return { vector: Float32Array.of(...vector, ...tail), self: queries ? -1 : n }
  })
}

/** Rows by cell, then by place; places in no cell are last. */
function orderRows(count: number, members: Uint32Array, { centroids, cellOf }: Cells) {
  const starts = new Uint32Array(centroids.rows + 1)
  for (const cell of cellOf) starts[cell + 1]!++
  for (let cell = 0; cell < centroids.rows; cell++) starts[cell + 1]! += starts[cell]!
  const places = new Uint32Array(count)
  const next = starts.slice()
  for (const [row, place] of members.entries()) places[next[cellOf[row]!]!++] = place
  const found = new Set(members.length < count ? members : [])
  let at = members.length
  if (at < count)
    for (let place = 0; place < count; place++) if (!found.has(place)) places[at++] = place
  return { starts, places }
}

const numbersOf = (matrix: RowMatrix): Float32Array => {
  const numbers = new Float32Array(matrix.rows * matrix.dimensions)
  for (let row = 0; row < matrix.rows; row++) numbers.set(matrix.row(row), row * matrix.dimensions)
  return numbers
}

/**
 * The bytes of a `.qmv`: an inverted file (Jégou et al. 2011, section IV.A, "Product quantization for nearest
 * neighbor search", here without quantization). Vectors are in the cell of their nearest k-means centroid; a
 * search visits the nearest cells and ranks their vectors exactly. Equal vectors in any order give equal
 * bytes. A vector of zeros is kept and under cosine never found.
 *
 * Throws InvalidInput for shapes that differ, an id twice, and a number that is not finite. Memory: about
 * 13 × dimensions bytes a vector besides the input.
 */
export function buildVectorIndex(input: VectorIndexInput): Uint8Array {
  const sorted = sortVectors(input)
  const { count, dimensions, metric, radius } = sorted
  const { members, rows } = makeRows(sorted)
  const isFlat = members.length < (input.flatBelow ?? FLAT_BELOW)
  const asked = isFlat ? 1 : Math.ceil(CELLS_PER_ROOT * Math.sqrt(members.length))
  const cells = makeCells(rows, asked, input.seed)
  const { rows: cellCount } = cells.centroids
  const queries = cellCount > 1 ? sampleQueries(input, sorted, members) : []
  const visits =
    cellCount > 1
      ? chooseVisits(rows, cells.cellOf, cells.centroids, queries, input.minRecall)
      : VISIT_ALL
  const { starts, places } = orderRows(count, members, cells)
  const vectors = new Float32Array(count * dimensions)
  for (const [row, place] of places.entries())
    setKept(vectors.subarray(row * dimensions, (row + 1) * dimensions), sorted, place)
  return encodeVectorFile(
    {
      ...input.origin,
      ...{ metric, dimensions, count, cells: cellCount, visits },
      ...{ minRecall: input.minRecall, queries: queries.length, radius, seed: input.seed },
    },
    {
      ...packIds(Array.from({ length: count }, (_, place) => sorted.idAt(place))),
      ...{ starts, places, centroids: numbersOf(cells.centroids), vectors },
      bias: metric === 'cosine' ? null : Float64Array.from(places, sorted.biasAt),
    },
  )
}
