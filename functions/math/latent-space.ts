import { seededUniform } from './random.ts'

/**
 * A space of a collection's own words: texts that share no word are near each other if their words occur with the same
 * words. Made from the collection alone.
 */
export interface LatentSpace {
  dimensions: number
  /** Ascending by code units; row i of `vectors` is the i-th term. */
  terms: readonly string[]
  /** ln(chunks / chunks with the term). */
  rarity: Float64Array
  /** terms × dimensions, row-major; columns are orthonormal. */
  vectors: Float64Array | Float32Array
}

export interface LatentOptions {
  dimensions: number
  /** A term that fewer chunks have is left out. */
  minChunks: number
  /** Of more terms, those that most chunks have are kept. Absent: all are. */
  maxTerms?: number
  /** Passes over the collection. */
  passes: number
  seed: number
}
export const LATENT_OPTIONS: LatentOptions = { dimensions: 128, minChunks: 2, passes: 4, seed: 1 }

/** Chunks × terms in compressed rows: weights (1 + ln count) · rarity, each row of length 1. */
interface Matrix {
  rows: Int32Array
  columns: Int32Array
  values: Float64Array
}

/** How often each term is in a list of them. */
export function countTerms(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}

/** Places and weights of a text's known terms, in the order of places; of length 1. */
function weightsOf(
  counts: ReadonlyMap<string, number>,
  places: ReadonlyMap<string, number>,
  rarity: Float64Array,
): [place: number, weight: number][] {
  const weights: [number, number][] = []
  for (const [term, count] of counts) {
    const place = places.get(term)
    if (place !== undefined) weights.push([place, (1 + Math.log(count)) * rarity[place]!])
  }
  weights.sort(([a], [b]) => a - b)
  const norm = Math.sqrt(weights.reduce((sum, [, weight]) => sum + weight * weight, 0)) || 1
  return weights.map(([place, weight]) => [place, weight / norm])
}

function matrixOf(rows: readonly [place: number, weight: number][][]): Matrix {
  const size = rows.reduce((sum, row) => sum + row.length, 0)
  const matrix: Matrix = {
    rows: new Int32Array(rows.length + 1),
    columns: new Int32Array(size),
    values: new Float64Array(size),
  }
  let at = 0
  for (const [r, row] of rows.entries()) {
    for (const [place, weight] of row) {
      matrix.columns[at] = place
      matrix.values[at++] = weight
    }
    matrix.rows[r + 1] = at
  }
  return matrix
}

/** AᵀA · basis for chunks × terms A and terms × d basis, row-major. */
function applyGram(
  { rows, columns, values }: Matrix,
  basis: Float64Array,
  d: number,
): Float64Array {
  const product = new Float64Array(basis.length)
  const row = new Float64Array(d)
  for (let r = 0; r + 1 < rows.length; r++) {
    row.fill(0)
    for (let at = rows[r]!; at < rows[r + 1]!; at++) {
      const [from, value] = [columns[at]! * d, values[at]!]
      for (let j = 0; j < d; j++) row[j]! += value * basis[from + j]!
    }
    for (let at = rows[r]!; at < rows[r + 1]!; at++) {
      const [from, value] = [columns[at]! * d, values[at]!]
      for (let j = 0; j < d; j++) product[from + j]! += value * row[j]!
    }
  }
  return product
}

/**
 * Makes the columns of an n × d matrix orthonormal in place: modified Gram–Schmidt (Golub & Van Loan, section 5.2.8).
 * A column of zeros stays.
 */
function orthonormalize(basis: Float64Array, d: number): void {
  const n = basis.length / d
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < j; i++) {
      let dot = 0
      for (let r = 0; r < n; r++) dot += basis[r * d + i]! * basis[r * d + j]!
      for (let r = 0; r < n; r++) basis[r * d + j]! -= dot * basis[r * d + i]!
    }
    let norm = 0
    for (let r = 0; r < n; r++) norm += basis[r * d + j]! ** 2
    const scale = norm > 1e-20 ? 1 / Math.sqrt(norm) : 0
    for (let r = 0; r < n; r++) basis[r * d + j]! *= scale
  }
}

/**
 * Fits a space to chunks, each given as its terms with their counts: the leading right singular vectors of the weighted matrix of chunks
 * and terms (latent semantic analysis: Deerwester et al. 1990) by orthogonal iteration from a seeded start (Golub & Van
 * Loan, Matrix Computations, section 8.2.4). Inner products do not depend on which basis of the subspace is found. The
 * order of chunks changes only rounding; sort them by id. Time: passes × 2 × occurrences × dimensions.
 */
export function fitLatentSpace(
  chunks: readonly ReadonlyMap<string, number>[],
  options: LatentOptions = LATENT_OPTIONS,
): LatentSpace {
  const having = new Map<string, number>()
  for (const one of chunks)
    for (const term of one.keys()) having.set(term, (having.get(term) ?? 0) + 1)
  const terms = [...having]
    .filter(([, chunksWith]) => chunksWith >= options.minChunks && chunksWith < chunks.length)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, options.maxTerms)
    .map(([term]) => term)
    .sort()
  const places = new Map(terms.map((term, i) => [term, i]))
  const rarity = Float64Array.from(terms, (term) => Math.log(chunks.length / having.get(term)!))
  const matrix = matrixOf(chunks.map((one) => weightsOf(one, places, rarity)))
  const dimensions = Math.min(options.dimensions, terms.length, chunks.length)
  const uniform = seededUniform(options.seed)
  let vectors = Float64Array.from({ length: terms.length * dimensions }, () => uniform() - 0.5)
  for (let pass = 0; pass < options.passes; pass++) {
    orthonormalize(vectors, dimensions)
    vectors = applyGram(matrix, vectors, dimensions) as typeof vectors
  }
  orthonormalize(vectors, dimensions)
  return { dimensions, terms, rarity, vectors }
}

/** Projects texts into a space. */
export function latentProjector({ dimensions, terms, rarity, vectors }: LatentSpace) {
  const places = new Map(terms.map((term, i) => [term, i]))
  /** The vector of a text of these terms, of length 1; null if it has no term of the space. */
  return (text: ReadonlyMap<string, number>): Float32Array | null => {
    const sum = new Float64Array(dimensions)
    for (const [place, weight] of weightsOf(text, places, rarity))
      for (let j = 0; j < dimensions; j++) sum[j]! += weight * vectors[place * dimensions + j]!
    const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0))
    return norm > 1e-12 ? Float32Array.from(sum, (value) => value / norm) : null
  }
}
