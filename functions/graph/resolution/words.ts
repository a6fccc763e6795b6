/** More of a text is not read. */
const MAX_CHARACTERS = 4000
const MAX_WORDS = 200

/** Compatibility forms, no accents, lower case, no HTML entities. */
export function plainText(text: string): string {
  return text
    .slice(0, MAX_CHARACTERS)
    .toWellFormed()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/&[a-z]{2,8};|&#\d+;/g, ' ')
    .replace(/['\u2019](?=s\b)/g, '')
    .replace(/(\d),(?=\d{3}\b)/g, '$1')
}

/** A number without its trailing zeros, and a version without its letter: `v5.0` is `5`. */
function plainNumber(word: string): string {
  const version = /^v(\d+(\.\d+)*)$/.exec(word)
  const text = version ? version[1]! : word
  return /^\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '').replace(/^$/, '0') : text
}

/** Words of a plain text, in their order: runs of letters and digits, and decimal numbers. */
export function wordsOf(plain: string): string[] {
  const found = plain.match(/v?\d+(?:\.\d+)+\p{L}*|[\p{L}\p{N}]+/gu) ?? []
  return found.slice(0, MAX_WORDS).map(plainNumber)
}

const UNITS =
  'in|inch|ft|cu|mm|cm|m|gb|mb|tb|kb|hz|khz|mhz|ghz|mbps|gbps|w|watt|watts|v|x|p|i|k|mp|dpi|ppm|rpm|pk|pack|user|users|port|ports|ch|channel|cup|lb|lbs|oz|pc|way|disc|st|nd|rd|th|hr|d'
const QUANTITY = new RegExp(`^\\d+(?:${UNITS})$`)
const ROMAN = new Map(
  [...['ii', 'iii', 'iv', 'vi', 'vii', 'viii', 'ix'].entries()].map(([at, word]) => [
    word,
    String([2, 3, 4, 6, 7, 8, 9][at]),
  ]),
)

/** What a word says in numbers: `500gb` is 500, `iii` is 3, `cs3` is itself; null for a word without digits. */
export function quantityOf(word: string): string | null {
  const roman = ROMAN.get(word)
  if (roman) return roman
  if (!/\d/.test(word)) return null
  return QUANTITY.test(word) ? /^\d+/.exec(word)![0] : word
}

/** Whether letters and digits without white space look like the number of a model. */
export function isCodeLike(word: string): boolean {
  if (word.length < 4 || word.length > 40 || QUANTITY.test(word)) return false
  if (/^\d+$/.test(word)) return word.length >= 5
  return /\d/.test(word) && /^[a-z0-9]+$/.test(word)
}

/** Codes in a plain text, with dashes and slashes left out: `KDL-40V5100/W` is `kdl40v5100w`. */
export function codesOf(plain: string): string[] {
  const codes = new Set<string>()
  for (const run of plain.split(/[\s,;:()[\]{}"|]+/).slice(0, MAX_WORDS)) {
    if (!/\d/.test(run)) continue
    const parts = run.split(/[-/._]+/).filter(Boolean)
    const whole = run.replace(/[^\p{L}\p{N}]+/gu, '')
    // `10/100`, `32-50` and `win/2000` are no codes.
    const isList =
      parts.length > 1 &&
      parts.every((part) => /^\d+$/.test(part) || /^[a-z]+$/.test(part)) &&
      !/^[a-z]{1,5}-?\d/.test(run)
    if (isCodeLike(whole) && (!isList || (/^[\d-]+$/.test(run) && whole.length >= 8)))
      codes.add(whole)
    for (const part of parts) if (part !== whole && isCodeLike(part)) codes.add(part)
  }
  return [...codes]
}
