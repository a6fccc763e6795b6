import { MAX_DEPTH } from '../limits.ts'

/** One object or array in a text of such values: JSON (RFC 8259), or a Python literal. */
export interface TextValue {
  kind: '{' | '['
  from: number
  /** Its end, or the text's end if the value is truncated. */
  through: number
  isWhole: boolean
  /** It has Python syntax: single quotes, None, True, False, tuples. */
  isPython: boolean
  /** Number of its complete members or elements. */
  members: number
  lineFeeds: number
  /** Objects only. */
  firstKey: string | null
  /**
   * The kinds of its first nested values: its own bracket, its first member's, and that member's
   * first; `s` for a scalar.
   */
  beginning: string
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end'

const SCALAR =
  /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|NaN|Infinity|nan|inf)|true|false|null|None|True|False/y
const PYTHON_SCALAR = /^(None|True|False|-?nan|-?inf)$/
const BEGINNING = 3
/** A record is at most MAX_DEPTH deep, plus the array of a document around it. */
const MAX_OPEN = MAX_DEPTH + 4
/** A head has fewer values if each has at least 64 bytes. */
const MAX_VALUES = 2 ** 14
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' }

/**
 * End of a string that begins at `at`: −1 if it is not a string, the text's end if it is truncated.
 */
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

/** Reads one value after another. Its state is that of the current top-level value. */
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

  /**
   * Returns whether the text consists of such values to its end, the last one whole or truncated.
   */
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
    // Scalars and tuples occur inside a value, not at the top.
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
      // Python allows a comma before the end.
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

  /** Records only the first member of the first member. */
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

  /** The end of a string, or −1. A Python string may have a prefix. */
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
      // The text may be truncated inside a word.
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
 * The objects and arrays of a text, the last one possibly truncated. Null if the text holds
 * anything else, or too many values. Two lines of JSON Lines never belong to one value, because
 * there is no comma between them.
 */
export function valuesOf(text: string): TextValue[] | null {
  const scan = new ValueScan(text)
  return scan.run() ? scan.values : null
}
