import { jaroWinkler } from '../../math/jaro-winkler.ts'

/** Below it, two spellings are two words. */
const MIN_SIMILARITY = 0.9
const ABBREVIATION = 0.8
const INITIAL = 0.5

const isWord = (text: string): boolean => /^\p{L}+$/u.test(text)

/**
 * How alike two different words are: spelling by Jaro-Winkler, `prem` for `premium`, an initial for a name; 0 for
 * others. Numbers and codes are never alike: one digit makes another product.
 */
export function wordSimilarity(a: string, b: string): number {
  if (!isWord(a) || !isWord(b) || a[0] !== b[0]) return 0
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (long.startsWith(short)) {
    if (short.length === 1) return long.length > 2 ? INITIAL : 0
    if (short.length >= 3)
      return Math.max(ABBREVIATION, long.length - short.length === 1 ? 0.95 : 0)
    return 0
  }
  if (short.length < 4 || long.length - short.length > 3) return 0
  const similarity = jaroWinkler(a, b)
  return similarity >= MIN_SIMILARITY ? similarity : 0
}

/** Similarities of numbered words, each computed once. At most `maxKept` are remembered. */
export function createSimilarity(
  words: readonly string[],
  maxKept = 4_000_000,
): (a: number, b: number) => number {
  const known = new Map<number, number>()
  return (a, b) => {
    const key = a < b ? a * words.length + b : b * words.length + a
    const kept = known.get(key)
    if (kept !== undefined) return kept
    const similarity = wordSimilarity(words[a]!, words[b]!)
    if (known.size >= maxKept) known.clear()
    known.set(key, similarity)
    return similarity
  }
}
