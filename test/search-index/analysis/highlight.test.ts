import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAnalyzer } from '../../../functions/search-index/analysis/analyzer.ts'
import {
  highlight,
  type PassageOptions,
} from '../../../functions/search-index/analysis/highlight.ts'

const ANALYZERS = {
  english: createAnalyzer({
    tokenizer: 'words',
    filters: ['possessive', 'lowercase', 'stop', 'porter2'],
  }),
  cjk: createAnalyzer({ tokenizer: 'cjk', filters: ['lowercase'] }),
}
type Name = keyof typeof ANALYZERS

const passagesOf = (name: Name, text: string, terms: string[], options?: PassageOptions) =>
  highlight(text, ANALYZERS[name](text), new Set(terms), options)
/** Passages as texts with their marks in brackets. */
const show = (name: Name, text: string, terms: string[], options?: PassageOptions): string[] =>
  passagesOf(name, text, terms, options).map(({ start, end, marks }) => {
    let shown = ''
    let at = start
    for (const [from, to] of marks) {
      shown += `${text.slice(at, from)}[${text.slice(from, to)}]`
      at = to
    }
    return shown + text.slice(at, end)
  })

describe('The passages that match', () => {
  test('A short text is one passage with all its marks', () => {
    expect(show('english', "  The runner's shoes, for running. ", ['runner', 'run'])).toEqual([
      "The [runner's] shoes, for [running].",
    ])
  })

  test('A text without a match has no passage', () => {
    expect(show('english', 'The shoes', ['sofa'])).toEqual([])
    expect(show('english', '', ['sofa'])).toEqual([])
  })

  test('Passages have the most distinct terms first, then stand in order', () => {
    const filler = 'nothing of interest stands here at all. '.repeat(10)
    const text = `A red door. ${filler}A blue door. ${filler}A red sofa, a blue door. ${filler}A sofa.`
    expect(
      show('english', text, ['red', 'blue', 'door', 'sofa'], { length: 30, passages: 3 }),
    ).toEqual([
      'A [red] [sofa], a [blue] [door].',
      'A [red] [door]. nothing of',
      'at all. A [blue] [door]. nothing',
    ])
  })

  test('A passage is cut between words', () => {
    const text = 'one two three four five six seven eight nine ten'
    expect(show('english', text, ['five'], { length: 20 })).toEqual(['four [five] six'])
    expect(show('english', text, ['one'], { length: 12 })).toEqual(['[one] two'])
    expect(show('english', text, ['ten'], { length: 12 })).toEqual(['nine [ten]'])
  })

  test('A word longer than the passage stays whole', () => {
    const long = 'x'.repeat(200)
    expect(show('english', `before ${long} after`, [long], { length: 50 })).toEqual([`[${long}]`])
  })

  test('Pairs of a Chinese run make one mark', () => {
    expect(show('cjk', '我们是中国人，不是外国人', ['中国', '国人'])).toEqual([
      '我们是[中国人]，不是外[国人]',
    ])
  })

  test('A text without blanks is cut between characters', () => {
    const text = `${'𠀀中'.repeat(100)}国人${'文𠀀'.repeat(100)}`
    const [passage] = passagesOf('cjk', text, ['国人'], { length: 41 })
    expect(text.slice(passage!.start, passage!.end).isWellFormed()).toBe(true)
    expect(passage!.end - passage!.start).toBeGreaterThan(35)
    expect(passage!.end - passage!.start).toBeLessThanOrEqual(41)
  })

  test('No option asks for more passages than the text has', () => {
    expect(show('english', 'sofa', ['sofa'], { passages: 0 })).toEqual([])
    expect(show('english', 'sofa '.repeat(3), ['sofa'], { passages: 9 })).toEqual([
      '[sofa] [sofa] [sofa]',
    ])
  })
})

describe('The passages of any text', () => {
  const unit = fc.constantFrom(
    'sofa',
    'red',
    'doors',
    'the',
    ' ',
    ' ',
    '. ',
    '\n',
    '中国',
    '人',
    '😀',
    'é',
    '-',
  )
  const text = fc.array(unit, { maxLength: 120 }).map((units) => units.join(''))
  const terms = fc.subarray(['sofa', 'red', 'door', 'doors', '中国', '国人', '中', '人', '😀'])
  const options = fc.record({ passages: fc.nat(5), length: fc.integer({ min: 1, max: 200 }) })
  const name = fc.constantFrom<Name>('english', 'cjk')

  test('Passages lie apart, are not too long, and mark terms only', () => {
    fc.assert(
      fc.property(name, text, terms, options, (analyzer, given, wanted, asked) => {
        const tokens = ANALYZERS[analyzer](given)
        const matches = tokens.filter(({ term }) => wanted.includes(term))
        const passages = passagesOf(analyzer, given, wanted, asked)
        expect(passages.length).toBeLessThanOrEqual(asked.passages)
        expect(passages.length > 0).toBe(matches.length > 0 && asked.passages > 0)
        const longest = Math.max(0, ...matches.map(({ start, end }) => end - start))
        for (const { start, end, marks } of passages) {
          expect(end - start).toBeLessThanOrEqual(Math.max(asked.length, longest))
          expect(given.slice(start, end).isWellFormed()).toBe(true)
          expect(given.slice(start, end).trim()).toBe(given.slice(start, end))
          expect(marks.length).toBeGreaterThan(0)
          const within = matches.filter((match) => match.start >= start && match.end <= end)
          const marked = new Set(marks.flatMap(([from, to]) => range(from, to)))
          expect(marked).toEqual(new Set(within.flatMap((match) => range(match.start, match.end))))
        }
        const inOrder = passages.toSorted((a, b) => a.start - b.start)
        for (const [n, { start }] of inOrder.entries())
          expect(start).toBeGreaterThanOrEqual(inOrder[n - 1]?.end ?? 0)
      }),
      { numRuns: 1000 },
    )
  })

  test('No English word is cut by the end of a passage', () => {
    fc.assert(
      fc.property(text, terms, options, (given, wanted, asked) => {
        const tokens = ANALYZERS.english(given)
        for (const { start, end } of passagesOf('english', given, wanted, asked))
          for (const token of tokens)
            for (const cut of [start, end]) expect(token.start < cut && cut < token.end).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  test('Hundreds of thousands of matches are looked through in a moment', () => {
    const given = 'red sofa '.repeat(50_000)
    expect(passagesOf('english', given, ['red', 'sofa'], { passages: 20 })).toHaveLength(20)
    expect(passagesOf('cjk', '中'.repeat(300_000), ['中中'], { passages: 20 })).toHaveLength(20)
  })
})

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, n) => from + n)
