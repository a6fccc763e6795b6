import fc from 'fast-check'
import type { SearchOptions } from '../../../functions/contract/search.ts'
import type { TextDocument } from '../../../functions/search-index/opensearch/text-document.ts'
import { tokensText } from '../../../functions/search-index/opensearch/text-document.ts'
import { type SmallDocument, type SmallIndex, smallIndex } from '../query/small-index.ts'

/** Documents and queries of few words, so that most queries find something and many scores tie. */

const WORDS = (
  'red green blue running runners shoe shoes boot boots trail the of and waterproof jacket jackets ' +
  'coat colour color notebook laptop café cafe Straße 東京タワー 東京 京都大学 서울 x1 x2 iphone'
).split(' ')
const BRANDS = ['acme', 'Ångström', 'zeta', 'x.y']

const DEFINITION = {
  fields: {
    title: { from: 'title', analyzer: 'english', weight: 3 },
    text: { from: 'text', analyzer: 'standard' },
    tags: { from: 'attributes.tags', analyzer: 'pairs', weight: 0.5 },
  },
  analyzers: { pairs: { tokenizer: 'cjk', filters: ['lowercase', 'fold-accents'] } },
  filters: ['brand', 'a.b'],
  numbers: ['price', 'rank'],
  score: 'rank',
  completion: 'text',
  synonyms: [
    ['laptop', 'notebook'],
    ['running shoe', 'trail runner', 'boot'],
    ['colour', 'color'],
  ],
}

const words = (most: number) =>
  fc.array(fc.constantFrom(...WORDS), { maxLength: most }).map((list) => list.join(' '))

const DOCUMENT = fc.record({
  texts: fc.record({ title: words(6), text: words(30), tags: words(4) }),
  filters: fc.record({
    brand: fc.subarray(BRANDS, { maxLength: 2 }),
    'a.b': fc.subarray(['1', '2']),
  }),
  numbers: fc.record(
    { price: fc.integer({ min: -5, max: 5 }), rank: fc.double({ noNaN: true, min: 0, max: 3 }) },
    { requiredKeys: [] },
  ),
})

export const makeDocuments = (count: number): SmallDocument[] =>
  fc
    .sample(DOCUMENT, { numRuns: count, seed: 7 })
    .map((document, n) => ({ id: `${n % 7 === 0 ? 'é' : 'd'}${n}`, ...document }))

export const openWorld = (documents: readonly SmallDocument[]): SmallIndex =>
  smallIndex(DEFINITION, [documents])

const EDITED = fc.constantFrom('runing', 'shoos', 'bule', 'jakcet', 'lapto', 'waterprof', 'boats')
const CLAUSE = fc.oneof(
  { weight: 4, arbitrary: words(3) },
  fc.constantFrom('run*', 'sho*', 'jack*', 'the*', '東京*', 'x*'),
  EDITED.map((word) => `${word}~`),
  words(3).map((text) => `"${text}"`),
  fc.constantFrom('"shoes of the trail"', '"running shoe"', '"東京 京都大学"', '"タワー red"'),
  fc.tuple(fc.constantFrom('+', '-'), fc.constantFrom(...WORDS)).map((both) => both.join('')),
)
export const QUERY = fc.array(CLAUSE, { maxLength: 4 }).map((clauses) => clauses.join(' '))

const END = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined })
export const OPTIONS: fc.Arbitrary<SearchOptions> = fc.record(
  {
    operator: fc.constantFrom('or' as const, 'and' as const),
    sort: fc.constantFrom('relevance' as const, 'score' as const),
    filters: fc.oneof(
      fc.constant({}),
      fc.record({ brand: fc.subarray([...BRANDS, 'none'], { minLength: 1 }) }),
      fc.constant({ 'a.b': ['1'], brand: BRANDS }),
      fc.constant({ brand: [] }),
    ),
    ranges: fc.oneof(
      fc.constant({}),
      fc.record({ from: END, through: END }).map(({ from, through }) => ({
        price: { ...(from !== undefined && { from }), ...(through !== undefined && { through }) },
      })),
    ),
    facets: fc.subarray(['brand', 'a.b']),
  },
  { requiredKeys: [] },
)

/** A document as the server takes it: its texts, or the terms that our analyzers make of them. */
export function sentDocument(
  { analyzers }: SmallIndex,
  { id, texts, filters = {}, numbers = {} }: SmallDocument,
  terms: 'server' | 'ours',
): TextDocument {
  const fields = Object.entries(texts).map(([field, text]) => [
    field,
    terms === 'ours' ? tokensText(analyzers[field]!(text)) : text,
  ])
  return {
    ...{ id, version: { knowableMs: 1, drop: 'd', row: 0 } },
    content: {
      ...{ fields: Object.fromEntries(fields), filters, numbers },
      stored: JSON.stringify(storedOf({ id, texts })),
    },
  }
}

/** What is stored of a document. */
export const storedOf = ({ texts: { tags = '', ...texts } }: SmallDocument) => ({
  ...texts,
  attributes: { tags },
})
