import type { TermTable } from './term-table.ts'
import type { Token, ToTerm } from './token.ts'
import { findWords, MAX_WORD_LENGTH } from './words.ts'

/** The words of a text (`findWords`), each with its term. */
export function tokenizeWords(text: string, terms: TermTable): Token[] {
  const tokens: Token[] = []
  let position = 0
  findWords(text, 0, text.length, (start, end) => {
    const term = terms.termOf(text, start, end)
    if (term !== null) tokens.push({ term, position, start, end })
    position++
  })
  return tokens
}

const SPACED = new RegExp(`\\P{White_Space}{1,${MAX_WORD_LENGTH}}`, 'gu')

/** What stands between white space. More than 255 characters in a row are cut. */
export function tokenizeWhitespace(text: string, terms: TermTable): Token[] {
  const tokens: Token[] = []
  let position = 0
  for (const { 0: word, index: start } of text.matchAll(SPACED)) {
    const end = start + word.length
    const term = terms.termOf(text, start, end)
    if (term !== null) tokens.push({ term, position, start, end })
    position++
  }
  return tokens
}

/** The whole text, blanks and all, as one token; the empty text has none. */
export function tokenizeWhole(text: string, toTerm: ToTerm): Token[] {
  const term = toTerm(text)
  return term === null ? [] : [{ term, position: 0, start: 0, end: text.length }]
}
