import fc from 'fast-check'
import type { Token } from '../../../functions/search-index/analysis/token.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import { openSegment } from '../../../functions/search-index/segment/open-segment.ts'
import {
  END,
  type IndexedDocument,
  type Segment,
  type SegmentShape,
} from '../../../functions/search-index/segment/types.ts'

export const SHAPE: SegmentShape = {
  generation: '0a1b2c3d-1700000000000',
  fields: ['text', 'title'],
  filters: ['brand', 'tags'],
  numbers: ['price', 'rating'],
}

/** Terms at the positions 0, 1, 2, … */
export const tokensOf = (...terms: string[]): Token[] =>
  terms.map((term, position) => ({ term, position, start: 0, end: 0 }))

type Content = NonNullable<IndexedDocument['content']>

/** A document with these words in `text`. */
export const textDocument = (
  id: string,
  text: readonly string[],
  content: Partial<Content> = {},
): IndexedDocument => ({
  id,
  version: { knowableMs: 1_700_000_000_000, drop: 'raw/shop/items/one.jsonl', row: 0 },
  content: {
    ...{ fields: { text: tokensOf(...text) }, filters: {}, numbers: {} },
    ...{ stored: JSON.stringify({ id }), ...content },
  },
})
export const goneDocument = (id: string, knowableMs = 1_700_000_000_000): IndexedDocument => ({
  id,
  version: { knowableMs, drop: 'raw/shop/items/gone.jsonl', row: 0 },
  content: null,
})

export function encodeAndOpen(documents: readonly IndexedDocument[], shape = SHAPE) {
  const encoded = encodeSegment(shape, documents)
  return { ...encoded, segment: openSegment(encoded.index, 'segment.index') }
}

/** The order that ids, terms and values have. */
export const byUtf8 = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b))
export const sortDocuments = (documents: readonly IndexedDocument[]): IndexedDocument[] =>
  [...documents].sort((a, b) => byUtf8(a.id, b.id))

type Postings = [doc: number, positions: number[]][]

/** The lists of a field, made with maps alone. */
export function naiveLists(
  documents: readonly IndexedDocument[],
  field: string,
): [term: string, Postings][] {
  const lists = new Map<string, Map<number, number[]>>()
  for (const [doc, { content }] of sortDocuments(documents).entries())
    for (const { term, position } of content?.fields[field] ?? []) {
      const list = lists.get(term) ?? new Map<number, number[]>()
      lists.set(term, list)
      list.set(doc, [...(list.get(doc) ?? []), position])
    }
  return [...lists]
    .sort(([a], [b]) => byUtf8(a, b))
    .map(([term, list]) => [term, [...list].sort(([a], [b]) => a - b)])
}

export function listsOf(segment: Segment, field: string): [term: string, Postings][] {
  return Array.from(segment.termsFrom(field, ''), ({ term, entry }) => {
    const cursor = segment.postings(entry)
    const list: Postings = []
    while (cursor.next() !== END) list.push([cursor.doc, [...cursor.positions()]])
    return [term, list]
  })
}

const word = fc.constantFrom(
  'a',
  'ab',
  'abc',
  'b',
  'é',
  '日本',
  '\uffee',
  '😀',
  '',
  'x'.repeat(400),
)
/** Documents that differ in everything that a segment keeps; some are gone. */
export const anyDocuments = (maxLength = 60) =>
  fc.uniqueArray(
    fc.record({
      id: fc.string({ unit: 'grapheme', maxLength: 6 }),
      version: fc.record({
        knowableMs: fc.integer({ min: 0, max: 2 ** 41 }),
        drop: fc.constantFrom('raw/shop/items/a.jsonl', 'raw/shop/items/b.jsonl', 'é'),
        row: fc.nat(100_000),
      }),
      content: fc.option(anyContent(), { freq: 5 }),
    }),
    { selector: ({ id }) => id, maxLength },
  )

const anyTokens = () =>
  fc.array(fc.tuple(word, fc.nat(40)), { maxLength: 30 }).map((steps) => {
    let position = 0
    return steps.map(([term, step]): Token => {
      position += step
      return { term, position, start: 0, end: 0 }
    })
  })
const anyContent = () =>
  fc.record({
    fields: fc.record({ text: anyTokens(), title: anyTokens() }, { requiredKeys: [] }),
    filters: fc.record(
      { brand: fc.array(word, { maxLength: 1 }), tags: fc.array(word, { maxLength: 4 }) },
      { requiredKeys: [] },
    ),
    numbers: fc.record(
      {
        price: fc.integer({ min: -500, max: 100_000 }).map((cents) => cents / 100),
        rating: fc.double({ noNaN: true, noDefaultInfinity: true }),
      },
      { requiredKeys: [] },
    ),
    stored: fc.json({ maxDepth: 1 }),
  })
