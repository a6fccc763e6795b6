import type { TermTable } from './term-table.ts'
import type { Analyze } from './token.ts'

/** Takes the words of a text, in order of `start`; positions ascend strictly. Dropped words are among them. */
export interface WordSink {
  /** The words of a text follow, by their numbers in this table. */
  begin(terms: TermTable): void
  /** Position and offsets are those of a token. */
  addWord(word: number, position: number, start: number, end: number): void
}

/** Also takes words that stand at `position` and those after it: the first `count` of `words`. */
export interface WordRunSink extends WordSink {
  addWords(words: Uint16Array, count: number, position: number): void
}

/** Also reports the words of a text to a sink, without an object for each. */
export interface Analyzer extends Analyze {
  readWords(text: string, sink: WordRunSink): void
}
