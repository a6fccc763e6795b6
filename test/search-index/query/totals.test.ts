import { expect, test } from 'vitest'
import { seededUniform } from '../../../functions/math/random.ts'
import { smallIndex, writtenSegment } from './small-index.ts'

const DOCUMENTS = 4000
const uniform = seededUniform(5)
const words = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5']
const texts = Array.from({ length: DOCUMENTS }, () =>
  words.filter((_, n) => uniform() < 0.9 / (n + 1)).join(' '),
)
const documents = texts.map((text, n) => ({
  id: `d${String(n).padStart(4, '0')}`,
  texts: { text: `${text}${' x'.repeat(Math.floor(10 * uniform()))}` },
  filters: { parity: [n % 2 === 0 ? 'even' : 'odd'] },
  state: n % 10 === 0 ? ('replaced' as const) : ('live' as const),
}))
const { search, live } = smallIndex(
  { fields: { text: { from: 'text' } }, filters: ['parity'] },
  [documents.slice(0, 2500), documents.slice(2500)],
  writtenSegment,
)
const matches = (...asked: string[]): number =>
  live.filter(({ texts: { text } }) => asked.some((word) => text!.split(' ').includes(word))).length

test('The total is exact where few postings are read', () => {
  expect(search('w2 w3')).toMatchObject({ total: matches('w2', 'w3'), totalIsLowerBound: false })
})

test('The total of one term is exact however frequent it is', () => {
  expect(search('w0 w0')).toMatchObject({ total: matches('w0'), totalIsLowerBound: false })
})

test('The total of frequent terms is a lower bound', () => {
  const { total, totalIsLowerBound } = search('w0 w1')
  expect(totalIsLowerBound).toBe(true)
  expect(total).toBeGreaterThanOrEqual(matches('w0'))
  expect(total).toBeLessThan(matches('w0', 'w1'))
})

test('A search that leaves documents out finds the same hits', () => {
  for (const query of ['w0 w1', 'w0 w1 w5', 'w0 w1 w2 w3 w4 w5', 'w0 "w1 w2"', 'w0 w*'])
    for (const options of [{ limit: 10 }, { offset: 95, limit: 7 }]) {
      const all = search(query, { ...options, facets: ['parity'] })
      const fast = search(query, options)
      expect([all.totalIsLowerBound, fast.totalIsLowerBound], query).toEqual([false, true])
      expect(fast.hits, query).toEqual(all.hits)
      expect(fast.total, query).toBeLessThanOrEqual(all.total)
    }
})

test.each(['w0 w1', 'w5', 'zz', 'w0 -w1'])('Facets of %j count what filters find', (query) => {
  const { facets, total } = search(query, { facets: ['parity'] })
  for (const { value, count } of facets['parity']!) {
    const filtered = search(query, { filters: { parity: [value] }, facets: ['parity'] })
    expect(filtered).toMatchObject({ total: count, facets: { parity: [{ value, count }] } })
  }
  expect(facets['parity']!.reduce((sum, { count }) => sum + count, 0)).toBe(total)
})

test('The total of filtered frequent terms counts what was seen', () => {
  const filters = { parity: ['odd'] }
  const all = search('w0 w1', { filters, facets: ['parity'] })
  const fast = search('w0 w1', { filters })
  expect(fast.hits).toEqual(all.hits)
  expect(fast.totalIsLowerBound).toBe(true)
  expect(fast.total).toBeGreaterThanOrEqual(10)
  expect(fast.total).toBeLessThanOrEqual(all.total)
})
