import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateAll } from '../../../functions/search-index/query/evaluate-all.ts'
import { evaluateTop } from '../../../functions/search-index/query/evaluate-top.ts'
import { resolveOptions } from '../../../functions/search-index/query/options.ts'
import { TopHits } from '../../../functions/search-index/query/top-hits.ts'
import { memorySegment } from '../../make/memory-segment.ts'
import { plainSearch } from './plain-search.ts'
import { type SmallDocument, smallIndex, writtenSegment } from './small-index.ts'

const WORDS = ['red', 'blue', 'shoe', 'shoes', 'tv', 'television', 'set', 'the', 'walking', 'wi-fi']
/** Frequent words are at the front, as in any text. */
const word = fc
  .integer({ min: 0, max: WORDS.length ** 2 - 1 })
  .map((n) => WORDS[WORDS.length - 1 - Math.floor(Math.sqrt(n))]!)
const text = (minLength: number, maxLength: number) =>
  fc.array(word, { minLength, maxLength }).map((words) => words.join(' '))

/** Ids whose order by UTF-8 bytes is not that of JavaScript. */
const ENDS = ['', 'z', '\u00e9', '\uffee', '\u{1f600}']
const state = fc.constantFrom('live', 'live', 'live', 'replaced', 'gone') as fc.Arbitrary<
  SmallDocument['state']
>
const listOf = (minLength: number, maxLength: number) =>
  fc.array(
    fc.record({ title: text(0, 3), body: text(minLength, maxLength), state, end: fc.nat(4) }),
    { maxLength: 40 },
  )
/** Segments with short, middling and long texts: their average lengths differ. */
const lists = fc.tuple(listOf(0, 3), listOf(2, 12), listOf(20, 60))

const operand = fc.oneof(
  { weight: 8, arbitrary: word },
  text(2, 3).map((words) => `"${words}"`),
  fc.constantFrom('s*', 'sh*', 'walk*', 'the*', 'x*', 'wi-f*'),
  fc.constantFrom('shoo~', 'shoe~1', 'rde~', 'sett~1', 'xxxxxxx~'),
)
const signed = fc
  .tuple(fc.constantFrom('', '', '', '+', '-'), operand)
  .map((parts) => parts.join(''))
const query = fc
  .oneof(fc.array(operand, { maxLength: 6 }), fc.array(signed, { maxLength: 6 }))
  .map((clauses) => clauses.join(' '))

const openIndex = (
  documents: readonly (readonly Record<string, unknown>[])[],
  open: typeof memorySegment,
) =>
  smallIndex(
    {
      fields: {
        title: { from: 'title', weight: 3 },
        body: { from: 'text', analyzer: 'english', weight: 0.7 },
      },
      synonyms: [
        ['tv', 'television set', 'television'],
        ['walking', 'red shoes'],
      ],
    },
    documents.map((list, n) =>
      list.map((one, i) => ({
        id: `${(i * 7 + n) % 5}${ENDS[one['end'] as number]}${n}-${i}`,
        texts: { title: one['title'] as string, body: one['body'] as string },
        state: one['state'] as SmallDocument['state'],
      })),
    ),
    open,
  )

test.each([
  ['plain', memorySegment],
  ['written', writtenSegment],
])('All evaluators agree to the last bit on %s segments', (_, open) => {
  let pruned = 0
  const check = (
    documents: Parameters<typeof openIndex>[0],
    queries: readonly (readonly [string, boolean, number])[],
  ): void => {
    const index = openIndex(documents, open)
    const { snapshot } = index
    const request = resolveOptions(index.definition, {})
    for (const [asked, isAnd, size] of queries) {
      const tree = index.open(asked, isAnd)
      const expected = plainSearch(tree, snapshot)
      const all = new TopHits(snapshot.parts, size)
      expect(evaluateAll(tree, snapshot, request, all, null), asked).toBe(expected.length)
      expect(all.take(), asked).toEqual(expected.slice(0, size))
      if (tree.required.length + tree.excluded.length > 0 || tree.matchesAll) continue
      const top = new TopHits(snapshot.parts, size)
      const seen = evaluateTop(tree, snapshot, request, top)
      expect(top.take(), asked).toEqual(expected.slice(0, size))
      expect(seen).toBeLessThanOrEqual(expected.length)
      if (seen < expected.length) pruned++
    }
  }
  const queries = fc.array(fc.tuple(query, fc.boolean(), fc.integer({ min: 1, max: 5 })), {
    minLength: 40,
    maxLength: 40,
  })
  fc.assert(fc.property(lists, queries, check), { numRuns: 25 })
  expect(pruned).toBeGreaterThan(100)
})
