import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Vectors } from '../../../functions/embeddings/vector-index/sorted-vectors.ts'
import { openTable } from '../../../functions/embeddings/vector-index/table.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import {
  buildIndex,
  clusteredVectors,
  idsOf,
  makeIndex,
  normals,
  recallOf,
  searchPlainly,
  vectorAt,
} from './made-vectors.ts'

const COUNT = 2000
const DIMENSIONS = 16
const cosine: Vectors = {
  ids: idsOf(COUNT),
  vectors: clusteredVectors(COUNT, DIMENSIONS),
  dimensions: DIMENSIONS,
  metric: 'cosine',
}
/** Popular items are longer and have a greater bias, as those of a space have. */
const product: Vectors = {
  ...cosine,
  metric: 'inner-product',
  vectors: cosine.vectors.map((x, i) => x * (1 + ((Math.floor(i / DIMENSIONS) * 7) % 13) / 13)),
  bias: Float64Array.from({ length: COUNT }, (_, i) => 2 * Math.log1p((i * 37) % 500)),
}
const tables = { cosine, 'inner-product': product }
const indexes = { cosine: makeIndex(cosine), 'inner-product': makeIndex(product) }
const METRICS = ['cosine', 'inner-product'] as const

const normal = normals(9)
const queries = Array.from({ length: 80 }, (_, i) =>
  vectorAt(cosine, i * 17).map((x) => x + 0.4 * normal()),
)

/** Small vectors with many equal ones, and vectors of zeros. */
const smallTable = (metric: Vectors['metric']) =>
  fc.integer({ min: 0, max: 40 }).chain((count) =>
    fc.record({
      ids: fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 4 }), {
        ...{ minLength: count, maxLength: count },
      }),
      vectors: fc
        .array(fc.integer({ min: -2, max: 2 }), { minLength: 3 * count, maxLength: 3 * count })
        .map((numbers) => Float32Array.from(numbers)),
      dimensions: fc.constant(3),
      metric: fc.constant(metric),
      ...(metric === 'inner-product' && {
        bias: fc
          .array(fc.integer({ min: -3, max: 3 }), { minLength: count, maxLength: count })
          .map((numbers) => Float64Array.from(numbers)),
      }),
    }),
  )
const smallQuery = fc
  .tuple(...Array(3).fill(fc.integer({ min: -2, max: 2 })))
  .map((numbers) => Float32Array.from(numbers))

describe.each(METRICS)('A vector index by %s', (metric) => {
  const table = tables[metric]
  const index = indexes[metric]
  const ranked = queries.map((query) => searchPlainly(table, query, COUNT))

  test('At least the recall that it was built for is found', () => {
    expect(index.header.cells).toBeGreaterThan(40)
    expect(index.header.visits[0]!.cells).toBeLessThan(index.header.cells / 2)
    for (const k of [1, 10, 50, 100]) {
      const pairs = queries.map((query, i) => ({
        found: index.search(query, { k }),
        expected: ranked[i]!.slice(0, k),
      }))
      expect(recallOf(pairs), `k = ${k}`).toBeGreaterThan(0.98)
    }
  })

  test('Scores are those of exact search, and descend', () => {
    for (const [i, query] of queries.entries()) {
      const found = index.search(query, { k: 20 })
      const exact = new Map(ranked[i]!.map(({ id, score }) => [id, score]))
      for (const { id, score } of found) expect(score).toBeCloseTo(exact.get(id)!, 4)
      expect(found.map(({ score }) => score)).toEqual(
        found.map(({ score }) => score).sort((a, b) => b - a),
      )
    }
  })

  test('Few cells or one: exact ranking, ties in the order of ids', () => {
    fc.assert(
      fc.property(smallTable(metric), smallQuery, fc.nat({ max: 50 }), (small, query, k) => {
        const flat = makeIndex(small, { flatBelow: 1000 })
        const celled = makeIndex(small, { flatBelow: 0, minRecall: 1 })
        const expected = openTable(small).search(query, { k })
        expect(flat.search(query, { k })).toEqual(expected)
        expect(celled.search(query, { k: small.ids.length })).toEqual(
          flat.search(query, { k: small.ids.length }),
        )
        const plain = searchPlainly(small, query, k)
        expect(expected.map(({ score }) => score.toFixed(4))).toEqual(
          plain.map(({ score }) => (score + 0).toFixed(4)),
        )
        if (metric === 'inner-product')
          expect(expected.map(({ id }) => id)).toEqual(plain.map(({ id }) => id))
      }),
    )
  })

  test('A vector index and a table give the same bits', () => {
    const exact = openTable(table)
    for (const query of queries.slice(0, 20)) {
      const scores = new Map(exact.search(query, { k: COUNT }).map(({ id, score }) => [id, score]))
      for (const { id, score } of index.search(query, { k: 10 })) expect(score).toBe(scores.get(id))
    }
  })

  test('Any order of the input gives the same bytes', () => {
    const uniform = seededUniform(4)
    const order = [...table.ids.keys()].map((row) => ({ row, key: uniform() }))
    const rows = order.sort((a, b) => a.key - b.key).map(({ row }) => row)
    const shuffled: Vectors = {
      ...table,
      ids: rows.map((row) => table.ids[row]!),
      vectors: Float32Array.from(rows.flatMap((row) => [...vectorAt(table, row)])),
      ...(table.bias && { bias: Float64Array.from(rows, (row) => table.bias![row]!) }),
    }
    expect(Buffer.compare(buildIndex(table), buildIndex(shuffled))).toBe(0)
    expect(Buffer.compare(buildIndex(table), buildIndex(table, { seed: 8 }))).not.toBe(0)
  })

  test('A filter is asked few times, and costs little recall', () => {
    const accepts = (id: string): boolean => id.endsWith('7')
    let asked = 0
    const pairs = queries.map((query, i) => ({
      found: index.search(query, {
        ...{ k: 10 },
        accepts(id) {
          asked++
          return accepts(id)
        },
      }),
      expected: ranked[i]!.filter(({ id }) => accepts(id)).slice(0, 10),
    }))
    expect(recallOf(pairs)).toBeGreaterThan(0.98)
    expect(asked / queries.length).toBeLessThan(COUNT / 2)
    expect(index.search(queries[0]!, { k: 3, accepts: () => false })).toEqual([])
    expect(index.search(queries[0]!, { k: 3, accepts: (id) => id === 'item-5' })).toHaveLength(1)
  })

  test('A filter gets the place of each id among all ids', () => {
    const sorted = table.ids.toSorted((a, b) => (a < b ? -1 : 1))
    const seen: boolean[] = []
    index.search(queries[0]!, {
      ...{ k: 10 },
      accepts: (id, place) => seen.push(sorted[place] === id && index.idAt(place) === id) > 0,
    })
    expect(new Set(seen)).toEqual(new Set([true]))
  })

  test('More than there are returns all, each once', () => {
    const found = index.search(queries[0]!, { k: COUNT + 5 })
    expect(new Set(found.map(({ id }) => id)).size).toBe(COUNT)
    expect(index.search(queries[0]!, { k: 0 })).toEqual([])
  })

  test('Vectors are looked up by id', () => {
    const vector = vectorAt(table, 1234)
    const length = metric === 'cosine' ? Math.hypot(...vector) : 1
    expect(index.has('item-1234')).toBe(true)
    expect([...index.vectorOf('item-1234')!]).toEqual([
      ...vector.map((x) => Math.fround(x * (1 / length))),
    ])
    for (const id of ['', 'item', 'item-2000', 'zzz']) {
      expect(index.has(id)).toBe(false)
      expect(index.vectorOf(id)).toBeNull()
    }
  })
})

test('Vectors that queries will come from choose the visits', () => {
  const users = clusteredVectors(800, DIMENSIONS, { clusters: 3, seed: 12 })
  const own = makeIndex(product, { queries: users })
  expect(own.header.queries).toBe(400)
  const asked = Array.from({ length: 100 }, (_, i) =>
    users.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS),
  )
  const pairs = asked.map((query) => ({
    found: own.search(query, { k: 10 }),
    expected: searchPlainly(product, query, 10),
  }))
  expect(recallOf(pairs)).toBeGreaterThan(0.98)
})
