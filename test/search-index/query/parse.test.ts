import { expect, test } from 'vitest'
import { MAX_QUERY_LENGTH, parseQuery } from '../../../functions/search-index/query/parse.ts'

const optional = { sign: 'optional' } as const
const words = (text: string) => ({ ...optional, kind: 'words', text })

test.each([
  ['red  shoes', [words('red  shoes')]],
  ['"red shoes" size', [{ ...optional, kind: 'phrase', text: 'red shoes' }, words('size')]],
  ['sho*', [{ ...optional, kind: 'prefix', text: 'sho' }]],
  ['shoo~', [{ ...optional, kind: 'fuzzy', text: 'shoo', maxEdits: 2 }]],
  ['shoo~1', [{ ...optional, kind: 'fuzzy', text: 'shoo', maxEdits: 1 }]],
  ['shoo~2', [{ ...optional, kind: 'fuzzy', text: 'shoo', maxEdits: 2 }]],
  ['-red', [{ sign: 'excluded', kind: 'words', text: 'red' }]],
  ['+red', [{ sign: 'required', kind: 'words', text: 'red' }]],
  ['-"red shoes"', [{ sign: 'excluded', kind: 'phrase', text: 'red shoes' }]],
  ['+sho*', [{ sign: 'required', kind: 'prefix', text: 'sho' }]],
  ['-shoo~1', [{ sign: 'excluded', kind: 'fuzzy', text: 'shoo', maxEdits: 1 }]],
  ['a b -c d', [words('a b'), { sign: 'excluded', kind: 'words', text: 'c' }, words('d')]],
  ['', []],
  [' \n\t', []],
])('%j is parsed into its clauses', (query, clauses) => {
  expect(parseQuery(query)).toEqual(clauses)
})

test.each([
  'red - shoes',
  '--force ->x +-y',
  'f*o *x * ** ~ ~1 x** x*~ x~~',
  'shoo~3 shoo~0.8',
  '5" by 6" wide',
  'an "open quotation',
  '[a-z]+(foo|bar){2}\\d $& ^x$',
  '<script>alert(1)</script>; DROP TABLE x; {{7*7}}',
  'title:shoes AND (red OR blue) NOT x',
])('%j is text', (query) => {
  expect(parseQuery(query)).toEqual([words(query)])
})

test('A query text beyond the limit is refused with both numbers', () => {
  expect(parseQuery('x'.repeat(MAX_QUERY_LENGTH))).toHaveLength(1)
  expect(() => parseQuery('x'.repeat(MAX_QUERY_LENGTH + 1))).toThrow(
    'query: 10001 characters, at most 10000 are allowed',
  )
})
