import { encodeNorm } from '../../functions/search-index/segment/norms.ts'
import {
  type Bitmap,
  END,
  type IndexedDocument,
  type Postings,
  type Segment,
  type SegmentShape,
  type TermEntry,
} from '../../functions/search-index/segment/types.ts'
import { compareUtf8 } from '../../functions/search-index/segment/utf8.ts'

interface Posting {
  doc: number
  positions: number[]
}
type Content = NonNullable<IndexedDocument['content']>

/** Documents by number, as a bitmap of a segment. */
export const memoryBitmap = (docs: readonly number[]): Bitmap => {
  const members = new Set(docs)
  return {
    has: (doc) => members.has(doc),
    countIn: (from, through) => docs.filter((doc) => doc >= from && doc <= through).length,
    size: members.size,
  }
}

class MemoryPostings implements Postings {
  readonly docs: number
  readonly #list: readonly Posting[]
  readonly #norms: Uint8Array
  readonly #blockDocs: number
  #at = -1

  constructor(list: readonly Posting[], norms: Uint8Array, blockDocs: number) {
    this.docs = list.length
    this.#list = list
    this.#norms = norms
    this.#blockDocs = blockDocs
  }

  get doc(): number {
    return this.#at < 0 ? -1 : (this.#list[this.#at]?.doc ?? END)
  }
  get frequency(): number {
    return this.#list[this.#at]!.positions.length
  }
  next(): number {
    this.#at = Math.min(this.#at + 1, this.#list.length)
    return this.doc
  }
  advance(target: number): number {
    while (this.doc < target) this.next()
    return this.doc
  }
  seekBlock(target: number) {
    if (target < this.doc) throw new Error(`seekBlock(${target}) at document ${this.doc}`)
    const first = this.#list.findIndex(({ doc }) => doc >= target)
    if (first < 0) return { through: END, maxFrequency: 0, minNorm: 255 }
    const from = first - (first % this.#blockDocs)
    const block = this.#list.slice(from, from + this.#blockDocs)
    return {
      through: block.at(-1)!.doc,
      maxFrequency: Math.max(...block.map(({ positions }) => positions.length)),
      minNorm: Math.min(...block.map(({ doc }) => this.#norms[doc]!)),
    }
  }
  positions(): Uint32Array {
    return Uint32Array.from(this.#list[this.#at]!.positions)
  }
  countWithout(deleted: Bitmap): number {
    return this.#list.filter(({ doc }) => !deleted.has(doc)).length
  }
}

/** A field's posting lists by term. */
function invert(contents: readonly (Content | null)[], field: string): Map<string, Posting[]> {
  const terms = new Map<string, Posting[]>()
  for (const [doc, content] of contents.entries())
    for (const { term, position } of content?.fields[field] ?? []) {
      const list = terms.get(term) ?? []
      terms.set(term, list)
      if (list.at(-1)?.doc === doc) list.at(-1)!.positions.push(position)
      else list.push({ doc, positions: [position] })
    }
  return new Map([...terms].sort(([a], [b]) => compareUtf8(a, b)))
}

function filterValues(contents: readonly (Content | null)[], attribute: string) {
  const byDoc = contents.map((content) => [...new Set(content?.filters[attribute] ?? [])])
  const values = [...new Set(byDoc.flat())].sort(compareUtf8)
  return {
    values,
    of: (doc: number) => Uint32Array.from(byDoc[doc]!, (value) => values.indexOf(value)).sort(),
    docs: (ordinal: number) =>
      Uint32Array.from(byDoc.keys()).filter((doc) => byDoc[doc]!.includes(values[ordinal]!)),
  }
}

/**
 * The plain twin of an opened segment: the documents themselves, in maps and lists. Blocks of postings
 * hold few documents, so that small tests have many.
 */
export function memorySegment(
  shape: SegmentShape,
  documents: readonly IndexedDocument[],
  blockDocs = 4,
): Segment {
  const sorted = [...documents].sort((a, b) => compareUtf8(a.id, b.id))
  const contents = sorted.map(({ content }) => content)
  const lists: Posting[][] = []
  const dictionary = new Map<string, Map<string, TermEntry>>()
  for (const [ordinal, field] of shape.fields.entries()) {
    const entries = new Map<string, TermEntry>()
    for (const [term, list] of invert(contents, field)) {
      const place = lists.push(list) - 1
      const bytes = { postingsBytes: 0, positionsBytes: 0 }
      entries.set(term, {
        docs: list.length,
        postingsAt: place,
        positionsAt: 0,
        ...bytes,
        field: ordinal,
      })
    }
    dictionary.set(field, entries)
  }
  const lengthOf = (field: string, doc: number): number => contents[doc]?.fields[field]?.length ?? 0
  const norms = new Map(
    shape.fields.map((field) => [
      field,
      Uint8Array.from(sorted, (_, doc) => encodeNorm(lengthOf(field, doc))),
    ]),
  )
  return {
    shape,
    count: sorted.length,
    idOf: (doc) => sorted[doc]!.id,
    find: (id) => sorted.findIndex((one) => one.id === id),
    versionOf: (doc) => sorted[doc]!.version,
    isGone: (doc) => contents[doc] === null,
    exactLength: lengthOf,
    norms: (field) => norms.get(field)!,
    fieldTotals: (field) => {
      const lengths = contents.map((_, doc) => lengthOf(field, doc)).filter((length) => length > 0)
      return { docs: lengths.length, tokens: lengths.reduce((a, b) => a + b, 0) }
    },
    term: (field, term) => dictionary.get(field)!.get(term) ?? null,
    termsFrom: function* (field, prefix) {
      for (const [term, entry] of dictionary.get(field)!)
        if (term.startsWith(prefix)) yield { term, entry }
    },
    postings: ({ postingsAt, field }) =>
      new MemoryPostings(lists[postingsAt]!, norms.get(shape.fields[field]!)!, blockDocs),
    filter: (attribute) => filterValues(contents, attribute),
    numbers: (attribute) =>
      Float64Array.from(contents, (content) => content?.numbers[attribute] ?? Number.NaN),
    storedRange: (doc) => ({ from: doc, through: doc }),
    readStored: (doc) => contents[doc]!.stored,
  }
}
