import type { TermTable } from './term-table.ts'
import type { Token } from './token.ts'
import type { WordSink } from './word-sink.ts'

/** Collects the words of a text as tokens, without those that the filters drop. */
export class TokenList implements WordSink {
  readonly tokens: Token[] = []
  #terms: TermTable | null = null

  begin(terms: TermTable): void {
    this.#terms = terms
  }

  addWord(word: number, position: number, start: number, end: number): void {
    const term = this.#terms!.termOf(word)
    if (term !== null) this.tokens.push({ term, position, start, end })
  }
}
