import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { searchSchema } from '../../../functions/contract/search.ts'
import { createAnalyzers } from '../../../functions/search-index/analysis/analyzer.ts'
import { createSynonyms } from '../../../functions/search-index/analysis/query-synonyms.ts'

/** What the fields `plain`, `english` and `cjk` find in a query: `from-to terms`, with the place of each term. */
function synonymsOf(synonyms: string[][]) {
  const definition = searchSchema.parse({
    of: 'items',
    fields: {
      plain: { from: 'title', analyzer: 'standard' },
      english: { from: 'title', analyzer: 'english' },
      cjk: { from: 'title', analyzer: 'cjk' },
    },
    synonyms,
  })
  const analyzers = createAnalyzers(definition)
  const find = createSynonyms(definition, analyzers)
  return (field: string, query: string): string[] =>
    find[field]!(analyzers[field]!(query)).map(({ from, to, terms, places }) =>
      [`${from}-${to}`, ...terms.map((term, n) => `${term}@${places[n]}`)].join(' '),
    )
}

describe('Synonyms of a query', () => {
  test('A word has the other words of its list', () => {
    const find = synonymsOf([['sofa', 'couch', 'settee']])
    expect(find('plain', 'red couch')).toEqual(['1-2 sofa@0', '1-2 settee@0'])
    expect(find('plain', 'red chair')).toEqual([])
    expect(find('plain', '')).toEqual([])
  })

  test('Words and phrases stand for each other', () => {
    const find = synonymsOf([['New York', 'NYC', 'big apple']])
    expect(find('plain', 'nyc hotel')).toEqual(['0-1 new@0 york@1', '0-1 big@0 apple@1'])
    expect(find('plain', 'hotel new york')).toEqual(['1-3 nyc@0', '1-3 big@0 apple@1'])
    expect(find('plain', 'york new')).toEqual([])
  })

  test('The longest phrase counts, and spans do not overlap', () => {
    const find = synonymsOf([
      ['new york', 'nyc'],
      ['new', 'recent'],
      ['york pizza', 'pie'],
    ])
    expect(find('plain', 'new york pizza')).toEqual(['0-2 nyc@0'])
    expect(find('plain', 'new york new')).toEqual(['0-2 nyc@0', '2-3 recent@0'])
    expect(find('plain', 'new jersey')).toEqual(['0-1 recent@0'])
  })

  test('A word of several lists has the words of all, once each', () => {
    const find = synonymsOf([
      ['tv', 'television'],
      ['tv', 'telly', 'television', 'TV'],
    ])
    expect(find('plain', 'TV')).toEqual(['0-1 television@0', '0-1 telly@0'])
    expect(find('plain', 'telly')).toEqual(['0-1 tv@0', '0-1 television@0'])
  })

  test("Lists pass the field's analyzer, with the places of stop words", () => {
    const find = synonymsOf([
      ['state of the art', 'Modern'],
      ['the of', 'and'],
      ['running', 'run'],
    ])
    expect(find('english', 'modern')).toEqual(['0-1 state@0 art@3'])
    expect(find('english', 'a state of the art sofa')).toEqual(['0-2 modern@0'])
    expect(find('english', 'state art')).toEqual([])
    expect(find('english', 'runs')).toEqual([])
    expect(find('plain', 'running')).toEqual(['0-1 run@0'])
  })

  test('Chinese synonyms are phrases of pairs', () => {
    const find = synonymsOf([['移动电话', '手机', 'mobile']])
    expect(find('cjk', '手机')).toEqual(['0-1 移动@0 动电@1 电话@2', '0-1 mobile@0'])
    expect(find('cjk', '买移动电话')).toEqual(['1-4 手机@0', '1-4 mobile@0'])
  })

  test('Alternatives lie in the query and never are what they stand for', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'the')
    const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '))
    const lists = fc.array(fc.array(phrase, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(lists, fc.array(word, { maxLength: 8 }), (synonyms, words) => {
        const plain = synonymsOf(synonyms)('plain', words.join(' '))
        expect(new Set(plain).size).toBe(plain.length)
        let end = 0
        for (const text of plain) {
          const [span, ...terms] = text.split(' ')
          const [from, to] = span!.split('-').map(Number) as [number, number]
          expect(to).toBeGreaterThan(from)
          expect(to).toBeLessThanOrEqual(words.length)
          expect(to).toBeGreaterThanOrEqual(end)
          const own = words.slice(from, to).join(' ')
          const other = terms.map((term) => term.split('@')[0]).join(' ')
          expect(other).not.toBe(own)
          expect(synonyms.some((list) => list.includes(own) && list.includes(other))).toBe(true)
          end = to
        }
      }),
      { numRuns: 500 },
    )
  })

  test('Two thousand lists of 64 words are searched in a moment', () => {
    const lists = Array.from({ length: 2000 }, (_, n) =>
      Array.from({ length: 64 }, (_unused, m) => `same word ${n} ${m}`),
    )
    const find = synonymsOf(lists)
    expect(find('plain', 'same word 1999 63')).toHaveLength(63)
    expect(find('plain', 'same word '.repeat(20_000))).toEqual([])
  })
})
