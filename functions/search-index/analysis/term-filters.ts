import type { TokenFilter } from '../../contract/search.ts'
import { limitMarks } from './code-points.ts'
import { stem } from './porter2.ts'
import type { ToTerm } from './token.ts'

/** As Lucene's EnglishPossessiveFilter: drops a last `'s`, with any of the three apostrophes. */
const dropPossessive = (word: string): string => {
  const last = word.charCodeAt(word.length - 1)
  if (last !== 0x73 && last !== 0x53) return word
  const mark = word[word.length - 2]
  return mark === "'" || mark === '\u2019' || mark === '\uff07' ? word.slice(0, -2) : word
}

/** Latin letters that no Unicode decomposition takes apart. */
const FOLDED_LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', đ: 'd', Đ: 'D' },
  ...{ ð: 'd', Ð: 'D', ł: 'l', Ł: 'L', þ: 'th', Þ: 'TH', ı: 'i', ħ: 'h', Ħ: 'H', ŧ: 't', Ŧ: 'T' },
  ...{ ŋ: 'n', Ŋ: 'N', ĸ: 'k', ſ: 's', ŉ: 'n', ƒ: 'f', ĳ: 'ij', Ĳ: 'IJ' },
}
const UNDECOMPOSED = new RegExp(`[${Object.keys(FOLDED_LETTERS).join('')}]`, 'gu')
const ACCENTS = /([\p{Script=Latin}\p{Script=Greek}])\p{Mn}+/gu
const NOT_ASCII = /[^\0-\x7f]/

/** Latin and Greek letters without their accents: marks of other scripts change what a word means. */
const foldAccents = (word: string): string =>
  NOT_ASCII.test(word)
    ? limitMarks(word)
        .normalize('NFD')
        .replace(ACCENTS, '$1')
        .normalize('NFC')
        .replace(UNDECOMPOSED, (letter) => FOLDED_LETTERS[letter]!)
    : word

const CURLY_APOSTROPHES = /[\u2018\u2019\u201b\uff07]/g

/** The stemmer knows the straight apostrophe only, and asks for it (snowballstem.org, "Apostrophes"). */
const stemEnglish = (word: string): string =>
  stem(NOT_ASCII.test(word) ? word.replace(CURLY_APOSTROPHES, "'") : word)

const REWRITES: Readonly<Record<Exclude<TokenFilter, 'stop'>, (word: string) => string>> = {
  lowercase: (word) => word.toLowerCase(),
  'fold-accents': foldAccents,
  possessive: dropPossessive,
  porter2: stemEnglish,
}

/** Whether words that differ in the case of letters from A to Z get one term: nothing before `lowercase` asks for it. */
export const ignoreCase = (filters: readonly TokenFilter[]): boolean =>
  filters.find((filter) => filter !== 'possessive' && filter !== 'fold-accents') === 'lowercase'

/**
 * The filters of a chain as one function from a word to its term, or to null where `stop` drops it.
 * Stop words pass the filters before `stop` too, so that a stop word matches as it is written.
 * A word of which nothing is left is dropped.
 */
export function composeFilters(
  filters: readonly TokenFilter[],
  stopWords: readonly string[],
): ToTerm {
  let toTerm: ToTerm = (word) => (word === '' ? null : word)
  for (const filter of filters) {
    const before = toTerm
    if (filter === 'stop') {
      const dropped = new Set(stopWords.map((word) => before(word)))
      toTerm = (word) => {
        const term = before(word)
        return dropped.has(term) ? null : term
      }
    } else {
      const rewrite = REWRITES[filter]
      toTerm = (word) => {
        const term = before(word)
        return term === null ? null : rewrite(term) || null
      }
    }
  }
  return toTerm
}
