import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SearchOptions } from '../../functions/contract/search-options.ts'
import type { FoundHits, Search } from '../../functions/reader/found.ts'
import type { SearchHits } from '../../functions/search-index/query/results.ts'
import {
  makeDocuments,
  OPTIONS,
  openWorld,
  QUERY,
  storedOf,
} from '../search-index/opensearch/query-world.ts'
import type { SmallDocument, SmallIndex } from '../search-index/query/small-index.ts'

/** What finds documents: our index, however it is read, or a search server. */
export interface SearchStore {
  search(
    query: string,
    options: SearchOptions,
  ): Promise<Pick<FoundHits, 'hits' | 'total' | 'facets'>>
  /** Of our own reader. */
  complete?: Search['complete']
}

/** How the scores of a store differ from ours. */
interface Precision {
  /** Relative error. */
  error: number
  /** Of the terms that are similar to a word, our best one counts. The server adds all of them. */
  addsSimilar: boolean
}
const ON_SERVER: Precision = { error: 1e-5, addsSimilar: true }

/** Asserts that a store finds what the plain index finds, in the same order but where scores differ by rounding. */
export async function compareHits(
  store: SearchStore,
  world: SmallIndex,
  query: string,
  options: SearchOptions,
  { error, addsSimilar }: Precision = ON_SERVER,
): Promise<void> {
  const every = { ...options, limit: 1000 }
  const found = await store.search(query, every)
  const own = world.search(query, every)
  const what = `${query} ${JSON.stringify(options)}`
  expect(found.total, what).toBe(own.total)
  expect(found.facets, what).toEqual(own.facets)
  const scores = new Map(own.hits.map(({ id, score }) => [id, score]))
  expect(found.hits.map(({ id }) => id).sort(), what).toEqual([...scores.keys()].sort())
  const isLoose = addsSimilar && query.includes('~')
  for (const [rank, { id, score, sortValue }] of found.hits.entries()) {
    const expected = scores.get(id)!
    const most = isLoose ? Number.POSITIVE_INFINITY : expected * (1 + error)
    expect(score, `${what}: ${id}`).toBeGreaterThanOrEqual(expected / (1 + error))
    expect(score, `${what}: ${id}`).toBeLessThanOrEqual(most)
    const ranked = own.hits[rank]!
    if (options.sort === 'score') {
      expect(id, what).toBe(ranked.id)
      expect(sortValue ?? null, what).toBe(ranked.sortValue)
    } else if (!isLoose)
      expect(Math.abs(ranked.score - expected)).toBeLessThanOrEqual(expected * error)
  }
}

/** Few enough to see what a query must find. */
const SHOP: SmallDocument[] = [
  {
    ...{ id: 'd1', texts: { title: 'Red running shoes', text: 'Light shoes for the trail' } },
    ...{ filters: { brand: ['acme'] }, numbers: { price: 3, rank: 1 } },
  },
  {
    ...{ id: 'd2', texts: { title: 'Blue boots', text: 'Waterproof boots of leather' } },
    ...{ filters: { brand: ['zeta'], 'a.b': ['1'] }, numbers: { price: -2, rank: 2.5 } },
  },
  {
    ...{ id: 'd3', texts: { title: 'Notebook', text: 'A red notebook with blue pages' } },
    ...{ filters: { brand: ['acme'] }, numbers: { price: 5 } },
  },
  {
    ...{ id: 'd4', texts: { title: 'Laptop', text: 'A fast laptop' } },
    ...{ filters: { brand: ['acme', 'zeta'] }, numbers: { price: 0, rank: 0.5 } },
  },
  {
    ...{ id: 'd5', texts: { title: 'Trail running', text: 'How to run a trail in red shoes' } },
    numbers: { rank: 2 },
  },
  {
    ...{ id: 'd6', texts: { title: 'Tower', text: 'A tower', tags: '東京タワー' } },
    ...{ filters: { brand: ['Ångström'] }, numbers: { rank: 0 } },
  },
]

const KINDS: [kind: string, query: string, options: SearchOptions, ids: string][] = [
  ['a word', 'waterproof', {}, 'd2'],
  ['any of several words', 'waterproof tower', {}, 'd2 d6'],
  ['all of several words', 'red trail', { operator: 'and' }, 'd1 d5'],
  ['a phrase', '"red shoes"', {}, 'd5'],
  ['a phrase with a gap of stop words', '"boots of leather"', {}, 'd2'],
  ['a prefix', 'water*', {}, 'd2'],
  ['a similar word', 'watreproof~1', {}, 'd2'],
  ['required and excluded words', '+red -notebook', {}, 'd1 d5'],
  ['a synonym', 'laptop', {}, 'd3 d4'],
  ['a synonym of several words', 'boot', {}, 'd1 d2'],
  ['a part of a run of characters', 'タワー', {}, 'd6'],
  ['no word', '', {}, 'd1 d2 d3 d4 d5 d6'],
  ['a filter', '', { filters: { brand: ['zeta'] } }, 'd2 d4'],
  ['two filters', 'boots', { filters: { brand: ['zeta'], 'a.b': ['1'] } }, 'd2'],
  ['a range', '', { ranges: { price: { from: 0, through: 3 } } }, 'd1 d4'],
  ['an open range', 'red', { ranges: { price: { from: 4 } } }, 'd3'],
]

const RUNS = 200

/** The documents of random queries. What the plain index finds is asked for once, for all implementations. */
const DOCUMENTS = makeDocuments(300)
const world = openWorld(DOCUMENTS)
const found = new Map<string, SearchHits>()
const known: SmallIndex = {
  ...world,
  search(query, options) {
    const key = JSON.stringify([query, options])
    const hits = found.get(key) ?? world.search(query, options)
    found.set(key, hits)
    return hits
  },
}

/** What every way to read an index must find. `open` makes one of these documents. */
export function searchIndexSuite(
  name: string,
  open: (world: SmallIndex, documents: readonly SmallDocument[]) => Promise<SearchStore>,
  precision: Precision = ON_SERVER,
): void {
  describe(`a search index, ${name}`, () => {
    let shop: SearchStore
    beforeAll(async () => {
      shop = await open(openWorld(SHOP), SHOP)
    })
    const idsOf = async (query: string, options: SearchOptions): Promise<string[]> =>
      (await shop.search(query, options)).hits.map(({ id }) => id)

    test.each(KINDS)('A query of %s finds its documents', async (_kind, query, options, ids) => {
      expect((await idsOf(query, options)).sort().join(' ')).toBe(ids)
    })

    test('Hits of words come by their scores', async () => {
      expect(await idsOf('running trail', {})).toEqual(['d5', 'd1'])
    })

    test('Hits come by the business score, those without one last', async () => {
      const { hits } = await shop.search('', { sort: 'score' })
      expect(hits.map(({ id, sortValue }) => [id, sortValue])).toEqual([
        ...[['d2', 2.5] as const, ['d5', 2] as const, ['d1', 1] as const, ['d4', 0.5] as const],
        ...[['d6', 0] as const, ['d3', null] as const],
      ])
    })

    test('Facets count the values of all matches', async () => {
      const { facets, total, hits } = await shop.search('', { facets: ['brand', 'a.b'], limit: 1 })
      expect([total, hits.length]).toEqual([6, 1])
      expect(facets).toEqual({
        brand: [
          { value: 'acme', count: 3 },
          { value: 'zeta', count: 2 },
          { value: 'Ångström', count: 1 },
        ],
        'a.b': [{ value: '1', count: 1 }],
      })
    })

    test('A page of hits is a part of all', async () => {
      const options = { sort: 'score' as const }
      expect(await idsOf('', { ...options, offset: 2, limit: 3 })).toEqual(['d1', 'd4', 'd6'])
    })

    test('Stored documents come with their hits', async () => {
      const { hits } = await shop.search('waterproof', { documents: true })
      expect(hits.map(({ document }) => document)).toEqual([storedOf(SHOP[1]!)])
    })

    const asksOwn = precision.addsSimilar ? ' (skipped: a server is not asked for it)' : ''
    test.skipIf(asksOwn)(`What matches is marked${asksOwn}`, async () => {
      const { hits } = await shop.search('waterproof', { highlight: true })
      const [passage] = hits[0]!.passages!
      expect(passage).toMatchObject({ field: 'text', marks: [[0, 10]] })
      expect(passage!.text.slice(0, 10)).toBe('Waterproof')
    })

    test.skipIf(asksOwn)(`The beginning of a word is completed${asksOwn}`, async () => {
      expect(await shop.complete!('a wat')).toEqual([
        { term: 'waterproof', docs: 1, query: 'a waterproof' },
      ])
    })

    test(`${RUNS} random queries find what a plain index finds`, { timeout: 240_000 }, async () => {
      const store = await open(world, DOCUMENTS)
      await fc.assert(
        fc.asyncProperty(QUERY, OPTIONS, (query, options) =>
          compareHits(store, known, query, options, precision),
        ),
        { numRuns: RUNS },
      )
    })
  })
}
