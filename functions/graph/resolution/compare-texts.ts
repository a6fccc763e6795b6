import type { WordSet } from './prepare.ts'

export interface TextComparison {
  weights: Float64Array
  similarity(a: number, b: number): number
}

/** Words of two sets, apart: those of both, and those of one. Sets are ascending. */
function splitWords(
  a: WordSet,
  b: WordSet,
): { common: number[]; onlyA: number[]; onlyB: number[] } {
  const [common, onlyA, onlyB]: number[][] = [[], [], []]
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const order = i >= a.length ? 1 : j >= b.length ? -1 : a[i]! - b[j]!
    if (order === 0) {
      common!.push(a[i++]!)
      j++
    } else if (order < 0) onlyA!.push(a[i++]!)
    else onlyB!.push(b[j++]!)
  }
  return { common: common!, onlyA: onlyA!, onlyB: onlyB! }
}

const has = (set: WordSet, word: number): boolean => {
  let [low, high] = [0, set.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (set[middle]! < word) low = middle + 1
    else high = middle
  }
  return set[low] === word
}

/** How much a word counts that stands elsewhere in the other record. */
const ELSEWHERE = 0.6

/**
 * Soft TF-IDF cosine of two sets of words, in [0, 1] (Cohen, Ravikumar and Fienberg 2003, "A comparison of string
 * distance metrics for name-matching tasks", section 2.4): words are equal or alike. Words of `restA` and `restB`,
 * which stand elsewhere in the records, may match a word that is left over, and cost nothing where they do not.
 */
export function softCosine(
  { weights, similarity }: TextComparison,
  a: WordSet,
  b: WordSet,
  restA?: WordSet,
  restB?: WordSet,
): number {
  const { common, onlyA, onlyB } = splitWords(a, b)
  let [dot, normA, normB] = [0, 0, 0]
  for (const word of common) dot += weights[word]! ** 2
  normA = normB = dot
  for (const word of onlyA) normA += weights[word]! ** 2
  for (const word of onlyB) normB += weights[word]! ** 2
  const taken = new Set<number>()
  const leftOver = (word: number, others: readonly number[], rest: WordSet | undefined): void => {
    let [best, bestAlike] = [-1, 0]
    for (const other of others) {
      if (taken.has(other)) continue
      const alike = similarity(word, other)
      if (alike > bestAlike) [best, bestAlike] = [other, alike]
    }
    if (best >= 0) {
      taken.add(best)
      dot += bestAlike * weights[word]! * weights[best]!
    } else if (rest && has(rest, word)) dot += ELSEWHERE * weights[word]! ** 2
  }
  for (const word of onlyA) leftOver(word, onlyB, restB)
  if (restA)
    for (const word of onlyB)
      if (!taken.has(word) && has(restA, word)) dot += ELSEWHERE * weights[word]! ** 2
  return dot === 0 ? 0 : Math.min(1, dot / Math.sqrt(normA * normB))
}
