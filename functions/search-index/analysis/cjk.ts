import { codePointAt, sizeOf } from './code-points.ts'
import type { TermTable } from './term-table.ts'
import type { Tokenize } from './tokenizers.ts'
import { HANGUL, KATAKANA, KINDS, kindOf, MARK, SINGLE } from './word-kinds.ts'
import { findWords } from './words.ts'

const IS_CJK = new Uint8Array(KINDS)
for (const kind of [SINGLE, KATAKANA, HANGUL]) IS_CJK[kind] = 1

/** Characters that NFKC leaves alone, whatever stands beside them but marks and jamo. */
const isPlain = (unit: number): boolean =>
  (unit >= 0x4e00 && unit <= 0x9fff) ||
  (unit >= 0x3041 && unit <= 0x3096) ||
  (unit >= 0x30a1 && unit <= 0x30fe && unit !== 0x30fb) ||
  (unit >= 0xac00 && unit <= 0xd7a3) ||
  (unit >= 0x3400 && unit <= 0x4dbf)

/** A vowel or a last consonant of Hangul that may make a syllable with what stands before it. */
const isTrailingJamo = (unit: number): boolean =>
  (unit >= 0x1160 && unit <= 0x11ff) ||
  (unit >= 0xd7b0 && unit <= 0xd7fb) ||
  (unit >= 0xffc2 && unit <= 0xffdc)

/** The first CJK character from `at` on, or the length of the text. */
function findCjk(text: string, at: number): number {
  let found = at
  while (found < text.length) {
    const unit = text.charCodeAt(found)
    if (unit < 128) {
      found++
      continue
    }
    const code = codePointAt(text, found, text.length)
    if (IS_CJK[kindOf(code)] === 1) break
    found += sizeOf(code)
  }
  return found
}

/** The end of the plain characters, and of the whole run with its marks, that begins at `from`. */
function findRunEnds(text: string, from: number): { plainEnd: number; end: number } {
  let plainEnd = from
  while (isPlain(text.charCodeAt(plainEnd))) plainEnd++
  let end = plainEnd
  while (end < text.length) {
    const code = codePointAt(text, end, text.length)
    const kind = kindOf(code)
    if (IS_CJK[kind] === 0 && kind !== MARK) break
    end += sizeOf(code)
  }
  return { plainEnd, end }
}

/** A character of a run as it is indexed, and the part of the text that it was made of. */
interface Character {
  text: string
  start: number
  end: number
}

/** Marks of a character beyond these are ignored: to normalize many takes quadratic time. */
const MAX_CHARACTER_LENGTH = 32
const MAX_SYLLABLE_LENGTH = 3
/** Choose or mark a shape of the character, which stays the same character. */
const SHAPES = /[\p{Variation_Selector}\p{Cf}]/gu

/** Folds one character with its marks by NFKC. A few make several characters, such as ㌀, アパート. */
function foldCharacter(text: string, start: number, end: number): Character[] {
  if (end === start + 1 && isPlain(text.charCodeAt(start)))
    return [{ text: text.charAt(start), start, end }]
  const folded = text
    .slice(start, Math.min(end, start + MAX_CHARACTER_LENGTH))
    .replace(SHAPES, '')
    .normalize('NFKC')
  return (folded.match(/\P{M}\p{M}*/gu) ?? [folded]).map((part) => ({ text: part, start, end }))
}

/** The folded characters of the run from `from` to `to`. A character begins where no mark and no trailing jamo is. */
function foldRun(text: string, from: number, to: number): Character[] {
  const characters: Character[] = []
  let start = from
  for (let at = from; at < to; ) {
    const code = codePointAt(text, at, to)
    const isWithin =
      kindOf(code) === MARK || (isTrailingJamo(code) && at - start < MAX_SYLLABLE_LENGTH)
    if (!isWithin && at > start) {
      characters.push(...foldCharacter(text, start, at))
      start = at
    }
    at += sizeOf(code)
  }
  characters.push(...foldCharacter(text, start, to))
  return characters
}

/** The number of a word, folded by NFKC. */
function foldedWord(text: string, terms: TermTable, start: number, end: number): number {
  for (let at = start; at < end; at++)
    if (text.charCodeAt(at) > 127) {
      const folded = text.slice(start, end).normalize('NFKC')
      return terms.wordAt(folded, 0, folded.length)
    }
  return terms.wordAt(text, start, end)
}

/**
 * Words for Chinese, Japanese and Korean, as Lucene's CJKAnalyzer makes them. A run of Han, Hiragana,
 * Katakana and Hangul becomes overlapping pairs of characters; a run of one character is a word. Other
 * words are those of `findWords`. Full-width and half-width forms are folded by NFKC.
 *
 * Positions in a run count characters, so the last one of two or more leaves its number unused: a phrase of
 * pairs never matches across the end of a run, and matches every part of it of two or more characters.
 *
 * Unlike Lucene's, it parts Hangul from Latin letters beside it, folds all compatibility forms (Lucene: width
 * only), and leaves English stop words to the filter `stop`.
 *
 * The table does not keep pairs and single characters: there are too many pairs to remember.
 */
export const tokenizeCjk: Tokenize = (text, terms, sink) => {
  let position = 0
  const addWord = (start: number, end: number): void =>
    sink.addWord(foldedWord(text, terms, start, end), position++, start, end)
  const add = (part: string, start: number, end: number): void =>
    sink.addWord(terms.pass(part), position++, start, end)
  const addPlainRun = (from: number, to: number): void => {
    if (to === from + 1) {
      add(text.slice(from, to), from, to)
      return
    }
    for (let at = from; at + 1 < to; at++) add(text.slice(at, at + 2), at, at + 2)
    position++
  }
  const addFoldedRun = (characters: readonly Character[]): void => {
    for (const [n, { text: first, start, end }] of characters.entries()) {
      const next = characters[n + 1]
      if (next !== undefined) add(first + next.text, start, next.end)
      else if (n === 0) add(first, start, end)
    }
    if (characters.length > 1) position++
  }
  for (let at = 0; at < text.length; ) {
    const from = findCjk(text, at)
    findWords(text, at, from, addWord)
    if (from === text.length) break
    const { plainEnd, end } = findRunEnds(text, from)
    if (plainEnd === end) addPlainRun(from, end)
    else addFoldedRun(foldRun(text, from, end))
    at = end
  }
}
