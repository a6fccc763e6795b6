import { describe, expect, test } from 'vitest'
import { vectorsOfSide } from '../../../functions/embeddings/vector-index/items.ts'
import { selfFound } from '../../../functions/embeddings/vector-index/measure.ts'
import { openPlaced, searchTogether } from '../../../functions/embeddings/vector-index/overlay.ts'
import type { Vectors } from '../../../functions/embeddings/vector-index/sorted-vectors.ts'
import {
  clusteredVectors,
  idsOf,
  makeIndex,
  recallOf,
  searchPlainly,
  vectorAt,
} from './made-vectors.ts'

const COUNT = 3000
const DIMENSIONS = 16
const ids = idsOf(COUNT)
const WEIGHT = 0.4
const tableOf = (rows: readonly number[], vectors: Float32Array) => ({
  ids: rows.map((row) => ids[row]!),
  in: vectors,
  out: vectors.map((x) => x / 2),
  degree: Float64Array.from(rows, (row) => row % 90),
  content: null,
})
const spaceOf = (rows: readonly number[], vectors: Float32Array) => ({
  ...{ table: tableOf(rows, vectors), dimensions: DIMENSIONS, popularityWeight: WEIGHT },
})
const rowsOf = (rows: readonly number[], vectors: Float32Array): Float32Array =>
  Float32Array.from(
    rows.flatMap((row) => [...vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS)]),
  )

const all = [...ids.keys()]
const before = clusteredVectors(COUNT, DIMENSIONS)
/** Every other one was deleted. Of the rest every third was rewritten, near another centre. */
const live = all.filter((row) => row % 2 === 0)
const rewritten = live.filter((row) => row % 6 === 0)
const after = before.slice()
const others = clusteredVectors(COUNT, DIMENSIONS, { seed: 77, clusters: 30 })
for (const row of rewritten)
  after.set(others.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS), row * DIMENSIONS)

describe.each(['in', 'out'] as const)(
  'The index %s, half deleted and a third rewritten',
  (side) => {
    const wanted: Vectors = vectorsOfSide(spaceOf(live, rowsOf(live, after)), side)
    const queries = Array.from({ length: 100 }, (_, i) => vectorAt(wanted, (i * 13) % live.length))
    const expected = queries.map((query) => searchPlainly(wanted, query, 10))

    test('A rebuilt index finds what is there, and every vector itself', () => {
      const rebuilt = makeIndex(wanted)
      const pairs = queries.map((query, i) => ({
        found: rebuilt.search(query, { k: 10 }),
        expected: expected[i]!,
      }))
      expect(recallOf(pairs)).toBeGreaterThanOrEqual(0.98)
      expect(selfFound(rebuilt)).toEqual({ share: 1, checked: live.length, lost: [] })
      if (side === 'out') return
      for (let row = 0; row < live.length; row++)
        expect(rebuilt.search(vectorAt(wanted, row), { k: 1 })[0]!.id).toBe(wanted.ids[row])
    })

    test('An index and placed items find what is there, and themselves', () => {
      const index = makeIndex(vectorsOfSide(spaceOf(all, before), side))
      const placed = openPlaced(spaceOf(rewritten, rowsOf(rewritten, after)))
      const isLive = new Set(wanted.ids)
      const search = (query: Float32Array, k: number) =>
        searchTogether(index, placed, query, { k, accepts: (id) => isLive.has(id) })
      const pairs = queries.map((query, i) => ({
        found: search(query, 10),
        expected: expected[i]!,
      }))
      expect(recallOf(pairs)).toBeGreaterThanOrEqual(0.98)
      for (const [i, { found }] of pairs.entries())
        for (const { id, score } of found) {
          const plain = expected[i]!.find((one) => one.id === id)
          if (plain) expect(score).toBeCloseTo(plain.score, 4)
        }
      if (side === 'out') return
      for (let row = 0; row < live.length; row++)
        expect(search(vectorAt(wanted, row), 1)[0]!.id).toBe(wanted.ids[row])
    })
  },
)

describe('An index and placed items', () => {
  const index = makeIndex(vectorsOfSide(spaceOf(all, before), 'in'))
  const query = before.subarray(0, DIMENSIONS)

  test('A placed vector replaces the one of the index', () => {
    const far = before.subarray(0, DIMENSIONS).map((x) => -x)
    const placed = openPlaced(spaceOf([0], far))
    expect(index.search(query, { k: 1 })[0]!.id).toBe('item-0')
    const found = searchTogether(index, placed, query, { k: COUNT })
    expect(found).toHaveLength(COUNT)
    expect(found.at(-1)).toEqual({ id: 'item-0', score: expect.closeTo(-1, 6) })
  })

  test('A placed vector equal to an indexed one is a tie', () => {
    const { table, ...rest } = spaceOf([0], query)
    const placed = openPlaced({ ...rest, table: { ...table, ids: ['a-new-one'] } })
    const found = searchTogether(index, placed, query, { k: 2 })
    expect(found.map(({ id }) => id)).toEqual(['a-new-one', 'item-0'])
    expect(found[0]!.score).toBe(found[1]!.score)
  })

  test('Without placed items it is the index alone', () => {
    const none = openPlaced(spaceOf([], new Float32Array()))
    const expected = index.search(query, { k: 10 })
    expect(searchTogether(index, null, query, { k: 10 })).toEqual(expected)
    expect(searchTogether(index, none, query, { k: 10 })).toEqual(expected)
  })

  test('An empty index and placed items find the placed items', () => {
    const empty = makeIndex(vectorsOfSide(spaceOf([], new Float32Array()), 'in'))
    const placed = openPlaced(spaceOf([4], query))
    expect(searchTogether(empty, placed, query, { k: 5 }).map(({ id }) => id)).toEqual(['item-4'])
    expect(empty.search(query, { k: 5 })).toEqual([])
  })
})
