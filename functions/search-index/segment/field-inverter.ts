import { InvalidInput } from '../../core/errors.ts'
import { type TermTable, UNKEPT } from '../analysis/term-table.ts'
import type { Token } from '../analysis/token.ts'
import type { WordRunSink } from '../analysis/word-sink.ts'
import { sortUtf8 } from './utf8.ts'

const MAX_POSITION = 2 ** 31 - 1

/** What the column of words has instead of 1 + the number of a term. */
const NEW = 0
const DROPPED = -1

/** The tokens of a field, grouped by term. */
export interface TermGroups {
  /** In the order of their UTF-8 bytes. */
  terms: readonly string[]
  /** Of each term: where its tokens end. Those of the next one follow. */
  ends: Uint32Array
  /** Of each token: its document, and its position there. Those of a term ascend. */
  docs: Uint32Array
  positions: Uint32Array
}

function doubled<Column extends Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  values: Column,
): Column {
  const larger = new (values.constructor as new (length: number) => Column)(2 * values.length)
  larger.set(values)
  return larger
}

/**
 * Turns the words of a field into terms of documents: each term gets a number, tokens are kept as two
 * columns in the order of documents, and one counting sort groups them by term. The number of a word's
 * term is read in a column by the word's number in its analyzer's table, so that no text is looked up
 * twice. Memory: 16 bytes a token, and each term once.
 */
export class FieldInverter implements WordRunSink {
  readonly #numberOf = new Map<string, number>()
  readonly #terms: string[] = []
  #tokenTerms = new Uint32Array(1 << 12)
  #tokenPositions = new Uint32Array(1 << 12)
  #tokens = 0
  /** Where each document's tokens end. */
  readonly #ends: number[] = []
  #table: TermTable | null = null
  #restarts = 0
  /** By words of the table: `NEW`, `DROPPED`, or 1 + the number of its term. */
  #words = new Int32Array(1 << 10)

  begin(table: TermTable): void {
    if (table === this.#table && table.restarts === this.#restarts) return
    this.#table = table
    this.#restarts = table.restarts
    this.#words.fill(NEW)
  }

  addWord(word: number, position: number): void {
    const known = this.#words[word] ?? NEW
    const number = known === NEW ? this.#meetWord(word) : known
    if (number !== DROPPED) this.#addToken(number - 1, position)
  }

  addWords(words: Uint16Array, count: number, position: number): void {
    while (this.#tokens + count > this.#tokenTerms.length) this.#growTokens()
    const tokenTerms = this.#tokenTerms
    const tokenPositions = this.#tokenPositions
    let numbers = this.#words
    let tokens = this.#tokens
    for (let n = 0; n < count; n++) {
      let number = numbers[words[n]!] ?? NEW
      if (number === NEW) {
        number = this.#meetWord(words[n]!)
        numbers = this.#words
      }
      if (number === DROPPED) continue
      tokenTerms[tokens] = number - 1
      tokenPositions[tokens++] = position + n
    }
    this.#tokens = tokens
  }

  /** Adds tokens that are made already. Throws InvalidInput for positions that descend. `id` names the document. */
  addTokens(tokens: readonly Token[], id: string): void {
    let before = 0
    for (const { term, position } of tokens) {
      if (!(position >= before && position <= MAX_POSITION && Number.isInteger(position)))
        throw new InvalidInput(
          `document ${JSON.stringify(id)}: got position ${position} of ${JSON.stringify(term)} after ${before}, expected ascending integers below 2^31`,
        )
      before = position
      this.#addToken(this.#numberOf.get(term) ?? this.#addTerm(term), position)
    }
  }

  endDocument(): void {
    this.#ends.push(this.#tokens)
  }

  /** Tokens of a document that was added. */
  lengthOf(doc: number): number {
    return this.#ends[doc]! - (doc === 0 ? 0 : this.#ends[doc - 1]!)
  }

  /** Sorts the terms, and groups the tokens of each. */
  group(): TermGroups {
    const terms = sortUtf8([...this.#terms])
    const numbers = new Uint32Array(terms.length)
    for (let n = 0; n < terms.length; n++) numbers[n] = this.#numberOf.get(terms[n]!)!
    const next = this.#startsOf(numbers)
    const docs = new Uint32Array(this.#tokens)
    const positions = new Uint32Array(this.#tokens)
    const tokenTerms = this.#tokenTerms
    const tokenPositions = this.#tokenPositions
    let token = 0
    for (let doc = 0; doc < this.#ends.length; doc++)
      for (const end = this.#ends[doc]!; token < end; token++) {
        const term = tokenTerms[token]!
        const slot = next[term]!
        next[term] = slot + 1
        docs[slot] = doc
        positions[slot] = tokenPositions[token]!
      }
    return { terms, ends: numbers.map((number) => next[number]!), docs, positions }
  }

  /** Where each term's tokens start, by its number, when they stand in this order of numbers. */
  #startsOf(numbers: Uint32Array): Uint32Array {
    const counts = new Uint32Array(numbers.length)
    const tokenTerms = this.#tokenTerms.subarray(0, this.#tokens)
    for (let token = 0; token < tokenTerms.length; token++) counts[tokenTerms[token]!]! += 1
    const starts = new Uint32Array(numbers.length)
    let start = 0
    for (const number of numbers) {
      starts[number] = start
      start += counts[number]!
    }
    return starts
  }

  #addToken(term: number, position: number): void {
    if (this.#tokens === this.#tokenTerms.length) this.#growTokens()
    this.#tokenTerms[this.#tokens] = term
    this.#tokenPositions[this.#tokens++] = position
  }

  #growTokens(): void {
    this.#tokenTerms = doubled(this.#tokenTerms)
    this.#tokenPositions = doubled(this.#tokenPositions)
  }

  /** Puts a word of the table into the column, and returns what it has there. */
  #meetWord(word: number): number {
    const term = this.#table!.termOf(word)
    const value = term === null ? DROPPED : 1 + (this.#numberOf.get(term) ?? this.#addTerm(term))
    if (word === UNKEPT) return value
    while (word >= this.#words.length) this.#words = doubled(this.#words)
    this.#words[word] = value
    return value
  }

  /** The number of a term that was not met before. Lone surrogates become U+FFFD, as in UTF-8. */
  #addTerm(term: string): number {
    const text = term.isWellFormed() ? term : term.toWellFormed()
    const known = text === term ? undefined : this.#numberOf.get(text)
    const number = known ?? this.#terms.push(text) - 1
    this.#numberOf.set(text, number)
    if (text !== term) this.#numberOf.set(term, number)
    return number
  }
}
