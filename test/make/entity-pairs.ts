import type { EntityRecord } from '../../functions/graph/resolution/records.ts'
import { seededUniform } from '../../functions/math/random.ts'

/** Two sources of records, and which of them are about the same entity: pairs of ids. */
export interface EntityPairs {
  name: string
  left: EntityRecord[]
  right: EntityRecord[]
  matches: [left: string, right: string][]
}

/** Draws from one seeded stream. */
export interface Draws {
  uniform(): number
  chance(p: number): boolean
  /** An integer from `low` through `high`. */
  int(low: number, high: number): number
  pick<T>(values: readonly T[]): T
  /** `count` different values, in random order. */
  some<T>(values: readonly T[], count: number): T[]
  /** Approximately normal, by the sum of twelve uniform numbers. */
  normal(): number
  letters(count: number): string
  digits(count: number): string
}

export function drawsOf(seed: number): Draws {
  const uniform = seededUniform(seed)
  const int = (low: number, high: number): number => low + Math.floor(uniform() * (high - low + 1))
  const some = <T>(values: readonly T[], count: number): T[] => {
    const rest = [...values]
    const drawn: T[] = []
    while (drawn.length < count && rest.length > 0)
      drawn.push(rest.splice(int(0, rest.length - 1), 1)[0]!)
    return drawn
  }
  const text = (alphabet: string, count: number): string =>
    Array.from({ length: count }, () => alphabet[int(0, alphabet.length - 1)]).join('')
  return {
    ...{ uniform, int, some },
    chance: (p) => uniform() < p,
    pick: (values) => values[int(0, values.length - 1)]!,
    normal: () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6),
    letters: (count) => text('ABCDEFGHJKLMNPRSTVWXZ', count),
    digits: (count) => text('0123456789', count),
  }
}

/** 1,500 made-up words, the same ones for every seed. They stand for the long tail of real texts. */
export const RARE_WORDS: readonly string[] = (() => {
  const draws = drawsOf(99)
  const syllables =
    'ba,cor,del,en,fi,gra,hal,in,jo,ka,lu,mer,no,or,pre,qua,ri,sol,ta,ul,ven,wi,xe,yo,zan'.split(
      ',',
    )
  return Array.from({ length: 1500 }, () =>
    Array.from({ length: draws.int(2, 4) }, () => draws.pick(syllables)).join(''),
  )
})()

/** One typing error: a letter that is left out, doubled or swapped with the next one. */
export function misspell(draws: Draws, word: string): string {
  if (word.length < 4) return word
  const at = draws.int(1, word.length - 2)
  const kind = draws.int(0, 2)
  if (kind === 0) return word.slice(0, at) + word.slice(at + 1)
  if (kind === 1) return word.slice(0, at) + word[at]! + word.slice(at)
  return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2)
}

/** Leaves out each word with a probability, but not all of them. */
export function dropWords(draws: Draws, words: readonly string[], p: number): string[] {
  const kept = words.filter(() => !draws.chance(p))
  return kept.length > 0 ? kept : [words[0]!]
}

/** A price near another one: equal, near, or of a different seller. */
export function nearPrice(draws: Draws, price: number): number {
  const kind = draws.uniform()
  const factor =
    kind < 0.15 ? 1 : kind < 0.85 ? 1 + 0.12 * draws.normal() : 1 + 0.5 * Math.abs(draws.normal())
  return Math.max(1, Math.round(100 * price * Math.max(0.3, factor)) / 100)
}

/** Numbers records of one source in random order, so that neither ids nor places say what matches. */
export function shuffled<T>(draws: Draws, values: readonly T[]): T[] {
  return draws.some(values, values.length)
}

export interface Scores {
  precision: number
  recall: number
  f1: number
}
/** Precision and recall of pairs of ids against the truth. */
export function scorePairs(
  found: readonly { left: string; right: string }[],
  truth: readonly (readonly [string, string])[],
): Scores {
  const key = (left: string, right: string): string => JSON.stringify([left, right])
  const right = new Set(truth.map(([a, b]) => key(a, b)))
  const hits = new Set(found.map((pair) => key(pair.left, pair.right)).filter((k) => right.has(k)))
  const precision = found.length === 0 ? 0 : hits.size / found.length
  const recall = truth.length === 0 ? 0 : hits.size / right.size
  return {
    precision,
    recall,
    f1: hits.size === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  }
}
