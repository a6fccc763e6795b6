import { expect, test } from 'vitest'
import type { SearchOptions } from '../../../functions/contract/search-options.ts'
import { type SmallDocument, smallIndex } from './small-index.ts'

const documents: SmallDocument[] = [
  { id: 'a', texts: { text: 'red shoes' }, filters: { color: ['red'], size: ['s', 'm'] } },
  { id: 'b', texts: { text: 'red hat' }, filters: { color: ['red', 'blue'], size: ['m'] } },
  { id: 'c', texts: { text: 'red red red' }, filters: { color: ['green'] } },
  { id: 'd', texts: { text: 'hat' }, filters: { color: ['red'], size: ['s'] } },
  { id: 'e', texts: { text: 'red' }, filters: { color: ['red'], size: ['s'] }, state: 'replaced' },
].map((one, n) => ({ ...one, numbers: n === 2 ? {} : { price: 10 * n, sales: n % 2 } }) as never)
const { search, idsOf } = smallIndex(
  {
    fields: { text: { from: 'text' } },
    ...{ filters: ['color', 'size'], numbers: ['price', 'sales'], score: 'sales' },
  },
  [documents.slice(0, 2), documents.slice(2)],
)

test.each<[string, SearchOptions, string]>([
  ['one value', { filters: { color: ['red'] } }, 'a b'],
  ['one of several values', { filters: { color: ['green', 'blue', 'pink'] } }, 'b c'],
  ['several attributes', { filters: { color: ['red'], size: ['s'] } }, 'a'],
  ['no value', { filters: { color: [] } }, ''],
  ['a range with both ends', { ranges: { price: { from: 0, through: 10 } } }, 'a b'],
  ['an open range', { ranges: { price: { from: 10 } } }, 'b'],
  ['a range that only has a number', { ranges: { price: {} } }, 'a b'],
  ['filters and ranges', { filters: { size: ['m'] }, ranges: { price: { through: 5 } } }, 'a'],
])('Hits pass %s', (_, options, ids) => {
  expect([...idsOf('red', options)].sort().join(' ')).toBe(ids)
  expect([...idsOf('+red', options)].sort().join(' ')).toBe(ids)
})

test('Facets count all matches, the most frequent values first', () => {
  const { facets, total } = search('red', { facets: ['color', 'size'], limit: 1 })
  expect(total).toBe(3)
  expect(facets).toEqual({
    color: [
      { value: 'red', count: 2 },
      { value: 'blue', count: 1 },
      { value: 'green', count: 1 },
    ],
    size: [
      { value: 'm', count: 2 },
      { value: 's', count: 1 },
    ],
  })
  expect(search('red', { facets: ['size'], filters: { color: ['green'] } }).facets).toEqual({
    size: [],
  })
})

test('Sorting by the business score puts documents without it last', () => {
  const { hits } = search('red hat', { sort: 'score' })
  expect(hits.map(({ id, sortValue }) => [id, sortValue])).toEqual([
    ['b', 1],
    ['d', 1],
    ['a', 0],
    ['c', null],
  ])
  const scores = new Map(search('red hat').hits.map(({ id, score }) => [id, score]))
  for (const { id, score } of hits) expect(score).toBe(scores.get(id))
  expect(idsOf('+red', { sort: 'score' })).toEqual(['b', 'a', 'c'])
  expect(idsOf('', { sort: 'score' })).toEqual(['b', 'd', 'a', 'c'])
})

test('Pages follow one another', () => {
  const all = idsOf('red hat')
  expect(all).toHaveLength(4)
  expect([0, 1, 2, 3, 4].map((offset) => idsOf('red hat', { offset, limit: 1 })[0])).toEqual([
    ...all,
    undefined,
  ])
})

test('A hit names the place of its document and its terms', () => {
  const [first] = search('r* hta~ "red hat"', { highlight: true }).hits
  expect(first).toMatchObject({ id: 'b', part: 0, doc: 1 })
  expect(first!.terms).toEqual({ text: ['red', 'hat'] })
})

test.each<[string, unknown, string]>([
  ['limit', { limit: 0 }, 'limit: got 0, expected a whole number from 1 through 1000'],
  ['high limit', { limit: 1001 }, 'limit: got 1001, expected a whole number from 1 through 1000'],
  ['offset', { offset: 9991 }, 'offset: got 9991, expected a whole number from 0 through 9990'],
  ['operator', { operator: 'not' }, 'operator: got "not", expected "or" or "and"'],
  ['sort', { sort: 'price' }, 'sort: got "price", expected "relevance" or "score"'],
  [
    'filter',
    { filters: { brand: ['x'] } },
    'filters: got "brand", expected one of the definition\'s filters (color, size)',
  ],
  ['values', { filters: { color: 'red' } }, 'filters.color: got "red", expected a list of texts'],
  [
    'facet',
    { facets: ['price'] },
    'facets: got "price", expected one of the definition\'s filters',
  ],
  [
    'range',
    { ranges: { weight: {} } },
    'ranges: got "weight", expected one of the definition\'s numbers (price, sales)',
  ],
  ['end', { ranges: { price: { from: '1' } } }, 'ranges.price: got "1", expected a number'],
])('A wrong %s is refused with what was expected', (_, options, message) => {
  expect(() => search('red', options as SearchOptions)).toThrow(message)
})

test('Sorting by a score that the definition lacks is refused', () => {
  const plain = smallIndex({ fields: { text: { from: 'text' } } }, [])
  expect(() => plain.search('x', { sort: 'score' })).toThrow(
    'sort: got "score", expected a definition with "score", the number to sort by',
  )
})
