import { InvalidInput } from '../../core/errors.ts'
import type { Version } from '../version.ts'
import { AlphabetFinder } from './alphabet.ts'
import { writeMembers } from './bitmap.ts'
import { BitWriter } from './bits.ts'
import { FilterWriter } from './filters.ts'
import { KeyWriter } from './key-blocks.ts'
import { encodeLengths, normsOf } from './lengths.ts'
import { writeNumbers } from './numbers.ts'
import type { ListField } from './posting-writer.ts'
import { positionSplit } from './runs.ts'
import { encodeSections, type SectionName } from './sections.ts'
import { StoredWriter } from './stored.ts'
import { END, type EncodedSegment, type SegmentShape } from './types.ts'
import { VersionWriter } from './versions.ts'

/** What a segment keeps of a document beside its terms. Names are in the order of the shape. */
export interface DocumentRow {
  version: Version
  /** Tokens of each field. */
  lengths: ArrayLike<number>
  filters: readonly (readonly string[])[]
  /** NaN: absent. */
  numbers: ArrayLike<number>
  /** Null: the document is gone, and has nothing of the above but its version. */
  stored: string | null
}

/** The sections about terms. */
export interface TermSections {
  dictionary: Uint8Array
  postings: Uint8Array
  positions: Uint8Array
}

/** Refuses more documents than a segment can number. */
export function checkCount(count: number): void {
  if (count >= END)
    throw new InvalidInput(`a segment: got ${count} documents, expected less than ${END}`)
}

/** Collects the documents of a segment in the order of their ids, then makes its objects. */
export class DocumentSections {
  /** Documents so far. */
  count = 0
  readonly #shape: SegmentShape
  readonly #ids = new BitWriter(1 << 12)
  readonly #idEnds: number[] = []
  readonly #idBytes = new AlphabetFinder()
  readonly #versions = new VersionWriter()
  readonly #gone: number[] = []
  readonly #lengths: Uint32Array[]
  readonly #filters: FilterWriter[]
  readonly #numbers: Float64Array[]
  readonly #stored = new StoredWriter()

  /** At most `capacity` documents follow. */
  constructor(shape: SegmentShape, capacity: number) {
    checkCount(capacity)
    this.#shape = shape
    this.#lengths = shape.fields.map(() => new Uint32Array(capacity))
    this.#filters = shape.filters.map(() => new FilterWriter())
    this.#numbers = shape.numbers.map(() => new Float64Array(capacity))
  }

  /** The UTF-8 bytes of the id, and what it is the id of. Returns the document's number. */
  add(id: Uint8Array, idLength: number, row: DocumentRow): number {
    const doc = this.count++
    this.#ids.append(id, 0, idLength)
    this.#idEnds.push(this.#ids.length)
    this.#idBytes.add(id, idLength)
    this.#versions.add(row.version)
    if (row.stored === null) this.#gone.push(doc)
    // By number: `entries` would make an array for each field of each document.
    for (let i = 0; i < this.#lengths.length; i++) this.#lengths[i]![doc] = row.lengths[i]!
    for (let i = 0; i < this.#filters.length; i++) this.#filters[i]!.add(row.filters[i]!)
    for (let i = 0; i < this.#numbers.length; i++) this.#numbers[i]![doc] = row.numbers[i]!
    this.#stored.add(row.stored)
    return doc
  }

  /** What the lists of each field have in common, once all documents are added. */
  listFields(): ListField[] {
    return this.#lengths.map((all): ListField => {
      const lengths = all.subarray(0, this.count)
      const { docs, tokens } = totalsOf(lengths)
      return { norms: normsOf(lengths), positionSplit: positionSplit(docs, tokens) }
    })
  }

  encode(fields: readonly ListField[], terms: TermSections): EncodedSegment {
    const { count } = this
    const shape = this.#shape
    const lengths = this.#lengths.map((all) => all.subarray(0, count))
    const { section: stored, documents } = this.#stored.finish()
    const live = count - this.#gone.length
    const sections: Record<SectionName, Uint8Array> = {
      ids: written((writer) => this.#writeIds(writer)),
      versions: this.#versions.finish(),
      gone: written((writer) => writeMembers(writer, this.#gone.length, this.#gone)),
      ...terms,
      norms: written((writer) => {
        for (const { norms } of fields) writer.append(norms)
      }),
      lengths: encodeLengths(lengths),
      filters: written((writer) => {
        for (const filter of this.#filters) writer.append(filter.finish())
      }),
      numbers: written((writer) => {
        for (const numbers of this.#numbers) writeNumbers(writer, numbers.subarray(0, count))
      }),
      stored,
    }
    const totals = lengths.map(totalsOf)
    const facts = { shape, count, live, totals, documentsBytes: documents.length }
    return { index: encodeSections(facts, sections), documents, count, live, totals }
  }

  #writeIds(writer: BitWriter): void {
    const keys = new KeyWriter(this.#idBytes.find())
    let from = 0
    for (const end of this.#idEnds) {
      keys.add(this.#ids.bytes.subarray(from, end), end - from)
      from = end
    }
    keys.finish(writer)
  }
}

const totalsOf = (lengths: Uint32Array): { docs: number; tokens: number } => ({
  docs: lengths.reduce((sum, length) => sum + (length > 0 ? 1 : 0), 0),
  tokens: lengths.reduce((sum, length) => sum + length, 0),
})

function written(write: (writer: BitWriter) => void): Uint8Array {
  const writer = new BitWriter()
  write(writer)
  return writer.written()
}
