import type { Break } from './breaks.ts'
import { MAX_LINE_BYTES } from './limits.ts'
import type { Foreign } from './sniff/head.ts'

/**
 * One line of the unpacked bytes, without its line end; one element of a JSON array, which begins
 * on `line`; or the `line`-th row of a Parquet file, as JSON.
 */
export interface Line {
  /** The first is 1. */
  line: number
  /** Parquet files only; the first is 1. */
  rowGroup?: number
  byteOffset: number
  /** Length of the whole line. `bytes` holds at most MAX_LINE_BYTES of it. */
  length: number
  bytes: Buffer
}

/**
 * The next lines; or a break, with `cut`, the unfinished line (empty if the break came at a line
 * end); or what the bytes are if they are not lines.
 */
export type Portion = { lines: Iterable<Line> } | { break: Break; cut: Line } | Foreign

const NOTHING = Buffer.alloc(0)

/**
 * Splits chunks into lines at LF, across chunk boundaries, and drops one CR before it. Only the
 * beginning is kept of a line longer than MAX_LINE_BYTES. Blank lines are returned too: the caller
 * decides what counts as a record.
 */
export class LineCutter {
  /** The beginning of a line that spans chunks, with spare room. */
  #held: Buffer = NOTHING
  #heldBytes = 0
  #length = 0
  #line = 1
  #offset = 0

  /** Copied, because a line of a thousand small chunks would keep all of them in memory. */
  #hold(bytes: Buffer): void {
    this.#length += bytes.length
    const bytesHeld = Math.min(MAX_LINE_BYTES, this.#heldBytes + bytes.length)
    if (bytesHeld > this.#held.length) {
      const held = Buffer.allocUnsafe(2 * bytesHeld)
      this.#held.copy(held, 0, 0, this.#heldBytes)
      this.#held = held
    }
    bytes.copy(this.#held, this.#heldBytes, 0, bytesHeld - this.#heldBytes)
    this.#heldBytes = bytesHeld
  }

  *cut(chunk: Buffer): Generator<Line> {
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      yield this.#take(chunk.subarray(from, at), 1)
      from = at + 1
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from))
  }

  /** The last line, if the bytes do not end with LF. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.rest()
  }

  /** The unfinished line so far, which may be empty. */
  rest(): Line {
    return this.#take(NOTHING, 0)
  }

  #take(last: Buffer, endBytes: number): Line {
    let bytes = last.length > MAX_LINE_BYTES ? last.subarray(0, MAX_LINE_BYTES) : last
    if (this.#length > 0) {
      this.#hold(last)
      bytes = this.#held.subarray(0, this.#heldBytes)
    } else this.#length = last.length
    const hasReturn = this.#length === bytes.length && bytes[bytes.length - 1] === 13
    const line: Line = {
      line: this.#line++,
      byteOffset: this.#offset,
      length: this.#length,
      bytes: hasReturn ? bytes.subarray(0, -1) : bytes,
    }
    this.#offset += this.#length + endBytes
    this.#held = NOTHING
    this.#heldBytes = 0
    this.#length = 0
    return line
  }
}
