import { describe, expect, test } from 'vitest'
import { CorruptArtifact, InvalidInput } from '../../../functions/core/errors.ts'
import {
  decodeVectorFile,
  encodeVectorFile,
  type VectorSections,
} from '../../../functions/embeddings/vector-index/file.ts'
import { vectorsOfSide } from '../../../functions/embeddings/vector-index/items.ts'
import { selfFound } from '../../../functions/embeddings/vector-index/measure.ts'
import { openVectorIndex } from '../../../functions/embeddings/vector-index/open.ts'
import type { Vectors } from '../../../functions/embeddings/vector-index/sorted-vectors.ts'
import { openTable } from '../../../functions/embeddings/vector-index/table.ts'
import { buildIndex, clusteredVectors, idsOf, makeIndex } from './made-vectors.ts'

const small: Vectors = {
  ids: ['a', 'b', 'c'],
  vectors: Float32Array.of(1, 0, 0, 1, 1, 1),
  dimensions: 2,
  metric: 'cosine',
}
const product: Vectors = { ...small, metric: 'inner-product', bias: Float64Array.of(0, 1, 2) }
const query = Float32Array.of(1, 0.1)

describe('Vectors that cannot be indexed', () => {
  test.each([
    [
      'a number that is not one',
      { vectors: Float32Array.of(1, 0, 0, Number.NaN, 1, 1) },
      /"b": got NaN in dimension 1, expected a finite number$/,
    ],
    [
      'an infinite number',
      { vectors: Float32Array.of(1, 0, 0, 1, -Infinity, 1) },
      /"c": got -Infinity in dimension 0/,
    ],
    [
      'a length beyond f32',
      { vectors: Float32Array.of(1, 0, 0, 1e30, 1, 1) },
      /"b": got a length of 1.*e\+30, expected at most 1e\+?18$/,
    ],
    ['an id twice', { ids: ['a', 'b', 'a'] }, /the id "a" is given twice$/],
    [
      'half of a surrogate pair',
      { ids: ['a', 'b', '\ud800'] },
      /the id "\\ud800" is not well-formed/,
    ],
    ['too few numbers', { vectors: new Float32Array(5) }, /got 5 numbers in vectors, expected 6$/],
    ['no dimensions', { dimensions: 0 }, /got 0 dimensions, expected 1 or more$/],
    ['a bias under cosine', { bias: new Float64Array(3) }, /a cosine has no bias/],
  ])('A table with %s is refused', (_what, change, message) => {
    for (const make of [buildIndex, openTable]) {
      expect(() => make({ ...small, ...change })).toThrow(InvalidInput)
      expect(() => make({ ...small, ...change })).toThrow(message)
    }
  })

  test('A bias that is missing or not finite is refused', () => {
    expect(() => buildIndex({ ...product, bias: new Float64Array(2) })).toThrow(
      /got 2 numbers in bias, expected 3$/,
    )
    expect(() => buildIndex({ ...product, bias: Float64Array.of(0, Number.NaN, 0) })).toThrow(
      /"b": got a bias of NaN/,
    )
  })

  test('A query to be sampled that is not finite is refused', () => {
    const table: Vectors = {
      ...{ ids: idsOf(300), vectors: clusteredVectors(300, 4), dimensions: 4, metric: 'cosine' },
    }
    expect(() => buildIndex(table, { queries: new Float32Array(8).fill(Number.NaN) })).toThrow(
      /query 0: got NaN/,
    )
  })

  test('The out side of a table without it is refused', () => {
    const table = {
      ids: ['u'],
      in: new Float32Array(2),
      out: null,
      degree: new Float64Array(1),
      content: null,
    }
    const users = { table, dimensions: 2, popularityWeight: 0 }
    expect(() => vectorsOfSide(users, 'out')).toThrow(InvalidInput)
  })
})

describe.each([small, product])('Searches at the edges, by $metric', (table) => {
  const index = makeIndex(table)

  test('A query of other dimensions, or not finite, is refused', () => {
    for (const opened of [index, openTable(table)]) {
      expect(() => opened.search(Float32Array.of(1), { k: 1 })).toThrow(
        'the query: got 1 dimensions, expected 2',
      )
      expect(() => opened.search(Float32Array.of(1, Number.NaN), { k: 1 })).toThrow(
        'the query: got NaN in dimension 1',
      )
    }
  })

  test('An empty index finds nothing', () => {
    const none = { ...table, ids: [], vectors: new Float32Array() }
    const empty = makeIndex(table.bias ? { ...none, bias: new Float64Array() } : none)
    expect(empty.header).toMatchObject({ count: 0, cells: 0 })
    expect(empty.search(query, { k: 5 })).toEqual([])
    expect(empty.has('a')).toBe(false)
    expect(selfFound(empty)).toEqual({ share: 1, checked: 0, lost: [] })
  })

  test('One vector is found', () => {
    const { bias, ...rest } = table
    const one = makeIndex({ ...rest, ids: ['é'], vectors: Float32Array.of(0, 3) })
    expect(one.search(query, { k: 5 }).map(({ id }) => id)).toEqual(['é'])
    expect(selfFound(one).share).toBe(1)
  })

  test('Equal vectors are all found, in the order of ids', () => {
    const count = 500
    const { bias, ...rest } = table
    const ids = idsOf(count).reverse()
    const equal = {
      ...rest,
      ids,
      vectors: Float32Array.from({ length: 2 * count }, (_, i) => i % 2),
    }
    for (const flatBelow of [0, 1000]) {
      const opened = makeIndex(equal, { flatBelow })
      const found = opened.search(Float32Array.of(0.3, 1), { k: count })
      expect(found.map(({ id }) => id)).toEqual(ids.toSorted())
      expect(new Set(found.map(({ score }) => score)).size).toBe(1)
      expect(selfFound(opened).share).toBe(1)
    }
  })
})

describe('Vectors of zeros', () => {
  const zeros = {
    ids: ['b', 'zero', 'a', 'nought'],
    vectors: Float32Array.of(0, 1, 0, 0, 1, 0, -0, 0),
    dimensions: 2,
  }

  test('Under cosine they are kept and never found', () => {
    const table: Vectors = { ...zeros, metric: 'cosine' }
    for (const opened of [makeIndex(table), makeIndex(table, { flatBelow: 0 }), openTable(table)]) {
      expect(opened.search(query, { k: 9 }).map(({ id }) => id)).toEqual(['a', 'b'])
      expect(opened.search(new Float32Array(2), { k: 9 })).toEqual([])
      expect([opened.has('zero'), [...opened.vectorOf('nought')!]]).toEqual([true, [-0, 0]])
    }
    expect(selfFound(makeIndex(table))).toEqual({ share: 1, checked: 2, lost: [] })
    const nothing = makeIndex({ ...table, vectors: new Float32Array(8) })
    expect(nothing.search(query, { k: 9 })).toEqual([])
    expect(nothing.header).toMatchObject({ count: 4, cells: 0 })
  })

  test('Under inner product their bias ranks them', () => {
    const table: Vectors = { ...zeros, metric: 'inner-product', bias: Float64Array.of(0, 5, 0, 0) }
    const opened = makeIndex(table)
    expect(opened.search(query, { k: 9 }).map(({ id }) => id)).toEqual(['zero', 'a', 'b', 'nought'])
    expect(opened.search(new Float32Array(2), { k: 2 }).map(({ id }) => id)).toEqual(['zero', 'a'])
    expect(selfFound(opened).share).toBe(1)
    const nothing = makeIndex({ ...zeros, metric: 'inner-product', vectors: new Float32Array(8) })
    expect(nothing.search(query, { k: 9 })).toHaveLength(4)
    expect(selfFound(nothing).share).toBe(1)
  })
})

describe('A damaged index', () => {
  const bytes = buildIndex({
    ...{ ids: idsOf(300), vectors: clusteredVectors(300, 4), dimensions: 4 },
    ...{ metric: 'inner-product', bias: new Float64Array(300) },
  })
  const header = JSON.parse(
    new TextDecoder().decode(
      bytes.subarray(16, 16 + new DataView(bytes.buffer).getUint32(12, true)),
    ),
  ) as { sections: { name: string; type: 'u8' | 'u32' | 'f32' | 'f64'; length: number }[] }
  const flipped = (at: number, mask = 1): Uint8Array => {
    const copy = bytes.slice()
    copy[at]! ^= mask
    return copy
  }
  const places: [string, number, number][] = []
  let start = Math.ceil((16 + new DataView(bytes.buffer).getUint32(12, true)) / 8) * 8
  for (const { name, type, length } of header.sections) {
    const size = length * { u8: 1, u32: 4, f32: 4, f64: 8 }[type]
    places.push([name, start, start + size - 1])
    start += Math.ceil(size / 8) * 8
  }

  test('Its sections are those of the layout', () => {
    expect(places.map(([name]) => name)).toEqual([
      ...['ids', 'offsets', 'starts', 'places', 'centroids', 'vectors', 'bias'],
    ])
    expect(start + 32).toBe(bytes.length)
  })

  test.each(places)('A flipped byte in %s is found', (_name, first, last) => {
    for (const at of [first, (first + last) >>> 1, last]) {
      expect(() => openVectorIndex(flipped(at), 's3://m/in.qmv')).toThrow(CorruptArtifact)
      expect(() => openVectorIndex(flipped(at), 's3://m/in.qmv')).toThrow(
        /^s3:\/\/m\/in\.qmv: got a checksum that differs from its bytes/,
      )
    }
  })

  test('Another magic, format version or length is refused with both values', () => {
    expect(() => openVectorIndex(flipped(0), 'x')).toThrow('x: got magic "PMVECTR\\u0000"')
    expect(() => openVectorIndex(flipped(8, 3), 'x')).toThrow(
      'x: got format version 2, expected version 1',
    )
    expect(() => openVectorIndex(bytes.subarray(0, -8), 'x')).toThrow(/checksum/)
    expect(() => openVectorIndex(new Uint8Array(3), 'x')).toThrow('got 3 bytes')
  })

  test.each<[string, (sections: VectorSections) => Partial<VectorSections>, RegExp]>([
    [
      'rows twice',
      ({ places }) => ({ places: places.fill(3) }),
      /places, expected each number below 300 once/,
    ],
    [
      'cells that overlap',
      ({ starts }) => ({ starts: starts.fill(299, 1, 2) }),
      /starts, expected numbers from 0 that ascend/,
    ],
    [
      'too few vectors',
      ({ vectors }) => ({ vectors: vectors.slice(4) }),
      /got 1196 numbers in section vectors, expected 1200 f32/,
    ],
    ['no bias', () => ({ bias: null }), /got no section bias, expected 300 f64/],
  ])('A file with %s is refused', (_what, change, message) => {
    const { header, sections } = decodeVectorFile(bytes, 'x')
    const wrong = encodeVectorFile(header, { ...sections, ...change(sections) })
    expect(() => openVectorIndex(wrong, 'x')).toThrow(CorruptArtifact)
    expect(() => openVectorIndex(wrong, 'x')).toThrow(message)
  })
})
