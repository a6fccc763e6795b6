/**
 * What a code point is for word breaks: Unicode Standard Annex #29, Word_Break, with the classes that
 * Lucene's StandardTokenizer adds (Han, Hiragana, South East Asian scripts, emoji).
 *
 * The classes come from the property escapes of regular expressions. They differ between versions of
 * Node only for characters that Unicode added in between.
 */
export const OTHER = 0
export const LETTER = 1
/** A letter for word breaks; the analyzer `cjk` cuts it into bigrams. */
export const HANGUL = 2
export const HEBREW = 3
export const DIGIT = 4
export const KATAKANA = 5
/** Joins letters, digits and Katakana, such as `_`. Annex #29 names this class ExtendNumLet. */
export const CONNECTOR = 6
/** Between two letters, between two digits, or between either. */
export const MID_LETTER = 7
export const MID_DIGIT = 8
export const MID_BOTH = 9
/** Between two Hebrew letters. */
export const DOUBLE_QUOTE = 10
/** Belongs to the character before it: combining marks, format characters, joiners. */
export const MARK = 11
/** Han, other ideographs and Hiragana: each character is a word. */
export const SINGLE = 12
/** Letters of scripts without blanks between words, such as Thai: a run is one word. */
export const COMPLEX = 13
export const PICTURE = 14
/** Half of a flag. */
export const FLAG = 15
export const KINDS = 16

/** Those of the line-break class Complex_Context. */
const COMPLEX_SCRIPTS = 'Thai Lao Myanmar Khmer Tai_Le New_Tai_Lue Tai_Tham Tai_Viet Ahom'
  .split(' ')
  .map((script) => `\\p{Script=${script}}`)
  .join('')

/** The first that matches counts. */
const TESTS: readonly (readonly [RegExp, number])[] = [
  // Signs that stand before a number, and count as a part of it.
  [/[\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u, DIGIT],
  [/(?![\u070f\u200b])[\p{Grapheme_Extend}\p{Mc}\p{Cf}\p{Emoji_Modifier}]/u, MARK],
  [/[\p{Script=Han}\p{Script=Hiragana}\p{Ideographic}]/u, SINGLE],
  [/[\p{Script=Katakana}\u3031-\u3035\u309b\u309c\u30a0\u30fc\uff70]/u, KATAKANA],
  [/[\p{Nd}\u066b]/u, DIGIT],
  [/(?=\p{Lo})\p{Script=Hebrew}/u, HEBREW],
  [new RegExp(`(?=\\p{L})[${COMPLEX_SCRIPTS}]`, 'u'), COMPLEX],
  [/(?=\p{Alphabetic})\p{Script=Hangul}/u, HANGUL],
  [/\p{Alphabetic}/u, LETTER],
  // Modifier letters and punctuation inside words that Annex #29 counts as letters.
  [/[\u00b8\u02c2-\u02c5\u02d2-\u02d7\u02de\u02df\u02e5-\u02eb\u02ed\u02ef-\u02ff]/u, LETTER],
  [/[\u055a-\u055c\u055e\u058a\u05f3\u070f\ua708-\ua716\ua720\ua721\ua789\ua78a\uab5b]/u, LETTER],
  [/[\p{Pc}\u202f]/u, CONNECTOR],
  [/[:\u00b7\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a]/u, MID_LETTER],
  [/[,;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe50\ufe54\uff0c\uff1b]/u, MID_DIGIT],
  [/['.\u2018\u2019\u2024\ufe52\uff07\uff0e]/u, MID_BOTH],
  [/"/u, DOUBLE_QUOTE],
  [/\p{Regional_Indicator}/u, FLAG],
  // Signs of everyday text that are also emoji are not words: ©, ®, ™, 〰, 〽.
  [/(?![©®™\u3030\u303d])\p{Extended_Pictographic}/u, PICTURE],
]

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint)
  for (const [test, kind] of TESTS) if (test.test(character)) return kind
  return OTHER
}

/** Kinds of 256 neighbouring code points. A page is made when a text first needs it. */
const pages: (Uint8Array | undefined)[] = new Array(0x1100).fill(undefined)

function fillPage(page: number): Uint8Array {
  const kinds = Uint8Array.from({ length: 256 }, (_, n) => classify(page * 256 + n))
  pages[page] = kinds
  return kinds
}

/** The kind of a code point, 0 to 0x10ffff; of a lone surrogate, `OTHER`. */
export const kindOf = (codePoint: number): number =>
  (pages[codePoint >> 8] ?? fillPage(codePoint >> 8))[codePoint & 255]!

/** Kinds of the first 128 code points. */
export const ASCII_KINDS: Uint8Array = fillPage(0).subarray(0, 128)

/** Of units of ASCII alone. */
export const isBetweenWords = (unit: number): boolean => unit < 128 && ASCII_KINDS[unit] === OTHER
