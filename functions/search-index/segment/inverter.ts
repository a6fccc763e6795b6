import type { Token } from '../analysis/token.ts'
import { DictionaryWriter } from './dictionary.ts'
import type { TermSections } from './document-sections.ts'
import { FieldInverter } from './field-inverter.ts'
import { type ListField, PostingWriter } from './posting-writer.ts'
import type { FieldTerms } from './types.ts'
import { Utf8Text } from './utf8.ts'

const isTokens = (terms: FieldTerms): terms is readonly Token[] => Array.isArray(terms)

/** Turns documents into posting lists, and writes these in the order of fields and terms. */
export class Inverter {
  readonly #fields: readonly FieldInverter[]

  constructor(fields: number) {
    this.#fields = Array.from({ length: fields }, () => new FieldInverter())
  }

  /**
   * Adds the fields of the next document; one without terms is undefined. Throws InvalidInput for positions
   * that descend. `id` names the document.
   */
  addDocument(fields: readonly (FieldTerms | undefined)[], id: string): void {
    for (let field = 0; field < fields.length; field++) {
      const terms = fields[field]
      const inverter = this.#fields[field]!
      if (terms !== undefined) {
        if (isTokens(terms)) inverter.addTokens(terms, id)
        else terms.analyzer.readWords(terms.text, inverter)
      }
      inverter.endDocument()
    }
  }

  /** Tokens of a field of a document. */
  lengthOf(field: number, doc: number): number {
    return this.#fields[field]!.lengthOf(doc)
  }

  encode(fields: readonly ListField[]): TermSections {
    const dictionary = new DictionaryWriter()
    const lists = new PostingWriter()
    const key = new Utf8Text()
    for (const [field, inverter] of this.#fields.entries()) {
      const { terms, ends, docs, positions } = inverter.group()
      let at = 0
      for (const [n, term] of terms.entries()) {
        lists.start(fields[field]!)
        lists.addTokens(docs, positions, at, ends[n]!)
        at = ends[n]!
        key.set(term, 1).bytes[0] = field
        dictionary.add(key.bytes, key.length, lists.finish())
      }
    }
    return {
      dictionary: dictionary.finish(),
      postings: lists.postings.written(),
      positions: lists.positions.written(),
    }
  }
}
