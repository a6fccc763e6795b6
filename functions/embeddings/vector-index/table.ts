import { RowMatrix } from '../../math/dot-rows.ts'
import { TopK } from '../../math/top-k.ts'
import { setUnit, squaredLength } from './lengths.ts'
import type { Found } from './open.ts'
import { setKept, sortVectors, type Vectors } from './sorted-vectors.ts'

/** A few vectors that are searched one by one: what is too new for an index, or what an index is judged by. */
export interface VectorTableSearch {
  search(query: Float32Array, options: { k: number; accepts?: (id: string) => boolean }): Found[]
  has(id: string): boolean
  /** As VectorIndex has it. */
  vectorOf(id: string): Float32Array | null
}

/**
 * Exact search of a table. It scores and orders as an index does, bit by bit, and throws InvalidInput as
 * `buildVectorIndex` does. Memory: 4 × dimensions + 4 bytes a vector, besides the input.
 */
export function openTable(input: Vectors): VectorTableSearch {
  const sorted = sortVectors(input)
  const { count, dimensions, metric } = sorted
  const rows = new RowMatrix(count, dimensions)
  const places = new Map<string, number>()
  for (let place = 0; place < count; place++) {
    setKept(rows.row(place), sorted, place)
    places.set(sorted.idAt(place), place)
  }
  const isFindable = (place: number): boolean =>
    metric === 'inner-product' || sorted.squaredLengthAt(place) > 0
  return {
    search(query, { k, accepts }) {
      const squares = squaredLength(query, dimensions, 'Vector index: the query')
      if (metric === 'cosine' && squares === 0) return []
      const scaled = query.slice()
      if (metric === 'cosine') setUnit(scaled, query, squares)
      const best = new TopK(k)
      const scores = rows.scoresOf(scaled)
      for (let place = 0; place < count; place++) {
        const score = scores[place]! + sorted.biasAt(place)
        if (!best.admits(score, place) || !isFindable(place)) continue
        if (!accepts || accepts(sorted.idAt(place))) best.keep(score, place)
      }
      return best.sorted().map(({ place, score }) => ({ id: sorted.idAt(place), score }))
    },
    has: (id) => places.has(id),
    vectorOf(id) {
      const place = places.get(id)
      return place === undefined ? null : rows.row(place).slice()
    },
  }
}
