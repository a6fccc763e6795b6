import { InvalidInput } from '../../core/errors.ts'
import type { Token } from '../analysis/token.ts'
import { DictionaryWriter } from './dictionary.ts'
import type { TermSections } from './document-sections.ts'
import { type ListField, PostingWriter } from './posting-writer.ts'
import { sortUtf8, Utf8Text } from './utf8.ts'

const MAX_POSITION = 2 ** 31 - 1

const grown = (values: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> => {
  const larger = new Uint32Array(Math.max(2 * values.length, needed))
  larger.set(values)
  return larger
}

/**
 * Turns documents of tokens into terms of documents: each term gets a number, tokens are kept as two
 * columns in the order of documents, and one counting sort groups them by term. Memory: 16 bytes a
 * token, and each term once.
 */
export class Inverter {
  readonly #numberOf: Map<string, number>[]
  /** The distinct terms of each field, and all by their numbers. */
  readonly #terms: string[][]
  readonly #termOf: string[] = []
  #tokenTerms = new Uint32Array(1 << 14)
  #tokenPositions = new Uint32Array(1 << 14)
  #tokens = 0
  /** Where each document's tokens end. */
  readonly #ends: number[] = []

  constructor(fields: number) {
    this.#numberOf = Array.from({ length: fields }, () => new Map())
    this.#terms = Array.from({ length: fields }, () => [])
  }

  /** The number of a term that was not met before. Lone surrogates become U+FFFD, as in UTF-8. */
  #addTerm(field: number, term: string): number {
    const text = term.toWellFormed()
    let number = this.#numberOf[field]!.get(text)
    if (number === undefined) {
      number = this.#termOf.push(text) - 1
      this.#terms[field]!.push(text)
      this.#numberOf[field]!.set(text, number)
    }
    if (text !== term) this.#numberOf[field]!.set(term, number)
    return number
  }

  /** Adds a field of the present document. Throws InvalidInput for positions that descend. `id` names the document. */
  addTokens(field: number, tokens: readonly Token[], id: string): void {
    if (this.#tokens + tokens.length > this.#tokenTerms.length) {
      this.#tokenTerms = grown(this.#tokenTerms, this.#tokens + tokens.length)
      this.#tokenPositions = grown(this.#tokenPositions, this.#tokens + tokens.length)
    }
    const tokenTerms = this.#tokenTerms
    const tokenPositions = this.#tokenPositions
    const numberOf = this.#numberOf[field]!
    let count = this.#tokens
    let before = 0
    for (const { term, position } of tokens) {
      if (!(position >= before && position <= MAX_POSITION && Number.isInteger(position)))
        throw new InvalidInput(
          `document ${JSON.stringify(id)}: got position ${position} of ${JSON.stringify(term)} after ${before}, expected ascending integers below 2^31`,
        )
      before = position
      tokenTerms[count] = numberOf.get(term) ?? this.#addTerm(field, term)
      tokenPositions[count++] = position
    }
    this.#tokens = count
  }

  endDocument(): void {
    this.#ends.push(this.#tokens)
  }

  encode(fields: readonly ListField[]): TermSections {
    const sorted = this.#terms.map((terms, field) => {
      const numberOf = this.#numberOf[field]!
      return sortUtf8(terms).map((term) => numberOf.get(term)!)
    })
    const ends = this.#startsOf(sorted)
    const { docs, positions } = this.#group(ends)
    const dictionary = new DictionaryWriter()
    const lists = new PostingWriter()
    const key = new Utf8Text()
    let at = 0
    for (const [field, numbers] of sorted.entries())
      for (const number of numbers) {
        lists.start(fields[field]!)
        for (const end = ends[number]!; at < end; ) {
          const doc = docs[at]!
          const from = at
          while (at < end && docs[at] === doc) at++
          lists.add(doc, positions, from, at)
        }
        key.set(this.#termOf[number]!, 1).bytes[0] = field
        dictionary.add(key.bytes, key.length, lists.finish())
      }
    return {
      dictionary: dictionary.finish(),
      postings: lists.postings.written(),
      positions: lists.positions.written(),
    }
  }

  /** Where each term's tokens start, by its number, when they stand in the order of terms. */
  #startsOf(sorted: readonly (readonly number[])[]): Uint32Array {
    const counts = new Uint32Array(this.#termOf.length)
    for (let token = 0; token < this.#tokens; token++) counts[this.#tokenTerms[token]!]! += 1
    const starts = new Uint32Array(counts.length)
    let start = 0
    for (const numbers of sorted)
      for (const number of numbers) {
        starts[number] = start
        start += counts[number]!
      }
    return starts
  }

  /** Sorts tokens by term: `next` has each term's start, and afterwards its end. */
  #group(next: Uint32Array): { docs: Uint32Array; positions: Uint32Array } {
    const tokenTerms = this.#tokenTerms
    const tokenPositions = this.#tokenPositions
    const docs = new Uint32Array(this.#tokens)
    const positions = new Uint32Array(this.#tokens)
    let token = 0
    for (const [doc, end] of this.#ends.entries())
      for (; token < end; token++) {
        const slot = next[tokenTerms[token]!]!++
        docs[slot] = doc
        positions[slot] = tokenPositions[token]!
      }
    return { docs, positions }
  }
}
