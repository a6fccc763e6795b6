import type { Version } from '../version.ts'
import { readMembers } from './bitmap.ts'
import { BitReader } from './bits.ts'
import type { BitColumn } from './columns.ts'
import { Dictionary } from './dictionary.ts'
import { openFilter } from './filters.ts'
import { lengthAt, openLengths } from './lengths.ts'
import { openNumbers } from './numbers.ts'
import { PostingCursor } from './posting-cursor.ts'
import type { ListField } from './posting-writer.ts'
import { positionSplit } from './runs.ts'
import { type OpenSections, openSections } from './sections.ts'
import { Stored } from './stored.ts'
import { Texts } from './texts.ts'
import type { Bitmap, FilterValues, Postings, Segment, SegmentShape, TermEntry } from './types.ts'
import { Versions } from './versions.ts'

interface OpenField {
  ordinal: number
  norms: Uint8Array
  rests: BitColumn
  totals: { docs: number; tokens: number }
}

function named<T>(values: ReadonlyMap<string, T>, name: string, kind: string): T {
  const value = values.get(name)
  if (value === undefined)
    throw new RangeError(
      `got ${kind} ${JSON.stringify(name)}, expected ${[...values.keys()].join(', ') || 'none'}`,
    )
  return value
}

/** A segment over the bytes of its `index`. What is not asked for stays bytes. */
export class OpenedSegment implements Segment {
  /** Names its object in errors. */
  readonly name: string
  readonly shape: SegmentShape
  readonly count: number
  readonly ids: Texts
  readonly dictionary: Dictionary
  readonly stored: Stored
  /** Length of the object `documents`. */
  readonly documentsBytes: number
  readonly #versions: Versions
  readonly #gone: Bitmap
  readonly #fields = new Map<string, OpenField>()
  readonly #filters = new Map<string, FilterValues>()
  readonly #numberReaders = new Map<string, () => Float64Array>()
  readonly #decodedNumbers = new Map<string, Float64Array>()
  readonly #sections: OpenSections
  /** By ordinal. */
  readonly #listFields: ListField[] = []

  constructor(sections: OpenSections, name: string) {
    const { shape, count, bytes, view, starts, totals } = sections
    const readerAt = (start: number): BitReader => new BitReader(view, start)
    this.name = name
    this.#sections = sections
    this.shape = shape
    this.count = count
    this.documentsBytes = sections.documentsBytes
    this.ids = new Texts(bytes, readerAt(starts.ids))
    this.#versions = new Versions(bytes, readerAt(starts.versions), count)
    this.#gone = readMembers(readerAt(starts.gone), count)
    this.dictionary = new Dictionary(bytes, readerAt(starts.dictionary))
    this.stored = new Stored(bytes, readerAt(starts.stored), count, name)
    const lengths = readerAt(starts.lengths)
    for (const [ordinal, field] of shape.fields.entries()) {
      const from = starts.norms + ordinal * count
      const norms = bytes.subarray(from, from + count)
      const rests = openLengths(lengths, count)
      const { docs, tokens } = totals[ordinal]!
      this.#listFields.push({ norms, positionSplit: positionSplit(docs, tokens) })
      this.#fields.set(field, { ordinal, norms, rests, totals: totals[ordinal]! })
    }
    const filters = readerAt(starts.filters)
    for (const attribute of shape.filters)
      this.#filters.set(attribute, openFilter(bytes, filters, count))
    const numbers = readerAt(starts.numbers)
    for (const attribute of shape.numbers)
      this.#numberReaders.set(attribute, openNumbers(numbers, count))
  }

  #checkDoc(doc: number): void {
    if (!(doc >= 0 && doc < this.count))
      throw new RangeError(`got document ${doc}, expected one from 0 to ${this.count - 1}`)
  }

  idOf(doc: number): string {
    return this.ids.at(doc)
  }

  find(id: string): number {
    return this.ids.find(id)
  }

  versionOf(doc: number): Version {
    this.#checkDoc(doc)
    return this.#versions.at(doc)
  }

  isGone(doc: number): boolean {
    return this.#gone.has(doc)
  }

  exactLength(field: string, doc: number): number {
    this.#checkDoc(doc)
    const { norms, rests } = named(this.#fields, field, 'field')
    return lengthAt(norms, rests, doc)
  }

  norms(field: string): Uint8Array {
    return named(this.#fields, field, 'field').norms
  }

  fieldTotals(field: string): { docs: number; tokens: number } {
    return named(this.#fields, field, 'field').totals
  }

  term(field: string, term: string): TermEntry | null {
    return this.dictionary.find(named(this.#fields, field, 'field').ordinal, term)
  }

  termsFrom(field: string, prefix: string): Iterable<{ term: string; entry: TermEntry }> {
    return this.dictionary.from(named(this.#fields, field, 'field').ordinal, prefix)
  }

  postings({ docs, field, postingsAt, positionsAt }: TermEntry): Postings {
    const { view, starts } = this.#sections
    return new PostingCursor({
      view,
      postingsAt: starts.postings + postingsAt,
      positionsAt: starts.positions + positionsAt,
      docs,
      field: this.#listFields[field]!,
    })
  }

  filter(attribute: string): FilterValues {
    return named(this.#filters, attribute, 'filter')
  }

  numbers(attribute: string): Float64Array {
    const read = named(this.#numberReaders, attribute, 'number')
    const numbers = this.#decodedNumbers.get(attribute) ?? read()
    this.#decodedNumbers.set(attribute, numbers)
    return numbers
  }

  storedRange(doc: number): { from: number; through: number } {
    this.#checkDoc(doc)
    return this.stored.range(doc)
  }

  readStored(doc: number, bytes: Uint8Array): string {
    this.#checkDoc(doc)
    const text = this.stored.read(doc, bytes)
    if (text === null) throw new RangeError(`document ${doc} is gone: nothing of it is stored`)
    return text
  }
}

/**
 * Opens the object `index`, which must not change afterwards. `name` names it in errors. Throws
 * CorruptArtifact with the object, the section, the found and the expected value where any byte differs.
 * Memory: the bytes; 9/64 bytes a document where some are gone; about 10 KB, and less than 4 KB
 * for each field, filter and number. At first use: 8 bytes a document for a number, and the texts of a filter's values.
 */
export function openSegment(bytes: Uint8Array, name: string): Segment {
  return new OpenedSegment(openSections(bytes, name), name)
}

/** The segment as this module opened it. */
export function opened(segment: Segment): OpenedSegment {
  if (segment instanceof OpenedSegment) return segment
  throw new TypeError('got another segment, expected one of openSegment')
}
