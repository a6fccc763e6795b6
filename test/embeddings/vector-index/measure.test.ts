import { describe, expect, test } from 'vitest'
import {
  decodeVectorFile,
  encodeVectorFile,
} from '../../../functions/embeddings/vector-index/file.ts'
import { measureRecall, selfFound } from '../../../functions/embeddings/vector-index/measure.ts'
import {
  type Found,
  openVectorIndex,
  type VectorIndex,
} from '../../../functions/embeddings/vector-index/open.ts'
import { openTable } from '../../../functions/embeddings/vector-index/table.ts'
import { buildIndex, clusteredVectors, idsOf, makeIndex, vectorAt } from './made-vectors.ts'

const found = (...ids: string[]): Found[] => ids.map((id) => ({ id, score: 1 }))
/** Answers for the query [n] the nth of these. */
const answering = (answers: Found[][]): Pick<VectorIndex, 'search'> => ({
  search: ([n]) => answers[n!]!,
})
const queries = ['x', 'y', 'z'].map((id, n) => ({ id, vector: Float32Array.of(n) }))

describe('The recall of an index', () => {
  test('It is the mean share of the exact ids that were found', () => {
    const exact = answering([found('a', 'b'), found('a', 'b', 'c', 'd'), []])
    const index = answering([found('a', 'b'), found('d', 'x', 'y', 'z'), found('a')])
    expect(measureRecall(index, queries, exact)).toEqual({
      ...{ recall: (1 + 0.25) / 2, queries: 2, worst: [{ id: 'y', recall: 0.25 }] },
    })
  })

  test('The worst queries are first, at most twenty', () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ id: `q${n}`, vector: Float32Array.of(n) }))
    const exact = answering(many.map(() => found('a', 'b')))
    const index = answering(many.map((_, n) => (n === 7 ? [] : found('a'))))
    const { worst, recall } = measureRecall(index, many, exact)
    expect(worst).toHaveLength(20)
    expect(worst[0]).toEqual({ id: 'q7', recall: 0 })
    expect(recall).toBeCloseTo(14.5 / 30, 12)
  })

  test('Without queries there is nothing to miss', () => {
    expect(measureRecall(answering([]), [], answering([]))).toEqual({
      ...{ recall: 1, queries: 0, worst: [] },
    })
  })

  test('One cell misses nothing, and few visits do', () => {
    const table = {
      ...{ ids: idsOf(1500), vectors: clusteredVectors(1500, 16, { spread: 2 }), dimensions: 16 },
      ...{ metric: 'cosine' as const },
    }
    const asked = table.ids.slice(0, 60).map((id, row) => ({ id, vector: vectorAt(table, row) }))
    const exact = openTable(table)
    expect(measureRecall(makeIndex(table, { flatBelow: 5000 }), asked, exact).recall).toBe(1)
    const low = makeIndex(table, { minRecall: 0.5 })
    const measured = measureRecall(low, asked, exact)
    expect(measured.recall).toBeLessThan(0.9)
    expect(low.header.visits[0]!.recall).toBeGreaterThanOrEqual(0.5)
    expect(measured.worst[0]!.recall).toBeLessThanOrEqual(measured.recall)
  })
})

describe('Vectors that find themselves', () => {
  test('Those that do not are named', () => {
    const answers = [true, false, null, true, false]
    const index = {
      ...{ header: { count: 5 }, idAt: (place: number) => `item-${place}` },
      findsItself: (place: number) => answers[place]!,
    } as unknown as VectorIndex
    expect(selfFound(index)).toEqual({ share: 0.5, checked: 4, lost: ['item-1', 'item-4'] })
  })

  test.each(['cosine', 'inner-product'] as const)('All of an index by %s do', (metric) => {
    const count = 4000
    const table = {
      ...{ ids: idsOf(count), vectors: clusteredVectors(count, 8, { spread: 1.5 }), dimensions: 8 },
      ...{
        metric,
        ...(metric === 'inner-product' && {
          bias: Float64Array.from({ length: count }, (_, i) => i % 7),
        }),
      },
    }
    expect(selfFound(makeIndex(table))).toEqual({ share: 1, checked: count, lost: [] })
  })

  test('Vectors in the wrong cells are lost, and named', () => {
    const table = { ids: idsOf(500), vectors: clusteredVectors(500, 8), dimensions: 8 }
    const bytes = buildIndex({ ...table, metric: 'cosine' })
    const { header, sections } = decodeVectorFile(bytes, 'x')
    const { places, vectors } = sections
    const [first, last] = [places[0]!, places[499]!]
    const moved = vectors.slice(0, 8)
    vectors.copyWithin(0, 499 * 8)
    vectors.set(moved, 499 * 8)
    places[0] = last
    places[499] = first
    const index = openVectorIndex(encodeVectorFile(header, sections), 'x')
    expect(selfFound(index)).toEqual({
      ...{
        share: 498 / 500,
        checked: 500,
        lost: [first, last].sort((a, b) => a - b).map(index.idAt),
      },
    })
  })
})
