import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findWords, MAX_WORD_LENGTH } from '../../../functions/search-index/analysis/words.ts'

function wordsOf(text: string): string[] {
  const words: string[] = []
  findWords(text, 0, text.length, (start, end) => words.push(text.slice(start, end)))
  return words
}
const anyText = fc.string({ unit: 'binary', maxLength: 200 })
/** Characters that meet at word breaks, so that short texts have many cases. */
const hostileText = fc
  .array(
    fc.constantFrom(
      ...['a', 'Z', 'é', '1', '9', '_', "'", '"', '.', ',', ':', ';', '’', ' ', '\n', '-'],
      ...['א', 'ש', 'カ', 'ｶ', 'ﾞ', 'か', '中', '한', 'ก', 'ำ', '\u0301', '\u200d', '\u00ad'],
      ...['😀', '👍', '🏽', '🇫', '🇷', '\ud83d', '\ude00', '𝒳', '𠀀', '٣', '٫', '٬', '\ufe0f'],
    ),
    { maxLength: 60 },
  )
  .map((characters) => characters.join(''))

describe('Words as in StandardTokenizer', () => {
  test.each([
    ['Latin text', 'The quick brown-fox, jumped!', 'The quick brown fox jumped'],
    ['apostrophes', "O'Reilly you’re 'quoted' Jim's", "O'Reilly you’re quoted Jim's"],
    ['letters with digits', 'R2D2 C3PO B2B 2B x1y', 'R2D2 C3PO B2B 2B x1y'],
    ['numbers', '21.35 1,000.5 216.239.63.104 -5 3.', '21.35 1,000.5 216.239.63.104 5 3'],
    ['numbers beside letters', '1.a a.1 a,b 3:4', '1 a a 1 a b 3 4'],
    ['dots between letters', 'example.org e.g. U.S.A. a..b', 'example.org e.g U.S.A a b'],
    ['other signs', 'ac/dc test@example.org c++ #tag $5 50%', 'ac dc test example.org c tag 5 50'],
    ['connectors', 'snake_case _a a_ 1_2 __ _', 'snake_case _a a_ 1_2'],
    ['colons and middle dots', 'a:b l·l', 'a:b l·l'],
    ['accents', 'naïve cafe\u0301 Ångström', 'naïve cafe\u0301 Ångström'],
    ['Cyrillic and Greek', 'Привет, мир ΑΒΓ', 'Привет мир ΑΒΓ'],
    ['Hebrew quotes', 'צה"ל ג\'ירפה ג\' a"b', "צה\"ל ג'ירפה ג' a b"],
    ['Arabic', 'الفيلم الوثائقي ١٢٣٫٥', 'الفيلم الوثائقي ١٢٣٫٥'],
    ['Devanagari', 'नमस्ते दुनिया', 'नमस्ते दुनिया'],
    ['Han and Hiragana', '我是中国人。ひら', '我 是 中 国 人 ひ ら'],
    ['ideographs beyond 16 bits', '𠀀𠀁a', '𠀀 𠀁 a'],
    ['Katakana', 'カタカナ ｶﾀｶﾅ カー_ナ', 'カタカナ ｶﾀｶﾅ カー_ナ'],
    ['Hangul', '안녕하세요 한글입니다 한국abc', '안녕하세요 한글입니다 한국abc'],
    ['Thai', 'การที่ได้ต้อง แสดง', 'การที่ได้ต้อง แสดง'],
    ['full-width forms', 'Ｔｅｓｔ　１２３４', 'Ｔｅｓｔ １２３４'],
    ['emoji', 'ok😀😀 👩‍❤️‍👩 👍🏽 🇫🇷🇩🇪', 'ok 😀 😀 👩‍❤️‍👩 👍🏽 🇫🇷 🇩🇪'],
    ['signs that are emoji too', 'a© ® ™', 'a'],
    ['soft hyphens', 'hy\u00adphen', 'hy\u00adphen'],
    ['no words', ' \t\n.,:;\'"_-\u0301 \ud83d', ''],
  ])('Words are right for %s', (_what, text, expected) => {
    expect(wordsOf(text).join(' ')).toBe(expected)
  })

  test('A word of more than 255 units is cut', () => {
    expect(wordsOf('a'.repeat(600)).map(({ length }) => length)).toEqual([255, 255, 90])
    expect(wordsOf(`${'a'.repeat(254)}.b`)).toEqual(['a'.repeat(254), 'b'])
    expect(wordsOf(`${'_'.repeat(300)}a`)).toEqual([`${'_'.repeat(45)}a`])
  })

  test('No cut parts a surrogate pair', () => {
    const words = wordsOf(`a${'𝒳'.repeat(300)}`)
    expect(words.map(({ length }) => length)).toEqual([255, 254, 92])
    expect(wordsOf('𝒳'.repeat(300)).every((word) => word.isWellFormed())).toBe(true)
  })

  test('Only the given part of the text is read', () => {
    const words: [number, number][] = []
    findWords('one two three', 2, 9, (start, end) => words.push([start, end]))
    expect(words).toEqual([
      [2, 3],
      [4, 7],
      [8, 9],
    ])
  })
})

describe('Words of any text', () => {
  test('Words are in order, apart, whole and not too long', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hostileText), (text) => {
        let last = 0
        findWords(text, 0, text.length, (start, end) => {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          expect(end - start).toBeLessThanOrEqual(MAX_WORD_LENGTH)
          expect(end).toBeLessThanOrEqual(text.length)
          if (text.isWellFormed()) expect(text.slice(start, end).isWellFormed()).toBe(true)
          last = end
        })
      }),
      { numRuns: 500 },
    )
  })

  test('Every letter and digit is in a word', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hostileText), (text) => {
        // Two letters only change the letter before them: ﾞ and ﾟ.
        const isLetter = /(?!\p{Grapheme_Extend})[\p{L}\p{Nd}]/gu
        const kept = wordsOf(text).join('').match(isLetter) ?? []
        expect(kept).toEqual(text.match(isLetter) ?? [])
      }),
      { numRuns: 500 },
    )
  })

  test('Words are those of ICU for scripts without a dictionary', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'word' })
    const unit = fc.constantFrom(
      ...'abzAZéñßøабвЯαβΩאבשابت019٣',
      ...'\'".,:;_-·’‘…!?()[]{}<>/\\@#$%^&*+=|~`«»“” \n\t',
      ...['\u0301', '\u0308', '\u00ad', '\u200d', '\u2060', '٫', '٬', '\u2024', '\u2027', '⁀'],
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const expected = [...segmenter.segment(text)]
          .map(({ segment }) => segment)
          .filter((segment) => /[\p{L}\p{Nd}٫]/u.test(segment))
        // Of a space and a mark ICU makes one segment. It is no word.
        expect(wordsOf(text)).toEqual(
          expected.map((word) => word.replace(/^[^\p{L}\p{N}\p{Pc}٫]+/u, '')),
        )
      }),
      { numRuns: 3000 },
    )
  })
})

describe('The time of finding words', () => {
  /** How often each unit of the text is read, on average. */
  function readsPerUnit(text: string): number {
    let reads = 0
    const counted = {
      charCodeAt: (at: number) => {
        reads++
        return text.charCodeAt(at)
      },
    } as unknown as string
    findWords(counted, 0, text.length, () => {})
    return reads / text.length
  }
  test.each([
    ['one letter', 'a'],
    ['combining marks', '\u0301'],
    ['marks after a letter', `a${'\u0301'.repeat(999)}`],
    ['marks after an apostrophe', `a'${'\u0301'.repeat(500)}`],
    ['quotes between Hebrew letters', 'א"\u0301'],
    ['connectors', '_'],
    ['connectors and marks', '_\u0301'],
    ['letters and apostrophes', "a'"],
    ['digits and commas', '1,'],
    ['joined pictures', '😀\u200d'],
    ['half flags', '🇫'],
    ['lone surrogates', '\ud83d'],
  ])('A million units of %s are read a few times each', (_what, unit) => {
    expect(readsPerUnit(unit.repeat(1_000_000 / unit.length))).toBeLessThan(6)
  })

  test('The units of hostile texts are read a few times each', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        if (text.length > 0) expect(readsPerUnit(text.repeat(20))).toBeLessThan(8)
      }),
      { numRuns: 500 },
    )
  })
})
