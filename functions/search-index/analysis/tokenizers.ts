import type { TermTable } from './term-table.ts'
import type { WordSink } from './word-sink.ts'
import { findWords, MAX_WORD_LENGTH } from './words.ts'

/** Reports the words of a text to a sink, with their numbers in the table. */
export type Tokenize = (text: string, terms: TermTable, sink: WordSink) => void

/** The words of a text (`findWords`). */
export const tokenizeWords: Tokenize = (text, terms, sink) => {
  let position = 0
  findWords(text, 0, text.length, (start, end) => {
    sink.addWord(terms.wordAt(text, start, end), position++, start, end)
  })
}

const SPACED = new RegExp(`\\P{White_Space}{1,${MAX_WORD_LENGTH}}`, 'gu')

/** What stands between white space. More than 255 characters in a row are cut. */
export const tokenizeWhitespace: Tokenize = (text, terms, sink) => {
  let position = 0
  for (const { 0: word, index: start } of text.matchAll(SPACED)) {
    const end = start + word.length
    sink.addWord(terms.wordAt(text, start, end), position++, start, end)
  }
}

/** The whole text, blanks and all, as one word; the empty text has none. */
export const tokenizeWhole: Tokenize = (text, terms, sink) => {
  sink.addWord(terms.pass(text), 0, 0, text.length)
}
