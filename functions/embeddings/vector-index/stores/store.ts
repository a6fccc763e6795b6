import type { VectorSide } from '../../../contract/vector-index.ts'
import { InvalidInput } from '../../../core/errors.ts'
import { QUERY_TAIL, setAugmented, setUnit, squaredLength } from '../lengths.ts'
import type { Found } from '../open.ts'

/** One side of a generation. It never means anything else. */
export interface VectorSet {
  generation: string
  /** `in` is searched by cosine, `out` by inner product plus bias. */
  side: VectorSide
  dimensions: number
  /** `out`: the length of the longest [vector, bias]. A longer one scores lower than it should. `in`: 1. */
  radius: number
}
export interface StoredVector {
  id: string
  vector: Float32Array
  /** 0 for `in`. */
  bias: number
}
/** A vector that a store cannot keep. What the store had of its id is deleted. */
export interface RefusedVector {
  id: string
  reason: string
}

/**
 * Where vectors of one scene are kept for search, by generation. Every call may be repeated. Throws
 * InvalidInput for a vector or query of other dimensions or with a number that is not finite, and the
 * service's own error where it cannot be reached or declines: call again then.
 */
export interface VectorStore {
  /** The most results of a search. */
  readonly maxK: number
  /** Writes vectors in place of those with the same ids, and makes the set where there is none. */
  put(
    set: VectorSet,
    vectors: readonly StoredVector[],
  ): Promise<{ written: number; refused: RefusedVector[] }>
  delete(set: VectorSet, ids: readonly string[]): Promise<void>
  /** The best first; equal scores in the order of ids. A set that was never made has none. */
  search(set: VectorSet, query: Float32Array, k: number): Promise<Found[]>
  /** Generations with a set, ascending. */
  generations(): Promise<string[]>
  drop(generation: string): Promise<void>
}

/** Dimensions that a store without inner products keeps, under cosine. */
export const storedDimensions = ({ side, dimensions }: VectorSet): number =>
  side === 'in' ? dimensions : dimensions + 2

/** A vector at length 1, so that cosine orders a set as it should. Null: it is zeros, and has none. */
function storedForm(set: VectorSet, { id, vector, bias }: StoredVector): Float32Array | null {
  const squares = squaredLength(vector, set.dimensions, `Vector store: ${JSON.stringify(id)}`)
  const stored = new Float32Array(storedDimensions(set))
  if (set.side === 'out') setAugmented(stored, { vector, bias, squares }, set.radius)
  else if (squares === 0) return null
  else setUnit(stored, vector, squares)
  return stored
}

/** What is written, and what cannot be. Of an id that repeats the last one counts. */
export function prepareVectors(
  set: VectorSet,
  vectors: readonly StoredVector[],
  whyUnfit: (id: string) => string | null,
): { rows: { id: string; values: Float32Array }[]; refused: RefusedVector[] } {
  const refused: RefusedVector[] = []
  const rows: { id: string; values: Float32Array }[] = []
  for (const one of new Map(vectors.map((vector) => [vector.id, vector])).values()) {
    const values = storedForm(set, one)
    const reason = whyUnfit(one.id) ?? (values ? null : 'a vector of zeros has no cosine')
    if (reason !== null) refused.push({ id: one.id, reason })
    else rows.push({ id: one.id, values: values! })
  }
  return { rows, refused }
}

/** A query for stored vectors, and what a cosine with it is multiplied by to be a score. */
export interface StoredQuery {
  values: Float32Array
  scale: number
}

/** Null: the query has no direction, and finds nothing. */
export function queryForm(set: VectorSet, query: Float32Array): StoredQuery | null {
  const squares = squaredLength(query, set.dimensions, 'Vector store: the query')
  if (set.side === 'out')
    return {
      values: Float32Array.of(...query, ...QUERY_TAIL),
      scale: set.radius * Math.sqrt(squares + 1),
    }
  return squares === 0 ? null : { values: query, scale: 1 }
}

/** Checks `k`, and whether there is anything to ask for. */
export function isWorthAsking(k: number, maxK: number): boolean {
  if (!Number.isInteger(k) || k < 0 || k > maxK)
    throw new InvalidInput(`Vector store: got k = ${k}, expected at most ${maxK}`)
  return k > 0
}

export const inOrder = (found: Found[]): Found[] =>
  found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))

/** Batches of at most `size`, in order. */
export function* batchesOf<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size)
}
