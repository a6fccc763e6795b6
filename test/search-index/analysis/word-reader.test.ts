import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import wabt from 'wabt'
import { createAnalyzer } from '../../../functions/search-index/analysis/analyzer.ts'
import { READ_WORDS_WASM } from '../../../functions/search-index/analysis/read-words-wasm.ts'
import type { TermTable } from '../../../functions/search-index/analysis/term-table.ts'
import type { Analyzer, WordRunSink } from '../../../functions/search-index/analysis/word-sink.ts'

const ANALYSIS = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'functions',
  'search-index',
  'analysis',
)

/** Terms with their positions, as a reader of runs gets them. */
function readTerms({ readWords }: Analyzer, text: string): [string, number][] {
  const found: [string, number][] = []
  let terms: TermTable | null = null
  const addWord: WordRunSink['addWord'] = (word, position) => {
    const term = terms!.termOf(word)
    if (term !== null) found.push([term, position])
  }
  readWords(text, {
    begin: (table) => {
      terms = table
    },
    addWord,
    addWords(words, count, position) {
      for (let n = 0; n < count; n++) addWord(words[n]!, position + n, 0, 0)
    },
  })
  return found
}
const plainTerms = (analyze: Analyzer, text: string): [string, number][] =>
  analyze(text).map(({ term, position }) => [term, position])

/** All of Latin-1, mostly ASCII, and some of what is beyond. */
const unit = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...'aaabcXYZ  019._\':;,"-é') },
  { weight: 1, arbitrary: fc.nat({ max: 0x17f }).map((code) => String.fromCharCode(code)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0x2000, max: 0x2030 }).map((code) => String.fromCharCode(code)),
  },
  { weight: 1, arbitrary: fc.constantFrom('\u0301', '’', 'я', '中', '😀', '\ud83d', '\u200d') },
)
const text = fc.array(unit, { maxLength: 300 }).map((units) => units.join(''))

describe('The reader of words', () => {
  test('The compiled module is what its source compiles to', async () => {
    const { parseWat } = await wabt()
    const source = readFileSync(join(ANALYSIS, 'read-words.wat'), 'utf8')
    const { buffer } = parseWat('read-words.wat', source, { simd: true }).toBinary({})
    expect(Buffer.from(buffer).toString('base64')).toBe(READ_WORDS_WASM)
  })

  test('The kernel and its plain twin find the same words', () => {
    const whole = createAnalyzer({ tokenizer: 'words', filters: [] })
    const english = createAnalyzer({
      ...{ tokenizer: 'words', filters: ['possessive', 'lowercase', 'stop', 'porter2'] },
    })
    fc.assert(
      fc.property(text, (given) => {
        for (const analyzer of [whole, english])
          expect(readTerms(analyzer, given)).toEqual(plainTerms(analyzer, given))
      }),
      { numRuns: 2000 },
    )
  })

  test('Words across the pieces of a long text stay whole', () => {
    const analyzer = createAnalyzer({ tokenizer: 'words', filters: [] })
    const words = ['a', 'second', "o'clock", '3.14', 'café', 'x'.repeat(300), '東京', 'end.', '_']
    const long = Array.from({ length: 40_000 }, (_, n) => words[(n * n) % 9]).join(' ')
    expect(readTerms(analyzer, long)).toEqual(plainTerms(analyzer, long))
    const unbroken = 'y'.repeat(100_000)
    expect(readTerms(analyzer, unbroken)).toEqual(plainTerms(analyzer, unbroken))
  })

  test('The case of letters counts unless it is dropped first', () => {
    const termsOf = (...filters: ('lowercase' | 'stop' | 'fold-accents')[]) =>
      readTerms(createAnalyzer({ tokenizer: 'words', filters }, ['the']), 'The the THE Éa')
    const terms = (...all: string[]): [string, number][] =>
      all.map((term, n) => [term, n + 4 - all.length])
    expect(termsOf()).toEqual(terms('The', 'the', 'THE', 'Éa'))
    expect(termsOf('lowercase')).toEqual(terms('the', 'the', 'the', 'éa'))
    expect(termsOf('fold-accents', 'lowercase', 'stop')).toEqual(terms('ea'))
    expect(termsOf('stop', 'lowercase')).toEqual([
      ['the', 0],
      ['the', 2],
      ['éa', 3],
    ])
  })
})
