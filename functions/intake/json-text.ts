/**
 * Facts of a JSON text that its parsed value does not show: repeated keys, and the digits of long
 * integers.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** End of the string that opens at `from`, or the text's length if it does not close. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((at - first) % 2 === 0) return at
  }
  return text.length
}

/** A double holds every integer with fewer digits: 2^53 has 16. */
const LONG_DIGITS = 16
const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39
/** A decimal point or an exponent. Digits around it are not an integer. */
const isFraction = (unit: number): boolean => unit === 0x2e || unit === 0x65 || unit === 0x45
const isSign = (unit: number): boolean => unit === 0x2d || unit === 0x2b

const NONE: number[] = []

export interface JsonShape {
  /** Deepest nesting. */
  depth: number
  /** Number of keys of all objects, repeated keys included. */
  keys: number
  /** Begin and end of the digits of each long integer, alternating. */
  longIntegers: readonly number[]
}

/** Scans a text once without parsing it. The content of strings is skipped. */
export function shapeOf(text: string): JsonShape {
  let depth = 0
  let deepest = 0
  let keys = 0
  let digits = 0
  let longIntegers = NONE
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === QUOTE) i = endOfString(text, i)
    else if (isDigit(unit)) {
      if (++digits < LONG_DIGITS) continue
      const begin = i + 1 - LONG_DIGITS
      while (isDigit(text.charCodeAt(i + 1))) i++
      if (isFraction(text.charCodeAt(i + 1))) continue
      if (longIntegers === NONE) longIntegers = []
      longIntegers.push(begin, i + 1)
    } else if (isFraction(unit)) digits = Number.NEGATIVE_INFINITY
    else if (!isSign(unit)) {
      digits = 0
      if (unit === 0x3a) keys++
      else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth)
      else if (unit === 0x7d || unit === 0x5d) depth--
    }
  }
  return { depth: deepest, keys, longIntegers }
}

/** Number of keys of all objects in a parsed value, without repetitions. */
export function countKeys(value: object): number {
  let keys = 0
  if (Array.isArray(value)) {
    for (const inner of value)
      if (inner !== null && typeof inner === 'object') keys += countKeys(inner)
    return keys
  }
  for (const name in value) {
    keys++
    const inner = (value as Record<string, unknown>)[name]
    if (inner !== null && typeof inner === 'object') keys += countKeys(inner)
  }
  return keys
}

/** The first key that an object repeats, in a valid JSON text. Null if there is none. */
export function repeatedKeyIn(text: string): string | null {
  const open: Set<string>[] = []
  const sign = /["{}]/g
  const colon = /\s*:/y
  for (let found = sign.exec(text); found; found = sign.exec(text)) {
    if (found[0] === '{') open.push(new Set())
    else if (found[0] === '}') open.pop()
    else {
      const end = endOfString(text, found.index) + 1
      sign.lastIndex = end
      colon.lastIndex = end
      if (!colon.test(text)) continue
      const key = JSON.parse(text.slice(found.index, end)) as string
      const keys = open.at(-1)!
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return null
}

/**
 * Puts quotes around integers that a double cannot hold, so that they are parsed as text. The text
 * must be valid JSON.
 */
export function quoteLongIntegers(text: string, longIntegers: readonly number[]): string {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < longIntegers.length; i += 2) {
    const begin = longIntegers[i]!
    const end = longIntegers[i + 1]!
    const signed = text[begin - 1] === '-' ? begin - 1 : begin
    const digits = text.slice(signed, end)
    if (Number.isSafeInteger(Number(digits))) continue
    parts.push(text.slice(from, signed), '"', digits, '"')
    from = end
  }
  return from === 0 ? text : parts.join('') + text.slice(from)
}
