import { beforeEach, describe, expect, test } from 'vitest'
import { InvalidInput, QuartermasterError } from '../../functions/core/errors.ts'
import { dropRetired, mirrorVectors } from '../../functions/embeddings/vector-index/mirror.ts'
import type { Vectors } from '../../functions/embeddings/vector-index/sorted-vectors.ts'
import type {
  StoredVector,
  VectorSet,
  VectorStore,
} from '../../functions/embeddings/vector-index/stores/store.ts'
import {
  clusteredVectors,
  idsOf,
  recallOf,
  searchPlainly,
  vectorAt,
} from '../embeddings/vector-index/made-vectors.ts'

const FIRST = '00000001-1767571200000'
const SECOND = '00000002-1768176000000'
const IN: VectorSet = { generation: FIRST, side: 'in', dimensions: 2, radius: 1 }
const OUT: VectorSet = { generation: FIRST, side: 'out', dimensions: 2, radius: 6 }

const stored = (id: string, x: number, y: number, bias = 0): StoredVector => ({
  ...{ id, vector: Float32Array.of(x, y), bias },
})
const LAMP = stored('lamp', 3, 4)
const SOFA = stored('sofa', 0, 2)
const query = Float32Array.of(1, 0)
const near = (score: number) => expect.closeTo(score, 5)

const COUNT = 1200
const DIMENSIONS = 12
const ids = idsOf(COUNT)
const items = {
  table: {
    ...{ ids, in: clusteredVectors(COUNT, DIMENSIONS), content: null },
    out: clusteredVectors(COUNT, DIMENSIONS, { seed: 5, spread: 1 }),
    degree: Float64Array.from(ids, (_, i) => (i * 31) % 400),
  },
  ...{ dimensions: DIMENSIONS, popularityWeight: 0.5 },
}
const tables = {
  in: { ids, vectors: items.table.in, dimensions: DIMENSIONS, metric: 'cosine' },
  out: {
    ...{ ids, vectors: items.table.out, dimensions: DIMENSIONS, metric: 'inner-product' },
    bias: items.table.degree.map((degree) => 0.5 * Math.log(1 + degree)),
  },
} satisfies Record<string, Vectors>

/** What every implementation of the VectorStore port must do. `open` gives one that may have been used. */
export function vectorStoreSuite(name: string, open: () => VectorStore): void {
  describe(`a vector store, ${name}`, () => {
    let store: VectorStore
    beforeEach(async () => {
      store = open()
      for (const generation of await store.generations()) await store.drop(generation)
    })
    const found = async (set = IN, k = 10): Promise<string[]> =>
      (await store.search(set, query, k)).map(({ id }) => id)

    test('What was put is found by cosine, the best first', async () => {
      expect(await store.put(IN, [SOFA, LAMP, stored('bed', -1, 0)])).toEqual({
        ...{ written: 3, refused: [] },
      })
      expect(await store.search(IN, query, 10)).toEqual([
        { id: 'lamp', score: near(0.6) },
        { id: 'sofa', score: near(0) },
        { id: 'bed', score: near(-1) },
      ])
      expect(await found(IN, 2)).toEqual(['lamp', 'sofa'])
      expect(await found(IN, 0)).toEqual([])
    })

    test('The out side is found by inner product plus bias', async () => {
      const all = [stored('long', 5, 0, 1), stored('popular', 0, 1, 4), stored('zero', 0, 0, 0)]
      await store.put(OUT, all)
      expect(await store.search(OUT, Float32Array.of(0.5, -1), 10)).toEqual([
        { id: 'long', score: near(3.5) },
        { id: 'popular', score: near(3) },
        { id: 'zero', score: near(0) },
      ])
    })

    test('Equal scores are in the order of ids', async () => {
      await store.put(
        IN,
        ['c', 'a', 'd', 'b'].map((id) => stored(id, 1, 1)),
      )
      expect(await found()).toEqual(['a', 'b', 'c', 'd'])
    })

    test('A vector replaces the one of its id, and a repeat has no effect', async () => {
      await store.put(IN, [LAMP, SOFA])
      for (let n = 0; n < 2; n++) await store.put(IN, [stored('sofa', 1, 0)])
      expect(await store.search(IN, query, 10)).toEqual([
        { id: 'sofa', score: near(1) },
        { id: 'lamp', score: near(0.6) },
      ])
    })

    test('Deleted vectors are not found, and may be put again', async () => {
      await store.delete(IN, ['lamp'])
      await store.put(IN, [LAMP, SOFA])
      for (let n = 0; n < 2; n++) await store.delete(IN, ['lamp', 'unknown', ''])
      expect(await found()).toEqual(['sofa'])
      await store.put(IN, [LAMP])
      expect(await found()).toEqual(['lamp', 'sofa'])
    })

    test('A set that was never made has no results', async () => {
      expect(await found()).toEqual([])
      await store.put(IN, [])
      expect(await found()).toEqual([])
      expect(await found(OUT)).toEqual([])
    })

    test('A vector of zeros is refused, and what it replaces is gone', async () => {
      await store.put(IN, [LAMP, SOFA])
      expect(await store.put(IN, [stored('lamp', 0, 0)])).toEqual({
        ...{ written: 0, refused: [{ id: 'lamp', reason: 'a vector of zeros has no cosine' }] },
      })
      expect(await found()).toEqual(['sofa'])
      expect(await store.search(IN, Float32Array.of(0, 0), 5)).toEqual([])
    })

    test('Ids of odd characters come back as they were', async () => {
      const odd = ['a b', '"q"', 'ü/é?&#%', '\\n', '_x', '日本', '{}', 'x'.repeat(256)]
      const { written } = await store.put(
        IN,
        odd.map((id, i) => stored(id, 1, i)),
      )
      expect(written).toBe(odd.length)
      expect(await found()).toEqual(odd)
      await store.delete(IN, odd.slice(1))
      expect(await found()).toEqual(['a b'])
    })

    test('Other dimensions and numbers that are not finite are refused', async () => {
      await store.put(IN, [LAMP])
      const wrong = [{ id: 'x', vector: Float32Array.of(1), bias: 0 }, stored('x', Number.NaN, 1)]
      for (const vector of wrong)
        await expect(store.put(IN, [SOFA, vector])).rejects.toThrow(InvalidInput)
      await expect(store.search(IN, Float32Array.of(1), 1)).rejects.toThrow(InvalidInput)
      await expect(store.search(IN, query, store.maxK + 1)).rejects.toThrow(InvalidInput)
      const wider = { ...IN, dimensions: 3 }
      const vector = Float32Array.of(1, 2, 3)
      await expect(store.put(wider, [{ id: 'x', vector, bias: 0 }])).rejects.toThrow(
        QuartermasterError,
      )
      expect(await found()).toEqual(['lamp'])
    })

    test('Generations are apart, listed, and dropped', async () => {
      expect(await store.generations()).toEqual([])
      await store.put({ ...IN, generation: SECOND }, [SOFA])
      await store.put(IN, [LAMP])
      await store.put(OUT, [LAMP])
      expect(await store.generations()).toEqual([FIRST, SECOND])
      expect(await found()).toEqual(['lamp'])
      for (let n = 0; n < 2; n++) await store.drop(FIRST)
      expect(await store.generations()).toEqual([SECOND])
      expect(await found()).toEqual([])
      expect(await found({ ...IN, generation: SECOND })).toEqual(['sofa'])
    })

    test('A mirrored generation answers as exact search does', async () => {
      const { written, refused } = await mirrorVectors(store, FIRST, items)
      expect([written, refused]).toEqual([2 * COUNT, []])
      for (const side of ['in', 'out'] as const) {
        const set = { generation: FIRST, side, dimensions: DIMENSIONS, radius: radiusOf(side) }
        const pairs: Parameters<typeof recallOf>[0][number][] = []
        for (let i = 0; i < 40; i++) {
          const asked = vectorAt(tables.in, 29 * i)
          const expected = searchPlainly(tables[side], asked, 10)
          pairs.push({ found: await store.search(set, asked, 10), expected })
          const [best] = pairs.at(-1)!.found
          if (best!.id === expected[0]!.id) expect(best!.score).toBeCloseTo(expected[0]!.score, 3)
        }
        expect(recallOf(pairs)).toBeGreaterThanOrEqual(0.98)
      }
    })

    test('Generations that are not kept are dropped', async () => {
      await store.put(IN, [LAMP])
      await store.put({ ...IN, generation: SECOND }, [SOFA])
      expect(await dropRetired(store, new Set([SECOND, 'another']))).toEqual([FIRST])
      expect(await store.generations()).toEqual([SECOND])
    })
  })
}

function radiusOf(side: 'in' | 'out'): number {
  if (side === 'in') return 1
  const { vectors, bias } = tables.out
  const lengths = Array.from(bias, (own, row) =>
    Math.hypot(own, ...vectors.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS)),
  )
  return Math.max(...lengths)
}
