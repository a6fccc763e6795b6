import { MAX_DEPTH } from '../limits.ts'

/** One object or array of a text that holds nothing else, of JSON (RFC 8259) or as Python prints it. */
export interface TextValue {
  kind: '{' | '['
  from: number
  /** Its end; the text's where the value is cut. */
  through: number
  isWhole: boolean
  /** Has what JSON has not: strings in single quotes, None, True, False, tuples. */
  isPython: boolean
  /** Its members or elements, as far as they are whole. */
  members: number
  lineFeeds: number
  /** Of an object. */
  firstKey: string | null
  /** How it begins: its own bracket, its first member's, and the first of that; `s` for a scalar. */
  beginning: string
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end'

const SCALAR =
  /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|Infinity|nan|inf)|true|false|null|None|True|False/y
const PYTHON_SCALAR = /^(None|True|False|-?nan|-?inf)$/
const BEGINNING = 3
/** Records are at most MAX_DEPTH deep, within an array of a document. */
const MAX_OPEN = MAX_DEPTH + 4
/** Values of 64 bytes and more fill a head with fewer. */
const MAX_VALUES = 2 ** 14
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' }

/** The end of a string that begins at `at`: −1 where it cannot be one, the text's end where it is cut. */
function endOfString(text: string, at: number): number {
  const quote = text.charCodeAt(at)
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) return i + 1
    if (code === 0x5c) i++
    else if (code < 0x20) return -1
  }
  return text.length
}

/** Reads one value after the other. The state is that of one value at the top. */
class ValueScan {
  readonly values: TextValue[] = []
  readonly #text: string
  #at = 0
  #open: string[] = []
  #expected: Expected = 'value'
  #value: TextValue | null = null

  constructor(text: string) {
    this.#text = text
  }

  /** Answers whether the text is of such values to its end, whole or cut. */
  run(): boolean {
    for (;;) {
      this.#passBlanks()
      if (this.#at >= this.#text.length) break
      if (!this.#step(this.#text[this.#at]!)) return false
    }
    if (this.#value) this.#end(false)
    return true
  }

  #passBlanks(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      if (code === 0x0a && this.#value) this.#value.lineFeeds++
    }
  }

  #step(sign: string): boolean {
    const expected = this.#expected
    if (expected === 'colon' || expected === 'comma or end') return this.#separate(sign)
    if (expected !== 'value' && sign === CLOSING[this.#open.at(-1)!]) return this.#close()
    if (expected === 'key' || expected === 'key or end') return this.#key(sign)
    if (sign === '{' || sign === '[') return this.#begin(sign)
    // Scalars and tuples stand within a value, not at the top.
    if (this.#value === null) return false
    if (sign === '(') return this.#begin(sign)
    return this.#scalar(sign)
  }

  #separate(sign: string): boolean {
    if (this.#expected === 'colon') {
      if (sign !== ':') return false
      this.#expected = 'value'
    } else {
      if (sign === CLOSING[this.#open.at(-1)!]) return this.#close()
      if (sign !== ',') return false
      const isObject = this.#open.at(-1) === '{'
      // Python lets a comma stand before the end.
      const mayEnd = this.#value!.isPython
      this.#expected = isObject
        ? mayEnd
          ? 'key or end'
          : 'key'
        : mayEnd
          ? 'value or end'
          : 'value'
    }
    this.#at++
    return true
  }

  #begin(sign: string): boolean {
    if (this.#open.length === MAX_OPEN || this.values.length === MAX_VALUES) return false
    if (this.#value === null)
      this.#value = {
        kind: sign as '{' | '[',
        from: this.#at,
        through: this.#at,
        isWhole: false,
        isPython: false,
        members: 0,
        lineFeeds: 0,
        firstKey: null,
        beginning: '',
      }
    if (sign === '(') this.#value.isPython = true
    this.#note(sign)
    this.#open.push(sign)
    this.#expected = sign === '{' ? 'key or end' : 'value or end'
    this.#at++
    return true
  }

  /** Follows the first member of the first member, and no other. */
  #note(sign: string): void {
    const value = this.#value!
    const isFirst = value.members === 0 && this.#open.length === value.beginning.length
    if (isFirst && value.beginning.length < BEGINNING) value.beginning += sign
  }

  #close(): boolean {
    this.#open.pop()
    this.#at++
    if (this.#open.length === 0) this.#end(true)
    else this.#endMember()
    return true
  }

  #end(isWhole: boolean): void {
    this.values.push(Object.assign(this.#value!, { through: this.#at, isWhole }))
    this.#value = null
    this.#expected = 'value'
  }

  #endMember(): void {
    if (this.#open.length === 1) this.#value!.members++
    this.#expected = 'comma or end'
  }

  /** Answers the string's end, or −1. Python's may be prefixed. */
  #string(): number {
    const isPrefixed = /[bur]/.test(this.#text[this.#at]!) && this.#text[this.#at + 1] === "'"
    const from = isPrefixed ? this.#at + 1 : this.#at
    if (this.#text[from] === "'") this.#value!.isPython = true
    else if (this.#text[from] !== '"') return -1
    return endOfString(this.#text, from)
  }

  #key(sign: string): boolean {
    const end = this.#string()
    if (end === -1) return false
    if (this.#open.length === 1 && this.#value!.firstKey === null)
      this.#value!.firstKey = this.#text.slice(this.#at, end).replaceAll(sign, '')
    this.#at = end
    this.#expected = 'colon'
    return true
  }

  #scalar(sign: string): boolean {
    let end = this.#string()
    if (end === -1) {
      if (sign === '"' || sign === "'") return false
      SCALAR.lastIndex = this.#at
      const found = SCALAR.exec(this.#text)?.[0]
      // The text may be cut within a word.
      const isCut =
        found === undefined && /^-?[A-Za-z]{0,8}$/.test(this.#text.slice(this.#at, this.#at + 10))
      if (found === undefined && !isCut) return false
      if (found !== undefined && PYTHON_SCALAR.test(found)) this.#value!.isPython = true
      end = this.#at + (found?.length ?? this.#text.length - this.#at)
    }
    this.#note('s')
    this.#at = end
    if (end < this.#text.length) this.#endMember()
    return true
  }
}

/**
 * The objects and arrays that a text consists of, the last of them perhaps cut; null where it holds
 * anything else, or more of them than records have. Two lines of JSON Lines in a row are never part of one value: no comma is between.
 */
export function valuesOf(text: string): TextValue[] | null {
  const scan = new ValueScan(text)
  return scan.run() ? scan.values : null
}
