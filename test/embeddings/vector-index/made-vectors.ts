import type { VectorIndexInput } from '../../../functions/embeddings/vector-index/build.ts'
import { buildVectorIndex } from '../../../functions/embeddings/vector-index/build.ts'
import {
  type Found,
  openVectorIndex,
  type VectorIndex,
} from '../../../functions/embeddings/vector-index/open.ts'
import type { Vectors } from '../../../functions/embeddings/vector-index/sorted-vectors.ts'
import { seededUniform } from '../../../functions/math/random.ts'

/** Normal numbers (Box & Muller 1958). */
export function normals(seed: number): () => number {
  const uniform = seededUniform(seed)
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** `count` vectors near one of `clusters` centres each, row-major. */
export function clusteredVectors(
  count: number,
  dimensions: number,
  { clusters = 20, spread = 0.7, seed = 1 } = {},
): Float32Array {
  const normal = normals(seed)
  const centres = Float64Array.from({ length: clusters * dimensions }, normal)
  return Float32Array.from(
    { length: count * dimensions },
    (_, i) =>
      centres[(Math.floor(i / dimensions) % clusters) * dimensions + (i % dimensions)]! +
      spread * normal(),
  )
}

export const idsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `item-${i}`)

export const vectorAt = ({ vectors, dimensions }: Vectors, row: number): Float32Array =>
  vectors.subarray(row * dimensions, (row + 1) * dimensions)

const ORIGIN = { scene: 'shop', generation: 'g', codeDigest: 'c', configurationDigest: 'd' }
const OPTIONS = { origin: ORIGIN, seed: 7, minRecall: 0.99 }

/** Above `flatBelow` an index has cells, so small tests have them, too. */
export const buildIndex = (vectors: Vectors, options: Partial<VectorIndexInput> = {}): Uint8Array =>
  buildVectorIndex({ ...OPTIONS, flatBelow: 100, ...vectors, ...options })

export const makeIndex = (vectors: Vectors, options: Partial<VectorIndexInput> = {}): VectorIndex =>
  openVectorIndex(buildIndex(vectors, options), 'test.qmv')

/** Exact search in 64 bits, one vector after the other: the oracle of the tests. */
export function searchPlainly(
  { ids, vectors, dimensions, metric, bias }: Vectors,
  query: Float32Array,
  k: number,
  accepts: (id: string) => boolean = () => true,
): Found[] {
  const found: Found[] = []
  for (const [row, id] of ids.entries()) {
    if (!accepts(id)) continue
    let [product, squares, querySquares] = [0, 0, 0]
    for (let i = 0; i < dimensions; i++) {
      const x = vectors[row * dimensions + i]!
      product += x * query[i]!
      squares += x * x
      querySquares += query[i]! ** 2
    }
    const lengths = Math.sqrt(squares * querySquares)
    if (metric === 'inner-product') found.push({ id, score: product + (bias?.[row] ?? 0) })
    else if (lengths > 0) found.push({ id, score: product / lengths })
  }
  return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, k)
}

/** The mean share of what is expected that was found. */
export function recallOf(pairs: readonly { found: Found[]; expected: Found[] }[]): number {
  const shares = pairs.map(({ found, expected }) => {
    const ids = new Set(found.map(({ id }) => id))
    return expected.filter(({ id }) => ids.has(id)).length / expected.length
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}
