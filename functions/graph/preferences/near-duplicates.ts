import { finalize, murmur3 } from '../../math/hash.ts'

export interface NearDuplicateOptions {
  /** Texts whose sets of shingles have about this Jaccard similarity or more are near-duplicates. */
  minSimilarity: number
  seed: number
}
export const NEAR_DUPLICATE_OPTIONS: NearDuplicateOptions = { minSimilarity: 0.7, seed: 1 }

/** With 32 bands of 4 rows, texts of similarity 0.7 meet in some band with a chance of 99.98 %, of 0.3 with 23 %. */
const BANDS = 32
const ROWS = 4
export const HASHES = BANDS * ROWS
const SHINGLE = 5
/** Buckets of one band: a power of two. All bands together have 8 MiB. */
const BUCKETS = 2 ** 16
/** Texts of one bucket that a text is compared with, the latest first: a template fills one bucket with all its texts. */
const MAX_COMPARED = 1000

const normalized = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** Hashes of each run of five characters; of a shorter text, of all of it. */
export function shinglesOf(text: string): Set<number> {
  const letters = normalized(text)
  const shingles = new Set<number>()
  for (let i = 0; i === 0 || i + SHINGLE <= letters.length; i++)
    shingles.add(murmur3(letters.slice(i, i + SHINGLE)))
  return shingles
}

/** 128 numbers: the least hash of the set under each of 128 seeded functions (Broder 1997). 512 bytes. */
export function minimaOf(shingles: ReadonlySet<number>, seed: number): Uint32Array {
  const minima = new Uint32Array(HASHES).fill(0xffffffff)
  for (let i = 0; i < HASHES; i++) {
    const salt = Math.imul(i + 1, 0x9e3779b1) ^ seed
    let least = 0xffffffff
    for (const shingle of shingles) least = Math.min(least, finalize(shingle ^ salt))
    minima[i] = least
  }
  return minima
}

/**
 * The share of equal minima estimates the Jaccard similarity J without bias. Its standard error is √(J(1 − J)/128): 0.04
 * for 0.7 (Leskovec et al., section 3.3.3).
 */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  let equal = 0
  for (let i = 0; i < HASHES; i++) if (a[i] === b[i]) equal++
  return equal / HASHES
}

/** The bucket of a text in each band, as an index of all buckets. Texts of other minima may have the same one. */
function bucketsOf(minima: Uint32Array): Int32Array {
  return Int32Array.from({ length: BANDS }, (_, band) => {
    let hash = band
    for (let row = 0; row < ROWS; row++) hash = finalize(hash ^ minima[band * ROWS + row]!)
    return band * BUCKETS + (hash & (BUCKETS - 1))
  })
}

interface Kept {
  minima: Uint32Array
  /** By band: the text before in the same bucket, or -1. */
  before: Int32Array
}

/**
 * Finds near-duplicates by MinHash and locality-sensitive hashing (Leskovec, Rajaraman & Ullman, Mining of Massive
 * Datasets, section 3.4), and compares candidates by their minima. `admit` returns whether no text so far is like this
 * one, and keeps it. So the first one stays: give texts in an order that is fixed. Memory: 8 MiB, and less than 1 KiB for
 * each text kept, of any length. Time: 128 hashes a shingle, and at most 32,000 comparisons a text.
 */
export class NearDuplicates {
  readonly #options: NearDuplicateOptions
  readonly #kept: Kept[] = []
  /** The latest text of each bucket of each band, or -1. */
  readonly #latest = new Int32Array(BANDS * BUCKETS).fill(-1)

  constructor(options: NearDuplicateOptions = NEAR_DUPLICATE_OPTIONS) {
    this.#options = options
  }

  admit(text: string): boolean {
    const { seed, minSimilarity } = this.#options
    const minima = minimaOf(shinglesOf(text), seed)
    const buckets = bucketsOf(minima)
    for (const [band, bucket] of buckets.entries()) {
      let at = this.#latest[bucket]!
      for (let compared = 0; at >= 0 && compared < MAX_COMPARED; compared++) {
        const { minima: others, before } = this.#kept[at]!
        if (estimateJaccard(minima, others) >= minSimilarity) return false
        at = before[band]!
      }
    }
    const own = this.#kept.push({ minima, before: buckets.map((one) => this.#latest[one]!) }) - 1
    for (const bucket of buckets) this.#latest[bucket] = own
    return true
  }
}
