import type { WordSet } from './prepare.ts'
import type { Vocabulary } from './vocabulary.ts'

/** How two sets of codes agree, the worst first, after `missing`. */
export const CODE_LEVELS = [
  'missing',
  'sibling',
  'different',
  'contained',
  'equal',
  'unique',
] as const

/** A code that more records of a source have says nothing about one of them. */
const MAX_RECORDS = 5
const MIN_CONTAINED = 4
const CONTAINED_SHARE = 0.55

/** Codes of one family: as long, and different in one or two places; or equal up to a short end with a letter. */
export function areSiblings(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let prefix = 0
  while (prefix < a.length && a[prefix] === b[prefix]) prefix++
  let suffix = 0
  while (
    suffix < Math.min(a.length, b.length) - prefix &&
    a[a.length - 1 - suffix] === b[b.length - 1 - suffix]
  )
    suffix++
  return prefix >= 2 && Math.max(a.length, b.length) - prefix - suffix <= 2
}

/** `fs105` in `fs105na`: the beginning or the end of a code that is not much longer. */
export function isContained(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return (
    short.length >= MIN_CONTAINED &&
    short.length >= CONTAINED_SHARE * long.length &&
    (long.startsWith(short) || long.endsWith(short))
  )
}

export interface Codes {
  own: WordSet
  /** In texts that may speak of other products, too. */
  other: WordSet
}

/** The level of the best agreement of two records' codes, as a place in CODE_LEVELS. */
export function compareCodes({ words, counts }: Vocabulary, a: Codes, b: Codes): number {
  const isRare = (code: number): boolean =>
    counts[0][code]! <= MAX_RECORDS && counts[1][code]! <= MAX_RECORDS
  const [ownA, ownB] = [a.own.filter(isRare), b.own.filter(isRare)]
  const inB = new Set([...ownB, ...b.other])
  const inA = new Set([...ownA, ...a.other])
  const equal = [...ownA.filter((code) => inB.has(code)), ...ownB.filter((code) => inA.has(code))]
  if (equal.length > 0)
    return equal.some(
      (code) => counts[0][code]! <= 1 && counts[1][code]! <= 1 && words[code]!.length > 4,
    )
      ? 5
      : 4
  if (ownA.length === 0 || ownB.length === 0) return 0
  let level = 2
  for (const code of ownA)
    for (const other of ownB) {
      const [x, y] = [words[code]!, words[other]!]
      if (isContained(x, y)) return 3
      if (areSiblings(x, y)) level = 1
    }
  return level
}

/** How two sets of numbers and versions agree. */
export const QUANTITY_LEVELS = [
  'missing',
  'one-sided',
  'different',
  'some',
  'contained',
  'equal',
] as const

export function compareQuantities(a: WordSet, b: WordSet): number {
  if (a.length === 0 && b.length === 0) return 0
  if (a.length === 0 || b.length === 0) return 1
  const inB = new Set(b)
  const common = a.filter((quantity) => inB.has(quantity)).length
  if (common === 0) return 2
  if (common === a.length && common === b.length) return 5
  return common === a.length || common === b.length ? 4 : 3
}
