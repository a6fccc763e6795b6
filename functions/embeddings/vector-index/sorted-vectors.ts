import type { VectorMetric } from '../../contract/vector-index.ts'
import { InvalidInput } from '../../core/errors.ts'
import { sortIds } from './id-table.ts'
import { checkBias, setUnit, squaredLength } from './lengths.ts'

/** Vectors by id, in any order. */
export interface Vectors {
  ids: readonly string[]
  /** n × dimensions, row-major. */
  vectors: Float32Array
  dimensions: number
  metric: VectorMetric
  /** n: added to the inner product. Absent: 0. */
  bias?: Float64Array
}

/** Vectors by place: the number of an id in the order of ids. */
export interface SortedVectors {
  count: number
  dimensions: number
  metric: VectorMetric
  /** Inner products: the length of the longest [vector, bias]. Cosine: 1. */
  radius: number
  idAt(place: number): string
  vectorAt(place: number): Float32Array
  biasAt(place: number): number
  squaredLengthAt(place: number): number
}

function checkShapes({ ids, vectors, dimensions, metric, bias }: Vectors): void {
  const wrong = (what: string, got: number, expected: number): InvalidInput =>
    new InvalidInput(`Vector index: got ${got} numbers in ${what}, expected ${expected}`)
  if (!Number.isInteger(dimensions) || dimensions < 1)
    throw new InvalidInput(`Vector index: got ${dimensions} dimensions, expected 1 or more`)
  if (vectors.length !== ids.length * dimensions)
    throw wrong('vectors', vectors.length, ids.length * dimensions)
  if (bias && bias.length !== ids.length) throw wrong('bias', bias.length, ids.length)
  if (bias && metric === 'cosine')
    throw new InvalidInput('Vector index: a cosine has no bias, expected the metric inner-product')
}

/**
 * Sorts vectors by id; nothing is copied. Throws InvalidInput for shapes that differ, an id twice, and a
 * vector or bias that is not finite, with its id.
 */
export function sortVectors(input: Vectors): SortedVectors {
  checkShapes(input)
  const { ids, vectors, dimensions, metric, bias } = input
  const order = sortIds(ids)
  const vectorAt = (place: number): Float32Array => {
    const from = order[place]! * dimensions
    return vectors.subarray(from, from + dimensions)
  }
  const biasAt = (place: number): number => bias?.[order[place]!] ?? 0
  const squares = new Float64Array(ids.length)
  let longest = 0
  for (const [place, at] of order.entries()) {
    const name = `Vector index: ${JSON.stringify(ids[at])}`
    squares[place] = squaredLength(vectorAt(place), dimensions, name)
    longest = Math.max(longest, squares[place]! + checkBias(biasAt(place), name) ** 2)
  }
  return {
    ...{ count: ids.length, dimensions, metric, vectorAt, biasAt },
    radius: metric === 'cosine' ? 1 : Math.sqrt(longest),
    idAt: (place) => ids[order[place]!]!,
    squaredLengthAt: (place) => squares[place]!,
  }
}

/** Writes a vector as an index keeps it: at length 1 for cosine, and as it is for inner products. */
export function setKept(target: Float32Array, sorted: SortedVectors, place: number): void {
  const vector = sorted.vectorAt(place)
  if (sorted.metric === 'cosine') setUnit(target, vector, sorted.squaredLengthAt(place))
  else target.set(vector)
}
