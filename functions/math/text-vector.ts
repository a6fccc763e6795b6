import { finalize } from './hash.ts'
import { visitTerms } from './text-terms.ts'

/** Numbers of a vector that one term changes. */
const BLOCKS = 16
const SEED = 0x7e87

/**
 * Adds a term: it changes one number in each of 16 blocks of the vector by ± its weight. Place and sign come from
 * the term's hash. So terms are projected by a sparse random matrix that is never stored, and inner products are
 * kept within about 1 / √dimensions (Kane & Nelson 2014, "Sparser Johnson-Lindenstrauss transforms", section 1,
 * the block construction; Achlioptas 2003 shows it for dense signs).
 */
function addTerm(vector: Float64Array, term: number, weight: number): void {
  const { length } = vector
  let from = 0
  for (let block = 1; block <= BLOCKS; block++) {
    const to = Math.floor((block * length) / BLOCKS)
    const hash = finalize(term ^ Math.imul(block, 0x9e3779b1) ^ SEED)
    vector[from + ((hash >>> 1) % (to - from))]! += hash & 1 ? weight : -weight
    from = to
  }
}

/**
 * The content vector of a text, of length 1; null for a text without words. A term counts 1 + ln of how often it
 * occurs. There are no weights of the catalogue, so that the same text has the same vector in every generation,
 * and a query has one without reading anything. Numbers: at least 16.
 */
export function textVector(text: string, dimensions: number): Float32Array | null {
  const terms = new Map<number, { count: number; weight: number }>()
  visitTerms(text, (hash, weight) => {
    const term = terms.get(hash)
    if (term) term.count++
    else terms.set(hash, { count: 1, weight })
  })
  const vector = new Float64Array(dimensions)
  // A sum of floats depends on its order; this one does not depend on the order of the words.
  for (const [hash, { count, weight }] of [...terms].sort(([a], [b]) => a - b))
    addTerm(vector, hash, weight * (1 + Math.log(count)))
  let norm = 0
  for (const value of vector) norm += value * value
  return norm > 0 ? Float32Array.from(vector, (value) => value / Math.sqrt(norm)) : null
}
