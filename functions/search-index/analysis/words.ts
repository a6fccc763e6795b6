import { codePointAt, sizeOf } from './code-points.ts'
import {
  ASCII_KINDS,
  COMPLEX,
  CONNECTOR,
  DIGIT,
  DOUBLE_QUOTE,
  FLAG,
  HANGUL,
  HEBREW,
  KATAKANA,
  KINDS,
  kindOf,
  LETTER,
  MARK,
  MID_DIGIT,
  MID_LETTER,
  OTHER,
  PICTURE,
  SINGLE,
} from './word-kinds.ts'

/** A longer word is cut, as in Lucene's StandardTokenizer. In UTF-16 units; no surrogate pair is cut. */
export const MAX_WORD_LENGTH = 255

const LETTERS = [LETTER, HANGUL, HEBREW]
const CORES = [...LETTERS, DIGIT, KATAKANA]

/** Row-major: whether a character of the kind of the column continues a word that ends in that of the row. */
const JOINS = new Uint8Array(KINDS * KINDS)
const join = (rows: readonly number[], columns: readonly number[]): void => {
  for (const row of rows) for (const column of columns) JOINS[row * KINDS + column] = 1
}
join([...LETTERS, DIGIT, CONNECTOR], [...LETTERS, DIGIT])
join([KATAKANA, CONNECTOR], [KATAKANA])
join([...CORES, CONNECTOR], [CONNECTOR])
join([COMPLEX], [COMPLEX])
join([FLAG], [FLAG])

const isOneOf = (kinds: readonly number[]): Uint8Array => {
  const table = new Uint8Array(KINDS)
  for (const kind of kinds) table[kind] = 1
  return table
}
const IS_LETTER = isOneOf(LETTERS)
const IS_CORE = isOneOf(CORES)
const STARTS_WORD = isOneOf([...CORES, SINGLE, COMPLEX, PICTURE, FLAG])

/** No kind: the code point has to be looked at. */
const NOT_ASCII = -1
const ZERO_WIDTH_JOINER = 0x200d
const APOSTROPHE = 0x27

/** Whether what stands between two characters of a word joins them (rules WB6, 7, 7b, 7c, 11 and 12). */
function bridges(last: number, middle: number, next: number): boolean {
  if (middle === DOUBLE_QUOTE) return last === HEBREW && next === HEBREW
  if (IS_LETTER[last] === 1) return middle !== MID_DIGIT && IS_LETTER[next] === 1
  return last === DIGIT && middle !== MID_LETTER && next === DIGIT
}

const isMiddle = (kind: number): boolean => kind >= MID_LETTER && kind <= DOUBLE_QUOTE

/** The first offset from `at` that holds no mark, `to` at most. */
function skipMarks(text: string, at: number, to: number): number {
  let end = at
  while (end < to) {
    const code = codePointAt(text, end, to)
    if (kindOf(code) !== MARK) break
    end += sizeOf(code)
  }
  return end
}

/**
 * The end of the word that already reaches to `from`, where its last character but marks is of kind
 * `last`. Not beyond `limit`.
 */
function endOfWord(text: string, from: number, last: number, limit: number, to: number): number {
  let end = from
  let tail = last
  while (end < limit) {
    const code = codePointAt(text, end, to)
    const next = end + sizeOf(code)
    if (next > limit) return end
    const kind = kindOf(code)
    if (kind === MARK) {
      end = next
    } else if (JOINS[tail * KINDS + kind] === 1) {
      end = next
      // A flag has two halves: the third begins another flag.
      tail = kind === FLAG ? OTHER : kind
    } else if (isMiddle(kind)) {
      const after = skipMarks(text, next, limit)
      const beyond = after < limit ? codePointAt(text, after, to) : 0
      const beyondKind = kindOf(beyond)
      if (bridges(tail, kind, beyondKind) && after + sizeOf(beyond) <= limit) {
        end = after + sizeOf(beyond)
        tail = beyondKind
      } else return code === APOSTROPHE && tail === HEBREW ? after : end // Rule WB7a.
    } else if (kind === PICTURE && tail === PICTURE) {
      if (text.charCodeAt(end - 1) !== ZERO_WIDTH_JOINER) return end
      end = next
    } else return end
  }
  return end
}

/** The first offset from `at` that holds neither a connector nor a mark, `to` at most. */
function skipConnectors(text: string, at: number, to: number): number {
  let end = at
  while (end < to) {
    const code = codePointAt(text, end, to)
    const kind = kindOf(code)
    if (kind !== CONNECTOR && kind !== MARK) break
    end += sizeOf(code)
  }
  return end
}

/** The word that begins at `at`: its end; or, where none begins there, minus the next offset to look at. */
export function wordFrom(text: string, at: number, to: number): number {
  const code = codePointAt(text, at, to)
  const kind = kindOf(code)
  const limit = Math.min(to, at + MAX_WORD_LENGTH)
  if (STARTS_WORD[kind] === 1) return endOfWord(text, at + sizeOf(code), kind, limit, to)
  if (kind !== CONNECTOR) return -(at + sizeOf(code))
  // Connectors are a word only together with a letter or a digit.
  const core = skipConnectors(text, at, limit)
  if (core >= limit || IS_CORE[kindOf(codePointAt(text, core, to))] !== 1) return -core
  const end = endOfWord(text, core, CONNECTOR, limit, to)
  return end > core ? end : -core
}

/**
 * Reports the words of `text` from `from` to `to`, in order, by their UTF-16 offsets. Words are those of
 * Unicode Standard Annex #29 as Lucene's StandardTokenizer has them: letters, digits and what joins
 * them; each Han or Hiragana character; runs of Katakana; runs of Thai and its like; emoji. Time is
 * linear in the length for any input: only marks are looked ahead at, and each of them once.
 */
export function findWords(
  text: string,
  from: number,
  to: number,
  found: (start: number, end: number) => void,
): void {
  let at = from
  while (at < to) {
    const unit = text.charCodeAt(at)
    const kind = unit < 128 ? ASCII_KINDS[unit]! : NOT_ASCII
    if (kind === LETTER) {
      const limit = Math.min(to, at + MAX_WORD_LENGTH)
      let end = at + 1
      let next = 0
      while (end < limit) {
        next = text.charCodeAt(end)
        if (next >= 128 || ASCII_KINDS[next] !== LETTER) break
        end++
      }
      if (end < limit && (next >= 128 || ASCII_KINDS[next] !== OTHER))
        end = endOfWord(text, end, LETTER, limit, to)
      found(at, end)
      at = end
    } else if (kind === OTHER) {
      at++
    } else {
      const end = wordFrom(text, at, to)
      if (end > 0) found(at, end)
      at = Math.abs(end)
    }
  }
}
