import { expect, test } from 'vitest'
import { smallIndex, textIndex } from './small-index.ts'

const two = (texts: readonly (readonly [title: string, text: string])[], search = {}) =>
  smallIndex(
    {
      fields: { title: { from: 'title' }, text: { from: 'text', analyzer: 'english' } },
      ...search,
    },
    [
      texts.map(([title, text], n) => ({
        id: String.fromCharCode(97 + n),
        texts: { title, text },
      })),
    ],
  )
const sorted = (ids: readonly string[]): string => [...ids].sort().join(' ')

test('A hit has any word, or with and every word', () => {
  const { idsOf } = two([
    ['red', 'shoes'],
    ['blue', 'shoe'],
    ['red shoes', ''],
    ['hat', 'hats'],
  ])
  expect(sorted(idsOf('red shoes'))).toBe('a b c')
  expect(sorted(idsOf('red shoes', { operator: 'and' }))).toBe('a c')
  expect(sorted(idsOf('+red shoes'))).toBe('a c')
  expect(sorted(idsOf('red +shoes'))).toBe('a b c')
})

test('A word that some field drops is not required', () => {
  const { idsOf } = two([
    ['red', 'the red shoes'],
    ['the', 'hat'],
    ['shoes', ''],
  ])
  expect(sorted(idsOf('the shoes', { operator: 'and' }))).toBe('a c')
  expect(sorted(idsOf('+the'))).toBe('b')
})

test('An excluded clause takes hits away and adds nothing to scores', () => {
  const { search, idsOf } = textIndex(['red shoes', 'red hat', 'blue hat'])
  expect(sorted(idsOf('red -shoes'))).toBe('b')
  expect(search('red -shoes').hits[0]!.score).toBe(search('red').hits[1]!.score)
  expect(sorted(idsOf('-shoes'))).toBe('b c')
  expect(sorted(idsOf('red -"red hat"'))).toBe('a')
  expect(sorted(idsOf('red -sho*'))).toBe('b')
})

test('A word of several terms needs them all in one field', () => {
  const { idsOf } = textIndex(['wi fi', 'wi', 'fi wi-fi'])
  expect(sorted(idsOf('wi-fi'))).toBe('a b c')
  expect(sorted(idsOf('+wi-fi'))).toBe('a c')
  expect(sorted(idsOf('fi -wi-fi'))).toBe('')
})

test('An empty query finds every live document, in the order of ids', () => {
  const { search } = smallIndex({ fields: { text: { from: 'text' } } }, [
    [
      { id: 'b', texts: { text: 'red' } },
      { id: 'd', texts: {} },
    ],
    [
      { id: 'a', texts: { text: 'blue' } },
      { id: 'c', texts: { text: 'red' }, state: 'replaced' },
    ],
  ])
  const { hits, total } = search('  ')
  expect(hits.map(({ id, score }) => [id, score])).toEqual([
    ['a', 0],
    ['b', 0],
    ['d', 0],
  ])
  expect(total).toBe(3)
})

test('A query of which nothing is left finds nothing', () => {
  const { idsOf } = two([['red', 'the shoes']])
  expect(idsOf('!!! ??')).toEqual([])
  expect(idsOf('""')).toEqual([])
  expect(idsOf('zzz -red')).toEqual([])
})

test('A phrase keeps the order and the gaps of stop words', () => {
  const { idsOf } = two([
    ['', 'the state of the art'],
    ['', 'state art'],
    ['', 'art of the state'],
    ['', 'states in an art'],
  ])
  expect(sorted(idsOf('"state of the art"'))).toBe('a d')
  expect(sorted(idsOf('"state art"'))).toBe('b')
  expect(sorted(idsOf('"of the"'))).toBe('')
})

test('A phrase does not run from one field into another', () => {
  const { idsOf } = two([
    ['red', 'shoes'],
    ['red shoes', ''],
  ])
  expect(idsOf('"red shoes"')).toEqual(['b'])
})

test('A phrase may repeat a term', () => {
  const { idsOf } = textIndex(['new york', 'new new york', 'new york new'])
  expect(idsOf('"new new york"')).toEqual(['b'])
})

test('A prefix that is a stop word still finds words', () => {
  const { idsOf } = two([
    ['', 'thesis'],
    ['', 'the'],
    ['', 'running'],
    ['', 'runner'],
  ])
  expect(sorted(idsOf('the*'))).toBe('a')
  expect(sorted(idsOf('running*'))).toBe('c')
  expect(sorted(idsOf('run*'))).toBe('c d')
})

test('An operator on several terms leaves them plain words', () => {
  const { idsOf } = textIndex(['foo', 'bar', 'food'])
  expect(sorted(idsOf('(foo|bar)*'))).toBe('a b')
  expect(sorted(idsOf('foo-bar~1'))).toBe('a b')
})

test('A synonym meets the condition of its words', () => {
  const { idsOf } = textIndex(['tv stand', 'television set stand', 'television stand', 'stand'], {
    synonyms: [['tv', 'television set']],
  })
  expect(sorted(idsOf('tv stand', { operator: 'and' }))).toBe('a b')
  expect(sorted(idsOf('television set stand', { operator: 'and' }))).toBe('a b')
  expect(sorted(idsOf('stand -tv'))).toBe('b c d')
})

test('A stop word within a span of synonyms is not required', () => {
  const { idsOf } = two(
    [
      ['', 'a state of the art hat'],
      ['', 'sota hat'],
      ['', 'art hat'],
    ],
    { synonyms: [['state of the art', 'sota']] },
  )
  expect(sorted(idsOf('state of the art hat', { operator: 'and' }))).toBe('a b')
})

test('A keyword field reads the words between operators as one term', () => {
  const { idsOf } = smallIndex(
    { fields: { brand: { from: 'attributes.brand', analyzer: 'keyword' } } },
    [
      [
        { id: 'a', texts: { brand: 'Acme Corp' } },
        { id: 'b', texts: { brand: 'Acme' } },
      ],
    ],
  )
  expect(idsOf('Acme Corp')).toEqual(['a'])
  expect(idsOf('Acme Corp', { operator: 'and' })).toEqual(['a'])
  expect(idsOf('Acme*')).toEqual(['a', 'b'])
})

test('Text without spaces is found by its pairs', () => {
  const { idsOf } = smallIndex({ fields: { text: { from: 'text', analyzer: 'cjk' } } }, [
    [
      { id: 'a', texts: { text: '東京都庁' } },
      { id: 'b', texts: { text: '京都' } },
      { id: 'c', texts: { text: '大阪' } },
    ],
  ])
  expect(sorted(idsOf('東京都'))).toBe('a b')
  expect(sorted(idsOf('東京都', { operator: 'and' }))).toBe('a')
  expect(sorted(idsOf('"京都"'))).toBe('a b')
})

test('Queries of many clauses are refused with both numbers', () => {
  const { idsOf } = two([['red', 'w5']])
  const words = (count: number): string =>
    Array.from({ length: count }, (_, n) => `w${n}`).join(' ')
  expect(idsOf(`${words(512)} w1 w2`)).toEqual(['a'])
  expect(() => idsOf(words(513))).toThrow(
    'query: 1026 distinct clauses after analysis (2 fields), at most 1024 are allowed',
  )
  expect(() => idsOf(`${words(512)} -hat`)).toThrow('1026 distinct clauses')
  expect(() => idsOf(words(10_000))).toThrow('query: 58889 characters, at most 10000 are allowed')
})

test('Queries of many prefixes and fuzzy words are refused with both numbers', () => {
  const { idsOf } = textIndex(['red', 'hat'])
  expect(idsOf(`${'r* '.repeat(8)}${'hta~ '.repeat(8)}`)).toEqual(['a', 'b'])
  expect(() => idsOf('r* '.repeat(17))).toThrow(
    'query: 17 prefixes and fuzzy words, at most 16 are allowed',
  )
})

test('Text that looks like a program finds its words', () => {
  const { idsOf } = textIndex(['alert 1', 'script', 'hat'])
  expect(sorted(idsOf('<script>alert(1)</script>'))).toBe('a b')
  expect(sorted(idsOf('.* [a-z]+ (hat)$ ^'))).toBe('c')
})
