import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  STANDARD_ANALYZERS,
  searchSchema,
  TOKEN_FILTERS,
  TOKENIZERS,
} from '../../../functions/contract/search.ts'
import { InvalidInput } from '../../../functions/core/errors.ts'
import {
  ANALYSIS_VERSION,
  createAnalyzer,
  createAnalyzers,
} from '../../../functions/search-index/analysis/analyzer.ts'
import { ENGLISH_STOP_WORDS } from '../../../functions/search-index/analysis/stop-words.ts'
import type { Analyze } from '../../../functions/search-index/analysis/token.ts'

/** The analyzers of one definition that has a field for each, and some chains of its own. */
const standard = createAnalyzers(
  searchSchema.parse({
    of: 'items',
    fields: Object.fromEntries(
      STANDARD_ANALYZERS.map((name) => [name, { from: 'title', analyzer: name }]),
    ),
  }),
)
const analyzerOf = (name: string): Analyze => standard[name]!
const termsOf = (analyze: Analyze, text: string): string =>
  analyze(text)
    .map(({ term }) => term)
    .join(' ')

describe('Standard analyzers', () => {
  test('The standard analyzer lowers words and drops none', () => {
    expect(analyzerOf('standard')("The Café's 2 DOGS")).toEqual([
      { term: 'the', position: 0, start: 0, end: 3 },
      { term: "café's", position: 1, start: 4, end: 10 },
      { term: '2', position: 2, start: 11, end: 12 },
      { term: 'dogs', position: 3, start: 13, end: 17 },
    ])
  })

  test('The English analyzer stems, and keeps the places of stop words', () => {
    expect(analyzerOf('english')("The runner's shoes and THE Universities")).toEqual([
      { term: 'runner', position: 1, start: 4, end: 12 },
      { term: 'shoe', position: 2, start: 13, end: 18 },
      { term: 'universiti', position: 5, start: 27, end: 39 },
    ])
  })

  test('Both apostrophes make the same English term', () => {
    const english = analyzerOf('english')
    expect(termsOf(english, "don't dog's O'Neill")).toBe(termsOf(english, 'don’t dog’s O’Neill'))
    expect(termsOf(english, 'don’t dog’s')).toBe("don't dog")
  })

  test('The English stop words are the 33 of Lucene', () => {
    expect(ENGLISH_STOP_WORDS).toHaveLength(33)
    expect(analyzerOf('english')(ENGLISH_STOP_WORDS.join(' '))).toEqual([])
    expect(termsOf(analyzerOf('english'), 'Who is on first?')).toBe('who first')
  })

  test('The keyword analyzer takes the whole text as it is', () => {
    expect(analyzerOf('keyword')(' Red Shoes ')).toEqual([
      { term: ' Red Shoes ', position: 0, start: 0, end: 11 },
    ])
    expect(analyzerOf('keyword')('')).toEqual([])
  })

  test('The version of the analysis is a positive integer', () => {
    expect(ANALYSIS_VERSION).toBeGreaterThan(0)
    expect(Number.isInteger(ANALYSIS_VERSION)).toBe(true)
  })
})

describe('The analyzers of a definition', () => {
  const fields = { a: { from: 'title', analyzer: 'own' }, b: { from: 'text', analyzer: 'own' } }
  const definition = (own: object, stopWords?: string[]) =>
    searchSchema.parse({ of: 'items', fields, analyzers: { own }, stopWords })

  test('Fields with the same analyzer share it', () => {
    const { a, b } = createAnalyzers(definition({ tokenizer: 'words' }))
    expect(a).toBe(b)
    expect(termsOf(a!, 'As It Is')).toBe('As It Is')
  })

  test('Filters work in the order of the definition', () => {
    const stopFirst = createAnalyzers(
      definition({ tokenizer: 'whitespace', filters: ['stop', 'lowercase'] }),
    )
    expect(termsOf(stopFirst['a']!, 'The the E-Mail')).toBe('the e-mail')
    const stopLast = createAnalyzers(
      definition({ tokenizer: 'whitespace', filters: ['lowercase', 'stop'] }),
    )
    expect(termsOf(stopLast['a']!, 'The the E-Mail')).toBe('e-mail')
  })

  test('Stop words of the definition replace the English ones', () => {
    const filters = ['possessive', 'lowercase', 'stop']
    const { a } = createAnalyzers(
      definition({ tokenizer: 'words', filters }, ['Der', 'die', "it's"]),
    )
    expect(termsOf(a!, "der Hund und DIE Katze it's the")).toBe('hund und katze the')
    const none = createAnalyzers(definition({ tokenizer: 'words', filters }, []))
    expect(termsOf(none['a']!, 'the dog')).toBe('the dog')
  })

  test('White space parts the words of its tokenizer', () => {
    const { a } = createAnalyzers(definition({ tokenizer: 'whitespace' }))
    expect(a!(' c++\u3000c#\u00a0.net ')).toEqual([
      { term: 'c++', position: 0, start: 1, end: 4 },
      { term: 'c#', position: 1, start: 5, end: 7 },
      { term: '.net', position: 2, start: 8, end: 12 },
    ])
    expect(a!('😀'.repeat(300)).map(({ end }) => end)).toEqual([510, 600])
  })

  test('The name of no analyzer is refused', () => {
    const wrong = { ...definition({ tokenizer: 'words' }), analyzers: {} }
    expect(() => createAnalyzers(wrong)).toThrow(InvalidInput)
    expect(() => createAnalyzers(wrong)).toThrow(
      'Field "a": "own" is no analyzer. Expected one of standard, english, cjk, keyword.',
    )
    const inherited = { ...wrong, fields: { a: { ...wrong.fields['a']!, analyzer: 'toString' } } }
    expect(() => createAnalyzers(inherited)).toThrow(InvalidInput)
  })
})

describe('Folding of accents', () => {
  const fold = createAnalyzer({ tokenizer: 'whole', filters: ['fold-accents'] })
  test.each([
    ['Latin letters', 'Crème Brûlée Ångström', 'Creme Brulee Angstrom'],
    ['decomposed letters', 'cafe\u0301', 'cafe'],
    ['letters without a decomposition', 'Straße Æsir Łódź søster đ', 'Strasse AEsir Lodz soster d'],
    ['several marks', 'Việt', 'Viet'],
    ['Greek letters', 'Αθήνα', 'Αθηνα'],
    ['other scripts not at all', 'й が क्षि 각', 'й が क्षि 각'],
  ])('Folding is right for %s', (_what, text, expected) => {
    expect(termsOf(fold, text)).toBe(expected)
  })
})

describe('Every chain of analysis', () => {
  const chain = fc.record({
    tokenizer: fc.constantFrom(...TOKENIZERS),
    filters: fc.uniqueArray(fc.constantFrom(...TOKEN_FILTERS)),
  })
  const words = fc.constantFrom('The', "dog's", 'Café', 'running', '中文', 'ｶﾞ', '한국', '2.5', "'s")
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.string({ unit: 'binary', maxLength: 1 }), maxLength: 500 }),
    fc.array(words).map((list) => list.join(' ')),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  )

  test('Tokens of any text lie in it, in order', () => {
    fc.assert(
      fc.property(chain, text, (definition, given) => {
        let position = -1
        let [lastStart, lastEnd] = [0, 0]
        for (const token of createAnalyzer(definition)(given)) {
          expect(token.term).not.toBe('')
          expect(token.position).toBeGreaterThan(position)
          expect(token.start).toBeGreaterThanOrEqual(lastStart)
          expect(token.end).toBeGreaterThanOrEqual(lastEnd)
          expect(token.end).toBeGreaterThan(token.start)
          expect(token.end).toBeLessThanOrEqual(given.length)
          position = token.position
          lastStart = token.start
          lastEnd = token.end
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('Offsets point at the words that terms were made of', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('words', 'whitespace', 'whole' as const),
        text,
        (tokenizer, given) => {
          for (const { term, start, end } of createAnalyzer({ tokenizer, filters: [] })(given))
            expect(given.slice(start, end)).toBe(term)
          for (const { term, start, end } of createAnalyzer({ tokenizer, filters: ['lowercase'] })(
            given,
          ))
            expect(given.slice(start, end).toLowerCase()).toBe(term)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('A second analysis of a text gives the same tokens', () => {
    fc.assert(
      fc.property(chain, fc.array(text), (definition, texts) => {
        const analyze = createAnalyzer(definition)
        const first = texts.map(analyze)
        expect(texts.map(analyze)).toEqual(first)
        expect(texts.map((given) => createAnalyzer(definition)(given))).toEqual(first)
      }),
    )
  })

  test.each([
    ['one letter', 'a'],
    ['combining marks of two classes', '\u0301\u0316'],
    ['a letter and marks of two classes', `é${'\u0301\u0316'.repeat(40_000)}`],
    ['a Han character and its marks', `中${'\u0301\u0316'.repeat(40_000)}`],
    ['jamo', '\u1161'],
    ['half-width voice marks', 'ｶﾞﾞ'],
    ['stop words', 'the '],
    ['connectors', '_'],
  ])('300,000 units of %s are analyzed by every chain', (_what, unit) => {
    const given = unit.repeat(Math.ceil(300_000 / unit.length))
    for (const tokenizer of TOKENIZERS) {
      const tokens = createAnalyzer({ tokenizer, filters: [...TOKEN_FILTERS] })(given)
      expect(tokens.length).toBeLessThanOrEqual(300_000)
    }
  })
})
