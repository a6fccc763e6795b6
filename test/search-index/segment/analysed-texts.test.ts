import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TOKEN_FILTERS, TOKENIZERS } from '../../../functions/contract/search.ts'
import { createAnalyzer } from '../../../functions/search-index/analysis/analyzer.ts'
import type { Analyzer } from '../../../functions/search-index/analysis/word-sink.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import type { FieldTerms, IndexedDocument } from '../../../functions/search-index/segment/types.ts'

const SHAPE = { generation: 'g', fields: ['text', 'title'], filters: [], numbers: [] }

type Texts = readonly { text: string; title: string }[]

/** A segment of texts, with what `read` makes of each field. */
const encodeTexts = (texts: Texts, read: (text: string, field: keyof Texts[0]) => FieldTerms) =>
  encodeSegment(
    SHAPE,
    texts.map(
      (given, row): IndexedDocument<FieldTerms> => ({
        ...{ id: `${(row * 7919) % 1009}`, version: { knowableMs: 1, drop: 'd', row } },
        content: {
          fields: { text: read(given.text, 'text'), title: read(given.title, 'title') },
          ...{ filters: {}, numbers: {}, stored: '{}' },
        },
      }),
    ),
  )

function expectSameSegments(texts: Texts, analyzers: Record<keyof Texts[0], Analyzer>) {
  const plain = encodeTexts(texts, (text, field) => analyzers[field](text))
  const fast = encodeTexts(texts, (text, field) => ({ text, analyzer: analyzers[field] }))
  expect(fast).toEqual(plain)
}

const chain = fc.record({
  tokenizer: fc.constantFrom(...TOKENIZERS),
  filters: fc.shuffledSubarray([...TOKEN_FILTERS]),
})
const word = fc.constantFrom(
  ...['The', 'the', 'shoes', "shoe's", 'universities', 'x'.repeat(60), 'R2D2', 'café', 'ｶﾞ', '한국'],
  ...['東京都', '中', '😀', '\ud83d', '\udc00', 'ﬁn', 'ａ１', '\u0301', 'word\ud800'],
)
const text = fc.oneof(
  fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
  fc.array(word, { maxLength: 10 }).map((words) => words.join('')),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)
const texts = fc.array(fc.record({ text, title: text }), { maxLength: 12 })

test('Texts give the bytes that their tokens give', () => {
  const stopWords = fc.constantFrom(undefined, [], ['the', 'shoes', '中'])
  fc.assert(
    fc.property(texts, chain, chain, stopWords, fc.boolean(), (given, one, other, stop, isSame) => {
      const analyzer = createAnalyzer(one, stop)
      const second = isSame ? analyzer : createAnalyzer(other, stop)
      expectSameSegments(given, { text: analyzer, title: second })
      // The tables know the words now.
      expectSameSegments(given.toReversed(), { text: analyzer, title: second })
    }),
    { numRuns: 500 },
  )
})

test('A table that starts again between texts changes no byte', () => {
  const analyzer = createAnalyzer({ tokenizer: 'words', filters: ['lowercase', 'stop'] })
  const many = (from: number): string =>
    Array.from({ length: 40_000 }, (_, n) => `Word${from + n}`).join(' the ')
  const given = [0, 40_000, 20_000, 80_000, 0].map((from) => ({ text: many(from), title: 'Word7' }))
  expectSameSegments(given, { text: analyzer, title: analyzer })
})
