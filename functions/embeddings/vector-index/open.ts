import type { VectorIndexHeader } from '../../contract/vector-index.ts'
import { descending } from '../../math/descending.ts'
import { type RowMatrix, rowMatrix } from '../../math/dot-rows.ts'
import { TopK } from '../../math/top-k.ts'
import { centroidWidth, decodeVectorFile, type VectorSections } from './file.ts'
import { type IdTable, openIds } from './id-table.ts'
import { QUERY_TAIL, setAugmented, setUnit, squaredLength } from './lengths.ts'
import { visitsFor } from './visits.ts'

/** An id that a search found. The score is the cosine, or the inner product plus the id's bias. */
export interface Found {
  id: string
  score: number
}
interface VectorSearch {
  k: number
  /**
   * Asked only for ids that would be among the best so far. `place` is the id's number in the order of ids.
   * It must not search the same index.
   */
  accepts?: (id: string, place: number) => boolean
}

export interface VectorIndex {
  header: VectorIndexHeader
  /**
   * The `k` best ids, or all that there are; equal scores in the order of ids. Visits more cells where
   * `accepts` declines many. A cosine search with a query of zeros finds nothing. Throws InvalidInput for a
   * query of other dimensions, or with a number that is not finite.
   */
  search(query: Float32Array, options: VectorSearch): Found[]
  has(id: string): boolean
  /** For cosine it has length 1. Null: the id is unknown. */
  vectorOf(id: string): Float32Array | null
  /** The id of a place, from 0 to `header.count`. */
  idAt(place: number): string
  /**
   * Whether a search of the nearest cell with the vector of a place finds its id among ten, or ten that are
   * equal to it. A search of more cells adds only what is no nearer. A vector of zeros under cosine: null.
   */
  findsItself(place: number): boolean | null
}

/** What a search compares with vectors and centroids. */
interface Probe {
  vector: Float32Array
  /** As long as a centroid. */
  forCells: Float32Array
  /** Inner products: what a vector's bias, and its rest (`setAugmented`), count. */
  biasWeight: number
  restWeight: number
}

interface Opened {
  header: VectorIndexHeader
  sections: VectorSections
  ids: IdTable
  vectors: RowMatrix
  centroids: RowMatrix
  /** By place. */
  rows: Uint32Array
  /** Made for the first `findsItself`. */
  rests: Float64Array | null
}

const SELF_DEPTH = 10
/** Rounding of two f32 scores of equal vectors. */
const SELF_TOLERANCE = 1e-6

/** By row: what makes the length of [vector, bias, rest] the radius. */
function restsOf({ header, vectors, sections }: Opened): Float64Array {
  return Float64Array.from(sections.bias!, (bias, row) => {
    const squares = squaredLength(vectors.row(row), header.dimensions, 'a row') + bias * bias
    return Math.sqrt(Math.max(0, header.radius ** 2 - squares))
  })
}

interface Searching {
  best: TopK
  accepts: VectorSearch['accepts']
  /** Scores of all that `accepts` was asked about. */
  asked: number[]
}

/** Keeps the best rows of a cell. Scores are in f64 where a bias is added. */
function searchCell(opened: Opened, probe: Probe, cell: number, search: Searching): void {
  const { ids, sections, vectors, rests } = opened
  const { starts, places, bias } = sections
  const { biasWeight, restWeight } = probe
  const { best, accepts } = search
  const from = starts[cell]!
  const products = vectors.scoresOf(probe.vector, from, starts[cell + 1]!)
  for (let i = 0; i < products.length; i++) {
    let score = products[i]!
    if (bias) score += biasWeight * bias[from + i]!
    if (restWeight !== 0) score += restWeight * rests![from + i]!
    if (score < best.floor) continue
    const place = places[from + i]!
    if (!best.admits(score, place)) continue
    if (accepts) search.asked.push(score)
    if (!accepts || accepts(ids.idAt(place), place)) best.keep(score, place)
  }
}

/** The number that the last of the best is among all rows that were visited, accepted or not. */
function depthOf(search: Searching, k: number): number {
  if (!search.accepts) return k
  search.asked = search.asked.filter((score) => score >= search.best.floor)
  return search.asked.length
}

/** Visits cells until `k` are found and enough have been visited for that depth. */
function searchCells(opened: Opened, probe: Probe, { k, accepts }: VectorSearch): TopK {
  const { header, centroids } = opened
  const search: Searching = { best: new TopK(k), accepts, asked: [] }
  let visited = 0
  let enough = 0
  for (const cell of descending(centroids.scoresOf(probe.forCells))) {
    if (search.best.isFull && visited >= enough) {
      enough = visitsFor(header.visits, depthOf(search, k))
      if (visited >= enough) break
    }
    searchCell(opened, probe, cell, search)
    visited++
  }
  return search.best
}

/** Null: the query has no direction. */
function probeOf({ header }: Opened, query: Float32Array): Probe | null {
  const squares = squaredLength(query, header.dimensions, 'Vector index: the query')
  if (header.metric === 'inner-product') {
    const forCells = Float32Array.of(...query, ...QUERY_TAIL)
    return { vector: query, forCells, biasWeight: 1, restWeight: 0 }
  }
  if (squares === 0) return null
  const unit = new Float32Array(query.length)
  setUnit(unit, query, squares)
  return { vector: unit, forCells: unit, biasWeight: 0, restWeight: 0 }
}

/** The probe that is nearest to the row's own vector of all that are as long. */
function ownProbe(opened: Opened, row: number): Probe | null {
  const { header, sections, vectors } = opened
  const vector = vectors.row(row)
  if (!sections.bias) return probeOf(opened, vector)
  const bias = sections.bias[row]!
  const squares = squaredLength(vector, header.dimensions, 'a row')
  const forCells = new Float32Array(centroidWidth(header))
  setAugmented(forCells, { vector, bias, squares }, header.radius)
  opened.rests ??= restsOf(opened)
  return { vector, forCells, biasWeight: bias, restWeight: opened.rests[row]! }
}

function findsItself(opened: Opened, place: number): boolean | null {
  const { header } = opened
  const probe = ownProbe(opened, opened.rows[place]!)
  if (!probe) return null
  const best = new TopK(SELF_DEPTH)
  const cell = opened.centroids.nearestTo(probe.forCells)
  searchCell(opened, probe, cell, { best, accepts: undefined, asked: [] })
  const found = best.sorted()
  if (found.some((one) => one.place === place)) return true
  const own = header.radius ** 2
  return found.length === SELF_DEPTH && found.at(-1)!.score >= own * (1 - SELF_TOLERANCE)
}

/**
 * Opens the bytes of a `.qmv`. Throws CorruptArtifact, with `name`, as `decodeVectorFile` does. Memory: for
 * each vector 4 × dimensions + 16 bytes and its id (8 more for inner products), besides the bytes given.
 */
export function openVectorIndex(bytes: Uint8Array, name: string): VectorIndex {
  const { header, sections } = decodeVectorFile(bytes, name)
  const { centroids, vectors, ...rest } = sections
  const rows = new Uint32Array(header.count)
  for (const [row, place] of sections.places.entries()) rows[place] = row
  const ids = openIds(sections)
  const opened: Opened = {
    ...{ header, ids, rows, rests: null },
    // The matrices have copies of their own.
    sections: { ...rest, centroids: new Float32Array(), vectors: new Float32Array() },
    vectors: rowMatrix(vectors, header.dimensions),
    centroids: rowMatrix(centroids, centroidWidth(header)),
  }
  return {
    header,
    search(query, options) {
      const probe = probeOf(opened, query)
      if (!probe) return []
      return searchCells(opened, probe, options)
        .sorted()
        .map(({ place, score }) => ({
          ...{ id: ids.idAt(place), score },
        }))
    },
    has: (id) => ids.placeOf(id) >= 0,
    vectorOf(id) {
      const place = ids.placeOf(id)
      return place < 0 ? null : opened.vectors.row(rows[place]!).slice()
    },
    idAt: ids.idAt,
    findsItself: (place) => findsItself(opened, place),
  }
}
