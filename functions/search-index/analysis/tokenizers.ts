import type { TermTable } from './term-table.ts'
import { isBetweenWords } from './word-kinds.ts'
import type { WordRunSink, WordSink } from './word-sink.ts'
import { findWords, MAX_WORD_LENGTH, wordFrom } from './words.ts'

/** Reports the words of a text to a sink, with their numbers in the table. */
export type Tokenize = (text: string, terms: TermTable, sink: WordSink) => void

/** The words of a text (`findWords`). */
export const tokenizeWords: Tokenize = (text, terms, sink) => {
  let position = 0
  findWords(text, 0, text.length, (start, end) => {
    sink.addWord(terms.wordAt(text, start, end), position++, start, end)
  })
}

/** As `tokenizeWords`, without offsets: what the table's reader leaves is read here. */
export function readWords(text: string, terms: TermTable, sink: WordRunSink): void {
  const { reader } = terms
  let at = 0
  let position = 0
  while (at < text.length) {
    const end = reader.load(text, at)
    while (at < end) {
      const words = terms.readKnown(at)
      sink.addWords(reader.found, words, position)
      position += words
      at = reader.at
      // Of another script there are mostly several words.
      for (let isLeft = at < end; isLeft; isLeft = at < end && text.charCodeAt(at) > 255) {
        const next = wordFrom(text, at, text.length)
        if (next > 0) sink.addWord(terms.wordAt(text, at, next), position++, at, next)
        at = Math.abs(next)
        while (at < end && isBetweenWords(text.charCodeAt(at))) at++
      }
    }
  }
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
