/** A word of a text: its folded form, and where it stands in UTF-16 units, half open. */
export interface Word {
  folded: string
  fromChar: number
  throughChar: number
}

/**
 * Letters, marks and digits in a row. Scripts that put no blank between words have a word a character, so that names
 * are found inside of sentences.
 */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]\p{M}*|[[\p{L}\p{M}\p{N}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]]+/gv
/** A longer run is no word of a name. It also takes long to normalize. */
const MAX_WORD = 64
/** Latin letters that no Unicode decomposition takes apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ı: 'i', ħ: 'h' },
}
const UNDECOMPOSED = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')
const MARKED = /([\p{Script=Latin}\p{Script=Greek}])\p{Mn}+/gu

const NOT_ASCII = /[^\0-\x7f]/

/** Without case, width and accents. Marks of other scripts change what a word means, and stay. */
export const foldWord = (word: string): string =>
  NOT_ASCII.test(word)
    ? word
        .normalize('NFKC')
        .toLowerCase()
        .normalize('NFD')
        .replace(MARKED, '$1')
        .normalize('NFC')
        .replace(UNDECOMPOSED, (letter) => LETTERS[letter]!)
    : word.toLowerCase()

/** The words of a text in their order. Runs of more than 64 characters are left out. */
export function* wordsOf(text: string): Generator<Word> {
  for (const { 0: word, index } of text.matchAll(WORD))
    if (word.length <= MAX_WORD)
      yield { folded: foldWord(word), fromChar: index, throughChar: index + word.length }
}

/**
 * Whether what stands between two words keeps them in one name: blanks, one line break, a dash. A point ends a
 * sentence, unless the word before it is as short as `Dr`.
 */
export const isJoint = (before: Word, between: string): boolean =>
  between.length <= 4 &&
  /^(?:[^\S\n]|['’.&/\-‐‑]|\n(?!\s*\n))*$/u.test(between) &&
  (before.folded.length <= 3 || !/\.\s/.test(between))
