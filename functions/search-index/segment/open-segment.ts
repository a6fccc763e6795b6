import { QuartermasterError } from '../../core/errors.ts'
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
import { openSections, type SectionName, type SegmentBytes } from './sections.ts'
import { Stored } from './stored.ts'
import { Texts } from './texts.ts'
import type { Bitmap, FilterValues, Postings, Segment, SegmentShape, TermEntry } from './types.ts'
import { NO_NUMBERS, NO_VALUES, UnreadPostings } from './unread.ts'
import { Versions } from './versions.ts'

interface OpenField {
  ordinal: number
  norms: Uint8Array
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

const NO_POSITIONS = { view: new DataView(new ArrayBuffer(0)), at: 0 }

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
  readonly #source: SegmentBytes
  readonly #gone: Bitmap
  readonly #fields = new Map<string, OpenField>()
  /** By ordinal. */
  readonly #listFields: ListField[] = []
  /** These are opened when they are first asked for: a search reads none of the first two. */
  #versions: Versions | null = null
  #lengths: readonly BitColumn[] | null = null
  #filters: ReadonlyMap<string, FilterValues> | null = null
  #numberReaders: ReadonlyMap<string, () => Float64Array> | null = null
  readonly #decodedNumbers = new Map<string, Float64Array>()

  constructor(source: SegmentBytes, name: string) {
    const { shape, count, totals } = source
    this.name = name
    this.#source = source
    this.shape = shape
    this.count = count
    this.documentsBytes = source.documentsBytes
    this.ids = new Texts(...this.#read('ids'))
    this.#gone = readMembers(this.#read('gone')[1], count)
    this.dictionary = new Dictionary(...this.#read('dictionary'))
    this.stored = new Stored(...this.#read('stored'), count, name)
    const [bytes, { start }] = this.#read('norms')
    for (const [ordinal, field] of shape.fields.entries()) {
      const from = start + ordinal * count
      const norms = bytes.subarray(from, from + count)
      const { docs, tokens } = totals[ordinal]!
      this.#listFields.push({ norms, positionSplit: positionSplit(docs, tokens) })
      this.#fields.set(field, { ordinal, norms, totals: totals[ordinal]! })
    }
  }

  #find(section: SectionName): [Uint8Array, BitReader] | null {
    const place = this.#source.section(section)
    return place && [place.bytes, new BitReader(place.view, place.at)]
  }

  /** A section that no search reads, or that is always in memory. */
  #read(section: SectionName): [Uint8Array, BitReader] {
    const found = this.#find(section)
    if (found) return found
    throw new QuartermasterError(`${this.name}: ${section} is still to be read`)
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
    this.#versions ??= new Versions(...this.#read('versions'), this.count)
    return this.#versions.at(doc)
  }

  isGone(doc: number): boolean {
    return this.#gone.has(doc)
  }

  exactLength(field: string, doc: number): number {
    this.#checkDoc(doc)
    const { norms, ordinal } = named(this.#fields, field, 'field')
    this.#lengths ??= this.#openLengths()
    return lengthAt(norms, this.#lengths[ordinal]!, doc)
  }

  #openLengths(): readonly BitColumn[] {
    const [, reader] = this.#read('lengths')
    return this.shape.fields.map(() => openLengths(reader, this.count))
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

  postings(entry: TermEntry, positions?: 'with positions'): Postings {
    const { docs, postingsAt, positionsAt, postingsBytes, positionsBytes } = entry
    const list = this.#source.list('postings', postingsAt, postingsBytes)
    const areNeeded = positionsBytes > 0 && (positions || this.#source.isWhole)
    const places = areNeeded
      ? this.#source.list('positions', positionsAt, positionsBytes)
      : NO_POSITIONS
    if (!list || !places) return new UnreadPostings(docs)
    return new PostingCursor({
      ...{ view: list.view, postingsAt: list.at },
      ...{ positionsView: places.view, positionsAt: places.at },
      ...{ docs, field: this.#listFields[entry.field]! },
    })
  }

  filter(attribute: string): FilterValues {
    this.#filters ??= this.#openFilters()
    return this.#filters ? named(this.#filters, attribute, 'filter') : NO_VALUES
  }

  #openFilters(): Map<string, FilterValues> | null {
    const found = this.#find('filters')
    const open = (attribute: string, [bytes, reader]: [Uint8Array, BitReader]) =>
      [attribute, openFilter(bytes, reader, this.count)] as const
    return found && new Map(this.shape.filters.map((attribute) => open(attribute, found)))
  }

  numbers(attribute: string): Float64Array {
    this.#numberReaders ??= this.#openNumbers()
    if (!this.#numberReaders) return NO_NUMBERS
    const read = named(this.#numberReaders, attribute, 'number')
    const numbers = this.#decodedNumbers.get(attribute) ?? read()
    this.#decodedNumbers.set(attribute, numbers)
    return numbers
  }

  #openNumbers(): Map<string, () => Float64Array> | null {
    const found = this.#find('numbers')
    const open = (attribute: string, [, reader]: [Uint8Array, BitReader]) =>
      [attribute, openNumbers(reader, this.count)] as const
    return found && new Map(this.shape.numbers.map((attribute) => open(attribute, found)))
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
