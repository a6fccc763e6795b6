import type { Break } from './breaks.ts'
import { MAX_LINE_BYTES } from './limits.ts'
import type { Line } from './lines.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const LF = 0x0a
const OBJECT = 0x7b
const OBJECT_END = 0x7d
const END = 0x5d
const BEGIN = 0x5b
const isBlank = (byte: number): boolean =>
  byte === LF || byte === 0x0d || byte === 0x20 || byte === 0x09
const MARK = [0xef, 0xbb, 0xbf]

/** What may come next, outside of an element. */
type Expected = 'array' | 'element' | 'element or end' | 'comma or end'
const NAMES: Readonly<Record<Expected, string>> = {
  array: 'the end, or another array',
  element: 'an element',
  'element or end': 'an element, or the end of the array',
  'comma or end': 'a comma, or the end of the array',
}

/**
 * Splits a JSON array of records, or several arrays in a row, into elements, across chunk
 * boundaries. An element is everything up to the comma or bracket that ends it. Its JSON is not
 * checked here. Only the beginning is kept of an element longer than MAX_LINE_BYTES.
 */
export class ArrayCutter {
  #expected: Expected = 'array'
  #isInElement = false
  #isObject = false
  #isInString = false
  #isEscaped = false
  #depth = 0
  #offset = 0
  #line = 1
  #elements = 0
  #element: Line | null = null
  #parts: Buffer[] = []
  #heldBytes = 0

  /** The elements that end in a chunk, and a break if it has a byte that no array allows there. */
  cut(chunk: Buffer): { lines: Line[]; broken: Break | null } {
    const lines: Line[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      if (this.#isInElement) {
        at = this.#endOf(chunk, at)
        if (at === chunk.length) break
        lines.push(this.#take(chunk.subarray(from, at)))
      }
      const expected = this.#expected
      if (!this.#isOutside(chunk[at]!, this.#offset + at)) {
        this.#offset += at
        const broken = this.#broken(`byte ${this.#offset} is not ${NAMES[expected]}`)
        return { lines, broken }
      }
      if (this.#isInElement) from = at--
    }
    if (this.#isInElement) this.#hold(chunk.subarray(from))
    this.#offset += chunk.length
    return { lines, broken: null }
  }

  /** The last object if it was complete, and the break of a truncated array. */
  end(): { lines: Line[]; broken: Break | null } {
    const isWhole = this.#isObject && this.#depth === 0 && this.#element !== null
    const lines = isWhole ? [this.#take(Buffer.alloc(0))] : []
    const isOver = this.#expected === 'array' && !this.#isInElement
    return { lines, broken: isOver ? null : this.#broken('it is truncated') }
  }

  /** The part of the unfinished element so far. */
  rest(): Line {
    if (this.#element) return this.#take(Buffer.alloc(0))
    return { line: this.#line, byteOffset: this.#offset, length: 0, bytes: Buffer.alloc(0) }
  }

  #broken(what: string): Break {
    return {
      reason: 'broken_array',
      detail: `got a JSON array that is broken after ${this.#elements} whole elements: ${what}; these elements were read, drop the others again`,
    }
  }

  /** Index of the first byte after the element, or the chunk's length if the element continues. */
  #endOf(chunk: Buffer, from: number): number {
    let isInString = this.#isInString
    let isEscaped = this.#isEscaped
    let depth = this.#depth
    let at = from
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === LF) this.#line++
      if (isInString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) isInString = false
      } else if (byte === QUOTE) isInString = true
      else if (byte === OBJECT || byte === BEGIN) depth++
      else if (byte === COMMA || byte === END || byte === OBJECT_END) {
        if (depth <= 0 && byte !== OBJECT_END) break
        if (byte !== COMMA) depth--
      }
    }
    this.#isInString = isInString
    this.#isEscaped = isEscaped
    this.#depth = depth
    return at
  }

  /**
   * Processes a byte between elements, or the first byte of one. Returns whether it is allowed
   * there.
   */
  #isOutside(byte: number, offset: number): boolean {
    if (byte === LF) this.#line++
    if (isBlank(byte)) return true
    const expected = this.#expected
    if (expected === 'array') {
      if (byte === MARK[offset]) return true
      this.#expected = 'element or end'
      return byte === BEGIN
    }
    if (byte === END && expected !== 'element') {
      this.#expected = 'array'
      return true
    }
    if (expected === 'comma or end') {
      this.#expected = 'element'
      return byte === COMMA
    }
    if (byte === COMMA || byte === END) return false
    this.#isInElement = true
    this.#isObject = byte === OBJECT
    this.#element = { line: this.#line, byteOffset: offset, length: 0, bytes: Buffer.alloc(0) }
    return true
  }

  #hold(bytes: Buffer): void {
    this.#element!.length += bytes.length
    const held = bytes.subarray(0, MAX_LINE_BYTES - this.#heldBytes)
    if (held.length === 0) return
    // Copied, because the parts of one element would keep their chunks in memory.
    this.#parts.push(Buffer.from(held))
    this.#heldBytes += held.length
  }

  #take(last: Buffer): Line {
    const element = this.#element!
    if (this.#parts.length === 0) {
      element.length = last.length
      element.bytes = last.subarray(0, MAX_LINE_BYTES)
    } else {
      this.#hold(last)
      element.bytes = Buffer.concat(this.#parts)
    }
    this.#element = null
    this.#parts = []
    this.#heldBytes = 0
    this.#isInElement = false
    this.#isInString = false
    this.#depth = 0
    this.#expected = 'comma or end'
    this.#elements++
    return element
  }
}
