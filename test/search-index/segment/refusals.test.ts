import { describe, expect, test } from 'vitest'
import { InvalidInput } from '../../../functions/core/errors.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import type { IndexedDocument } from '../../../functions/search-index/segment/types.ts'
import { encodeAndOpen, goneDocument, SHAPE, textDocument, tokensOf } from './naive-index.ts'

const encode = (documents: readonly IndexedDocument[]) => () => encodeSegment(SHAPE, documents)

describe('What a segment refuses', () => {
  test('Two documents of one id are refused', () => {
    expect(encode([goneDocument('a'), goneDocument('a')])).toThrow(InvalidInput)
    expect(encode([goneDocument('a'), goneDocument('a')])).toThrow(
      'document "a": got it twice, expected distinct ids',
    )
  })

  test('A name that the shape lacks is refused, not dropped', () => {
    const fields = { body: tokensOf('x') }
    expect(encode([textDocument('a', [], { fields })])).toThrow(
      'document "a": got "body" in fields, expected text, title',
    )
    expect(encode([textDocument('a', [], { filters: { size: ['x'] } })])).toThrow(
      'document "a": got "size" in filters, expected brand, tags',
    )
    expect(encode([textDocument('a', [], { numbers: { toString: 1 } as never })])).toThrow(
      'document "a": got "toString" in numbers, expected price, rating',
    )
  })

  test('Names of the shape that objects inherit are absent values', () => {
    const shape = { generation: 'g', fields: ['constructor'], filters: ['toString'], numbers: [] }
    const { segment } = encodeAndOpen([textDocument('a', [], { fields: {} })], shape)
    expect(segment.exactLength('constructor', 0)).toBe(0)
    expect(segment.filter('toString').values).toEqual([])
  })

  test('A number that is not finite is refused', () => {
    for (const price of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(encode([textDocument('a', [], { numbers: { price } })])).toThrow(
        `document "a": got ${price} for "price", expected a finite number`,
      )
  })

  test('Positions that descend or are no integers are refused', () => {
    const at = (...positions: number[]) => ({
      fields: { text: positions.map((position) => ({ term: 'x', position, start: 0, end: 0 })) },
    })
    expect(encode([textDocument('a', [], at(4, 3))])).toThrow(
      'document "a": got position 3 of "x" after 4, expected ascending integers below 2^31',
    )
    for (const positions of [[-1], [0.5], [2 ** 31]])
      expect(encode([textDocument('a', [], at(...positions))])).toThrow(InvalidInput)
  })

  test('A version that is no pair of integers is refused', () => {
    const document = { ...goneDocument('a'), version: { knowableMs: 0.5, drop: 'd', row: -1 } }
    expect(encode([document])).toThrow(
      'document "a": got knowableMs 0.5 and row -1, expected integers from 0 to 2^51',
    )
  })

  test('An id that UTF-8 cannot write is refused', () => {
    expect(encode([goneDocument('a\ud800')])).toThrow('got a lone surrogate')
  })

  test('Terms and values with lone surrogates become the replacement character', () => {
    const { segment } = encodeAndOpen([
      textDocument('a', ['\ud800', '\udc00', '\ufffd'], { filters: { brand: ['x\ud800'] } }),
    ])
    const cursor = segment.postings(segment.term('text', '\ufffd')!)
    cursor.next()
    expect([...cursor.positions()]).toEqual([0, 1, 2])
    expect(segment.term('text', '\ud800')).toEqual(segment.term('text', '\ufffd'))
    expect(segment.filter('brand').values).toEqual(['x\ufffd'])
  })

  test('As many documents as numbers of 31 bits are refused', () => {
    const documents = { length: 2 ** 31 } as unknown as IndexedDocument[]
    expect(encode(documents)).toThrow(
      'a segment: got 2147483648 documents, expected less than 2147483647',
    )
  })

  test('A shape with a repeated name or too many fields is refused', () => {
    const fields = Array.from({ length: 257 }, (_, n) => `f${n}`)
    expect(() => encodeSegment({ ...SHAPE, fields }, [])).toThrow('got 257 fields')
    expect(() => encodeSegment({ ...SHAPE, filters: ['a', 'a'] }, [])).toThrow('distinct names')
  })

  test('A term of any length is indexed whole', () => {
    const long = 'é'.repeat(40_000)
    const { segment } = encodeAndOpen([textDocument('a', [long, `${long}x`, 'x'])])
    expect(segment.term('text', long)).toMatchObject({ docs: 1 })
    const terms = Array.from(segment.termsFrom('text', long.slice(1)), ({ term }) => term)
    expect(terms).toEqual([long, `${long}x`])
  })
})
