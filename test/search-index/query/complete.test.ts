import { expect, test } from 'vitest'
import { completeQuery } from '../../../functions/search-index/query/complete.ts'
import { type SmallDocument, smallIndex } from './small-index.ts'

const texts = (state: SmallDocument['state'], prefix: string, ...list: string[]): SmallDocument[] =>
  list.map((text, n) => ({ id: `${prefix}${n}`, texts: { text }, state }))
const { definition, snapshot } = smallIndex(
  { fields: { text: { from: 'text' } }, completion: 'text' },
  [
    [
      ...texts('live', 'a', 'red shoes', 'shoe', 'shop', 'the thing'),
      ...texts('replaced', 'b', 'shop', 'shop', 'shot'),
    ],
    texts('live', 'c', 'shoes', 'shoe', 'shop shop shop', 'shirt', 'Shoes'),
  ],
)
const complete = (query: string, limit?: number) =>
  completeQuery(definition, snapshot, query, limit).map(({ term, docs }) => [term, docs])

test('The most frequent terms of live documents complete the last word', () => {
  expect(complete('red sh')).toEqual([
    ['shoes', 3],
    ['shoe', 2],
    ['shop', 2],
    ['shirt', 1],
  ])
  expect(complete('sh', 2)).toEqual([
    ['shoes', 3],
    ['shoe', 2],
  ])
  expect(complete('SHO', 1)).toEqual([['shoes', 3]])
})

test('A completion keeps the query before the last word', () => {
  expect(completeQuery(definition, snapshot, 'red +shi')).toEqual([
    { term: 'shirt', docs: 1, query: 'red +shirt' },
  ])
  expect(completeQuery(definition, snapshot, '"red  shi')[0]!.query).toBe('"red  shirt')
})

test.each(['', 'red ', 'red !', 'sh-', 'zz', '"'])('%j has no completion', (query) => {
  expect(complete(query)).toEqual([])
})

test('A stop word is the beginning of other words', () => {
  expect(complete('the')).toEqual([['the', 1]])
})

test('Completions need a field and a limit', () => {
  expect(() => completeQuery(definition, snapshot, 'sh', 0)).toThrow(
    'limit: got 0, expected a whole number from 1 through 100',
  )
  const { completion: _, ...without } = definition
  expect(() => completeQuery(without, snapshot, 'sh')).toThrow(
    'completion: the definition names no field to complete words from',
  )
})
