import type { Candidates } from './candidates.ts'
import { CODE_LEVELS, compareCodes, compareQuantities, QUANTITY_LEVELS } from './compare-codes.ts'
import { softCosine, type TextComparison } from './compare-texts.ts'
import type { PreparedPair, WordSet } from './prepare.ts'
import { createSimilarity } from './similar-words.ts'
import { isCodeLike } from './words.ts'

/** One thing that pairs are compared in: a level for each pair, 0 where it is not known. */
export interface Comparison {
  name: string
  levels: number
  /** Levels from the least to the greatest agreement, where that is known beforehand. */
  ordered: readonly number[]
  levelOf: Uint8Array
}

const GRADES = 10
/** Grade 1 to 10 of a similarity in [0, 1]. */
const gradeOf = (similarity: number): number =>
  1 + Math.min(GRADES - 1, Math.floor(similarity * GRADES))
const grades = Array.from({ length: GRADES }, (_, at) => at + 1)

/** Upper ends of relative differences of numbers, the nearest first. */
const DIFFERENCES = [0, 0.02, 0.06, 0.15, 0.3, 0.5, 0.75]

function numberLevel(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return 0
  const difference = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
  const at = DIFFERENCES.findIndex((end) => difference <= end)
  return 1 + (at === -1 ? 0 : DIFFERENCES.length - at)
}

function yearLevel(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return 0
  return 4 - Math.min(3, Math.abs(a - b))
}

/** Compares all candidates in the headline, in codes, in numbers of the headline, and in each common attribute. */
export function compareAll(pair: PreparedPair, { left, right }: Candidates): Comparison[] {
  const [a, b] = pair.sides
  const { weights } = pair.words
  const texts: TextComparison = { weights, similarity: createSimilarity(pair.words.words) }
  const each = (
    name: string,
    levels: number,
    ordered: readonly number[],
    level: (i: number, j: number) => number,
  ): Comparison => ({
    ...{ name, levels, ordered },
    levelOf: Uint8Array.from(left, (i, at) => level(i, right[at]!)),
  })
  const isPlain = (word: number): boolean => !isCodeLike(pair.words.words[word]!)
  const plain = [a, b].map(({ headline }) => headline.map((set) => set.filter(isPlain))) as [
    WordSet[],
    WordSet[],
  ]
  const comparisons = [
    each('headline', GRADES + 1, grades, (i, j) => {
      const [x, y] = [plain[0][i]!, plain[1][j]!]
      return x.length === 0 || y.length === 0
        ? 0
        : gradeOf(softCosine(texts, x, y, a.rest[i], b.rest[j]))
    }),
    each('codes', CODE_LEVELS.length, [1, 2, 3, 4, 5], (i, j) =>
      compareCodes(
        pair.codes,
        { own: a.codes[i]!, other: a.otherCodes[i]! },
        { own: b.codes[j]!, other: b.otherCodes[j]! },
      ),
    ),
    each('quantities', QUANTITY_LEVELS.length, [2, 3, 4, 5], (i, j) =>
      compareQuantities(a.quantities[i]!, b.quantities[j]!),
    ),
  ]
  for (const [at, { kind, ...names }] of pair.attributes.entries()) {
    if (names.left === null || names.right === null || kind === 'headline' || kind === 'code')
      continue
    const [x, y] = [a.attributes[at]!, b.attributes[at]!]
    const [p, q] = [a.numbers[at]!, b.numbers[at]!]
    if (kind === 'number')
      comparisons.push(
        each(names.left, DIFFERENCES.length + 2, [1, 2, 3, 4, 5, 6, 7, 8], (i, j) =>
          numberLevel(p[i]!, q[j]!),
        ),
      )
    else if (kind === 'year')
      comparisons.push(each(names.left, 5, [1, 2, 3, 4], (i, j) => yearLevel(p[i]!, q[j]!)))
    else
      comparisons.push(
        each(names.left, GRADES + 1, grades, (i, j) =>
          x[i]!.length === 0 || y[j]!.length === 0 ? 0 : gradeOf(softCosine(texts, x[i]!, y[j]!)),
        ),
      )
  }
  return comparisons
}
