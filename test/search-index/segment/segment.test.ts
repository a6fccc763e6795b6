import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IndexedDocument } from '../../../functions/search-index/segment/types.ts'
import {
  anyDocuments,
  byUtf8,
  encodeAndOpen,
  goneDocument,
  listsOf,
  naiveLists,
  SHAPE,
  sortDocuments,
  textDocument,
  tokensOf,
} from './naive-index.ts'

const distinct = (values: readonly string[] = []): string[] => [...new Set(values)].sort(byUtf8)

/** All that a segment says about its documents, in their order, without their terms. */
function rowsOf({ segment, documents }: ReturnType<typeof encodeAndOpen>) {
  return Array.from({ length: segment.count }, (_, doc) => {
    const { from, through } = segment.storedRange(doc)
    const valuesOf = (attribute: string): string[] => {
      const filter = segment.filter(attribute)
      return Array.from(filter.of(doc), (ordinal) => filter.values[ordinal]!)
    }
    return {
      ...{ id: segment.idOf(doc), version: segment.versionOf(doc), gone: segment.isGone(doc) },
      lengths: SHAPE.fields.map((field) => segment.exactLength(field, doc)),
      filters: SHAPE.filters.map(valuesOf),
      numbers: SHAPE.numbers.map((attribute) => segment.numbers(attribute)[doc]),
      stored: segment.isGone(doc)
        ? null
        : segment.readStored(doc, documents.subarray(from, through + 1)),
    }
  })
}
const naiveRow = ({ id, version, content }: IndexedDocument) => ({
  ...{ id, version, gone: content === null },
  lengths: SHAPE.fields.map((field) => content?.fields[field]?.length ?? 0),
  filters: SHAPE.filters.map((attribute) => distinct(content?.filters[attribute])),
  numbers: SHAPE.numbers.map((attribute) => content?.numbers[attribute] ?? Number.NaN),
  stored: content?.stored ?? null,
})

describe('A segment', () => {
  test('A segment gives back all documents and all posting lists', () => {
    fc.assert(
      fc.property(anyDocuments(), (documents) => {
        const opened = encodeAndOpen(documents)
        expect(rowsOf(opened)).toEqual(sortDocuments(documents).map(naiveRow))
        for (const field of SHAPE.fields)
          expect(listsOf(opened.segment, field)).toEqual(naiveLists(documents, field))
      }),
      { numRuns: 60 },
    )
  })

  test('A segment counts its documents, live ones, and the tokens of fields', () => {
    fc.assert(
      fc.property(anyDocuments(), (documents) => {
        const { segment, count, live } = encodeAndOpen(documents)
        expect(segment.count).toBe(documents.length)
        expect(count).toBe(documents.length)
        expect(live).toBe(documents.filter(({ content }) => content).length)
        for (const field of SHAPE.fields) {
          const lengths = documents.map(
            (document) => naiveRow(document).lengths[SHAPE.fields.indexOf(field)]!,
          )
          expect(segment.fieldTotals(field)).toEqual({
            docs: lengths.filter((length) => length > 0).length,
            tokens: lengths.reduce((sum, length) => sum + length, 0),
          })
        }
      }),
      { numRuns: 20 },
    )
  })

  test('The same documents give the same bytes in any order', () => {
    const shuffled = anyDocuments(30).chain((documents) =>
      fc.tuple(
        fc.constant(documents),
        fc.shuffledSubarray(documents, { minLength: documents.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([documents, others]) => {
        const { index, documents: stored } = encodeAndOpen(documents)
        expect(encodeAndOpen(others)).toMatchObject({ index, documents: stored })
      }),
      { numRuns: 40 },
    )
  })

  test('An id is found exactly where it is present', () => {
    fc.assert(
      fc.property(anyDocuments(), fc.string({ maxLength: 6 }), (documents, other) => {
        const { segment } = encodeAndOpen(documents)
        const ids = sortDocuments(documents).map(({ id }) => id)
        for (const [doc, id] of ids.entries()) expect(segment.find(id)).toBe(doc)
        expect(segment.find(other)).toBe(ids.indexOf(other))
      }),
    )
  })

  test('A term is found only in its own field', () => {
    const { segment } = encodeAndOpen([
      textDocument('1', [], { fields: { text: tokensOf('red'), title: tokensOf('blue') } }),
    ])
    expect(segment.term('text', 'red')).toMatchObject({ docs: 1 })
    expect(segment.term('title', 'red')).toBeNull()
    expect(segment.term('text', 'blue')).toBeNull()
    expect(segment.term('text', '')).toBeNull()
  })

  test('Terms that begin with a prefix come in byte order', () => {
    const terms = ['re', 'red', 'redo', 'reé', 're\uffee', 're😀', 'rf', 'r', 'Re']
    const { segment } = encodeAndOpen([
      textDocument('1', terms, { fields: { text: tokensOf(...terms), title: tokensOf('rez') } }),
    ])
    const startingWith = (prefix: string): string[] =>
      Array.from(segment.termsFrom('text', prefix), ({ term }) => term)
    expect(startingWith('re')).toEqual(['re', 'red', 'redo', 'reé', 're\uffee', 're😀'])
    expect(startingWith('redo')).toEqual(['redo'])
    expect(startingWith('redox')).toEqual([])
    expect(startingWith('')).toEqual([...terms].sort(byUtf8))
    expect(startingWith('zz')).toEqual([])
  })

  test('Prefixes agree with a scan of many terms', () => {
    const terms = Array.from({ length: 3000 }, (_, n) => ((n * 7919) % 4001).toString(5))
    const { segment } = encodeAndOpen([textDocument('1', terms)])
    for (const prefix of ['1', '12', '123', '4444', '40', '5']) {
      const expected = [...new Set(terms)].filter((term) => term.startsWith(prefix)).sort(byUtf8)
      expect(Array.from(segment.termsFrom('text', prefix), ({ term }) => term)).toEqual(expected)
    }
  })

  test('A segment of no documents opens and has nothing', () => {
    const { segment } = encodeAndOpen([])
    expect(segment.count).toBe(0)
    expect(segment.find('a')).toBe(-1)
    expect(segment.term('text', 'a')).toBeNull()
    expect([...segment.termsFrom('text', '')]).toEqual([])
    expect(segment.filter('brand').values).toEqual([])
    expect(segment.numbers('price')).toHaveLength(0)
    expect(segment.fieldTotals('text')).toEqual({ docs: 0, tokens: 0 })
  })

  test('A gone document keeps its id and version and nothing else', () => {
    const { segment, documents } = encodeAndOpen([goneDocument('a', 5), textDocument('b', ['x'])])
    expect(segment.isGone(0)).toBe(true)
    expect(segment.versionOf(0)).toEqual({
      ...{ knowableMs: 5, drop: 'raw/shop/items/gone.jsonl', row: 0 },
    })
    expect(segment.norms('text')).toEqual(Uint8Array.of(0, 1))
    expect(() => segment.readStored(0, documents)).toThrow(/document 0 is gone/)
  })

  test('A name that the shape lacks is refused with its names', () => {
    const { segment } = encodeAndOpen([textDocument('a', ['x'])])
    expect(() => segment.term('body', 'x')).toThrow('got field "body", expected text, title')
    expect(() => segment.filter('size')).toThrow('got filter "size", expected brand, tags')
    expect(() => segment.numbers('age')).toThrow('got number "age", expected price, rating')
    expect(() => segment.idOf(1)).toThrow('got number 1, expected one from 0 to 0')
    expect(() => segment.versionOf(-1)).toThrow('got document -1, expected one from 0 to 0')
  })
})
