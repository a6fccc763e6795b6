import { finalize, murmur3 } from '../../math/hash.ts'

export interface NearDuplicateOptions {
  /** Texts whose sets of shingles have at least this Jaccard similarity are near-duplicates. */
  minSimilarity: number
  seed: number
}
export const NEAR_DUPLICATE_OPTIONS: NearDuplicateOptions = { minSimilarity: 0.7, seed: 1 }

/** With 32 bands of 4 rows, texts of similarity 0.7 meet in some band with a chance of 99.98 %, of 0.3 with 23 %. */
const BANDS = 32
const ROWS = 4
const SHINGLE = 5

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

/** Size of the intersection by size of the union. */
export function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let common = 0
  for (const one of a) if (b.has(one)) common++
  return common / (a.size + b.size - common)
}

/** The least hash of the set under each of 128 seeded functions (Broder 1997), by band. */
function bandsOf(shingles: ReadonlySet<number>, seed: number): string[] {
  return Array.from({ length: BANDS }, (_, band) => {
    const rows = Array.from({ length: ROWS }, (_row, row) => {
      const salt = Math.imul(band * ROWS + row + 1, 0x9e3779b1) ^ seed
      let least = 0xffffffff
      for (const shingle of shingles) least = Math.min(least, finalize(shingle ^ salt))
      return least
    })
    return `${band}:${rows.join(',')}`
  })
}

/**
 * Finds near-duplicates by MinHash and locality-sensitive hashing (Leskovec, Rajaraman & Ullman, Mining of Massive
 * Datasets, section 3.4), and compares each candidate exactly. `admit` returns whether no text so far is like this one,
 * and keeps it. So the first one stays: give texts in an order that is fixed. Memory: 128 hashes and the shingles of
 * each text kept.
 */
export class NearDuplicates {
  readonly #options: NearDuplicateOptions
  readonly #kept: Set<number>[] = []
  readonly #buckets = new Map<string, number[]>()

  constructor(options: NearDuplicateOptions = NEAR_DUPLICATE_OPTIONS) {
    this.#options = options
  }

  admit(text: string): boolean {
    const shingles = shinglesOf(text)
    const bands = bandsOf(shingles, this.#options.seed)
    const candidates = new Set(bands.flatMap((band) => this.#buckets.get(band) ?? []))
    for (const candidate of candidates)
      if (jaccard(shingles, this.#kept[candidate]!) >= this.#options.minSimilarity) return false
    const own = this.#kept.push(shingles) - 1
    for (const band of bands) {
      const bucket = this.#buckets.get(band)
      if (bucket) bucket.push(own)
      else this.#buckets.set(band, [own])
    }
    return true
  }
}
