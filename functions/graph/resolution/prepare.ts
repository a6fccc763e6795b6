import { type AlignedAttribute, parseNumber, valuesOf } from './attribute-kinds.ts'
import { joinWords, learnJoins } from './compounds.ts'
import type { EntityRecord } from './records.ts'
import { createWordCounter, type Vocabulary, type WordCounter } from './vocabulary.ts'
import { codesOf, isCodeLike, plainText, quantityOf, wordsOf } from './words.ts'

/** Numbers of words, each once, ascending. */
export type WordSet = Int32Array

/** Records of one source, ready for comparison. Lists are by record. */
export interface Prepared {
  ids: string[]
  /** Words of the headline. */
  headline: WordSet[]
  /** Words of all other texts and labels. */
  rest: WordSet[]
  /** Words of each attribute, by its place in the list of attributes. Empty for numbers. */
  attributes: WordSet[][]
  /** Values of numbers and years by attribute; NaN where they are missing. */
  numbers: Float64Array[]
  /** Codes in the headline and in attributes of codes, numbered in `codes`. */
  codes: WordSet[]
  /** Codes elsewhere. */
  otherCodes: WordSet[]
  /** Numbers and versions in the headline, numbered in `codes`. */
  quantities: WordSet[]
}

export interface PreparedPair {
  attributes: readonly AlignedAttribute[]
  sides: readonly [Prepared, Prepared]
  words: Vocabulary
  codes: Vocabulary
}

const setOf = (numbers: Iterable<number>): WordSet => Int32Array.from(new Set(numbers)).sort()

/** A number that is zero says nothing: shops write 0 for a price that is not known. */
function numberOf(values: readonly string[]): number {
  for (const value of values) {
    const number = parseNumber(value)
    if (number !== null && number !== 0 && Number.isFinite(number)) return number
  }
  return Number.NaN
}

/** A code attribute's value, whatever it looks like. */
const wholeCode = (text: string): string =>
  plainText(text)
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .slice(0, 64)

interface Texts {
  plain: string[]
  words: string[][]
}

function readTexts(
  records: readonly EntityRecord[],
  attributes: readonly AlignedAttribute[],
  side: 0 | 1,
): Texts[] {
  return attributes.map((attribute) => {
    const name = side === 0 ? attribute.left : attribute.right
    const isText = attribute.kind !== 'number' && attribute.kind !== 'year'
    const plain = records.map(({ attributes: all }) =>
      isText && name !== null ? plainText(valuesOf(all[name]).join(' ; ')) : '',
    )
    return { plain, words: plain.map(wordsOf) }
  })
}

function prepareSide(
  records: readonly EntityRecord[],
  attributes: readonly AlignedAttribute[],
  side: 0 | 1,
  texts: readonly Texts[],
  counters: { words: WordCounter; codes: WordCounter },
): Prepared {
  const none = (): WordSet[] => []
  const prepared: Prepared = {
    ids: records.map(({ id }) => id),
    ...{ headline: none(), rest: none(), codes: none(), otherCodes: none(), quantities: none() },
    attributes: attributes.map(none),
    numbers: attributes.map(() => new Float64Array(records.length).fill(Number.NaN)),
  }
  for (const [at, record] of records.entries()) {
    const [codes, otherCodes, quantities]: string[][] = [[], [], []]
    const [headline, rest]: number[][] = [[], []]
    for (const [a, { kind, ...names }] of attributes.entries()) {
      const { plain, words } = texts[a]!
      const name = side === 0 ? names.left : names.right
      if (name === null) {
        prepared.attributes[a]!.push(setOf([]))
        continue
      }
      const own = words[at]!.map(counters.words.codeOf)
      prepared.attributes[a]!.push(setOf(own))
      if (kind === 'number' || kind === 'year')
        prepared.numbers[a]![at] = numberOf(valuesOf(record.attributes[name]))
      else if (kind === 'code') {
        const code = wholeCode(plain[at]!)
        if (code.length >= 3) codes!.push(code)
        codes!.push(...codesOf(plain[at]!))
      } else if (kind === 'headline') {
        headline!.push(...own)
        codes!.push(...codesOf(plain[at]!), ...words[at]!.filter(isCodeLike))
        quantities!.push(...words[at]!.map(quantityOf).filter((quantity) => quantity !== null))
      } else {
        rest!.push(...own)
        if (kind === 'text') otherCodes!.push(...codesOf(plain[at]!))
      }
    }
    prepared.headline.push(setOf(headline!))
    prepared.rest.push(setOf(rest!))
    prepared.codes.push(setOf(codes!.map(counters.codes.codeOf)))
    prepared.otherCodes.push(setOf(otherCodes!.map(counters.codes.codeOf)))
    prepared.quantities.push(setOf(quantities!.map(counters.codes.codeOf)))
    counters.words.count(side, new Set([...headline!, ...rest!]))
    counters.codes.count(side, new Set([...prepared.codes.at(-1)!, ...prepared.quantities.at(-1)!]))
  }
  return prepared
}

/** Reads records of two sources by the same attributes. */
export function prepare(
  left: readonly EntityRecord[],
  right: readonly EntityRecord[],
  attributes: readonly AlignedAttribute[],
): PreparedPair {
  const texts = [readTexts(left, attributes, 0), readTexts(right, attributes, 1)] as const
  const joins = learnJoins(texts.flatMap((side) => side.flatMap(({ words }) => words)))
  for (const side of texts)
    for (const text of side) text.words = text.words.map((words) => joinWords(words, joins))
  const counters = { words: createWordCounter(), codes: createWordCounter() }
  const sides = [
    prepareSide(left, attributes, 0, texts[0], counters),
    prepareSide(right, attributes, 1, texts[1], counters),
  ] as const
  const size = [left.length, right.length] as const
  return { attributes, sides, words: counters.words.close(size), codes: counters.codes.close(size) }
}
