import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAnalyzer } from '../../../functions/search-index/analysis/analyzer.ts'
import type { Token } from '../../../functions/search-index/analysis/token.ts'

const analyze = createAnalyzer({ tokenizer: 'cjk', filters: ['lowercase'] })
const termsOf = (text: string): string =>
  analyze(text)
    .map(({ term }) => term)
    .join(' ')

/** Whether the tokens of a query stand in those of a text as a phrase. */
function hasPhrase(tokens: readonly Token[], query: readonly Token[]): boolean {
  const [first] = query
  return tokens.some(
    (begin) =>
      begin.term === first!.term &&
      query.every(({ term, position }) =>
        tokens.some(
          (token) =>
            token.term === term && token.position - begin.position === position - first!.position,
        ),
      ),
  )
}

/** Characters of every script that makes pairs: one, with its marks, is one character of a run. */
const character = fc.constantFrom(
  ...['中', '文', '国', '語', '々', '〇', '㐀', '𠀀', '葛\u{e0100}', '神\ufe00', '\ufa19'],
  ...['ひ', 'ら', 'が', 'か\u3099', 'ゟ', 'カ', 'ー', 'ヿ', 'ｶ', 'ｶﾞ', 'ﾊﾟ', '㌀', '゛', '㋐'],
  ...['한', '글', '각', '\u1112\u1161\u11ab', 'ﾡￂ', 'ㄱ', 'ᄀ'],
)
const run = fc.array(character, { minLength: 2, maxLength: 12 })
const between = fc.constantFrom('', ' ', 'abc', 'Ａ１ ', '。', '12 ', '\n', '・', 'the ')

describe('The analysis of Chinese, Japanese and Korean', () => {
  test('A run becomes overlapping pairs, and a single character stays one', () => {
    expect(analyze('我是中国人。')).toEqual([
      { term: '我是', position: 0, start: 0, end: 2 },
      { term: '是中', position: 1, start: 1, end: 3 },
      { term: '中国', position: 2, start: 2, end: 4 },
      { term: '国人', position: 3, start: 3, end: 5 },
    ])
    expect(analyze('a 人 b')).toEqual([
      { term: 'a', position: 0, start: 0, end: 1 },
      { term: '人', position: 1, start: 2, end: 3 },
      { term: 'b', position: 2, start: 4, end: 5 },
    ])
  })

  test.each([
    ['Latin words', 'iPhone 15手机Pro', 'iphone 15 手机 pro'],
    ['Japanese', '多くの学生が', '多く くの の学 学生 生が'],
    ['Katakana', 'テスト メール', 'テス スト メー ール'],
    ['Korean', '안녕하세요 한글', '안녕 녕하 하세 세요 한글'],
    ['Hangul beside Latin', '한국abc', '한국 abc'],
    ['full-width words', 'Ｔｅｓｔ　１２', 'test 12'],
    ['half-width Katakana', 'ｶﾞｷﾞﾊﾟ', 'ガギ ギパ'],
    ['jamo', '\u1112\u1161\u11ab\u1100\u1173\u11af', '한글'],
    ['variation selectors', '葛\u{e0100}飾', '葛飾'],
    ['compatibility ideographs', '\ufa19社', '神社'],
    ['characters that NFKC takes apart', '㌀中', 'アパ パー ート ト中'],
    ['ideographs beyond 16 bits', '𠀀𠀁𠀂', '𠀀𠀁 𠀁𠀂'],
    ['decomposed voice marks', 'か\u3099く', 'がく'],
    ['punctuation', '中文・日本', '中文 日本'],
  ])('Terms are right for %s', (_what, text, expected) => {
    expect(termsOf(text)).toBe(expected)
  })

  test('Offsets of folded characters are those of the text', () => {
    expect(analyze('xｶﾞｷﾞ葛\u{e0100}')).toEqual([
      { term: 'x', position: 0, start: 0, end: 1 },
      { term: 'ガギ', position: 1, start: 1, end: 5 },
      { term: 'ギ葛', position: 2, start: 3, end: 8 },
    ])
    expect(analyze('ＡＢ　ﬁn')).toEqual([
      { term: 'ab', position: 0, start: 0, end: 2 },
      { term: 'fin', position: 1, start: 3, end: 5 },
    ])
  })

  test('A phrase does not run on from one run into the next', () => {
    const tokens = analyze('上海。海南')
    expect(tokens.map(({ position }) => position)).toEqual([0, 2])
    expect(hasPhrase(tokens, analyze('上海南'))).toBe(false)
    expect(hasPhrase(tokens, analyze('上海 海南'))).toBe(true)
  })

  test('Every part of a run is found as a phrase', () => {
    fc.assert(
      fc.property(between, run, between, fc.nat(), fc.nat(), (before, characters, after, a, b) => {
        const from = a % (characters.length - 1)
        const length = 2 + (b % (characters.length - from - 1))
        const part = characters.slice(from, from + length).join('')
        const tokens = analyze(before + characters.join('') + after)
        // Two letters of jamo can be one syllable, which is one character.
        const query = analyze(part)
        fc.pre(query.length > 1 || [...query[0]!.term].length > 1)
        expect(hasPhrase(tokens, query)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('A phrase is found only where the text has it', () => {
    const plain = fc.string({
      unit: fc.constantFrom(...'中文国ひらカー한글'),
      minLength: 2,
      maxLength: 4,
    })
    const text = fc.string({ unit: fc.constantFrom(...'中文国ひらカー한글 。a'), maxLength: 30 })
    fc.assert(
      fc.property(text, plain, (given, query) => {
        expect(hasPhrase(analyze(given), analyze(query))).toBe(given.includes(query))
      }),
      { numRuns: 2000 },
    )
  })

  test('Full-width and half-width forms find each other', () => {
    fc.assert(
      fc.property(run, (characters) => {
        const text = characters.join('').replace(/[\u{e0100}\ufe00]/gu, '')
        const terms = analyze(text.normalize('NFKC')).map(({ term }) => term)
        // Of ゛ alone NFKC makes a blank and a mark, which part the run.
        fc.pre(!text.includes('゛'))
        expect(analyze(text).map(({ term }) => term)).toEqual(terms)
      }),
      { numRuns: 1000 },
    )
  })
})
