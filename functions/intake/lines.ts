import { MAX_LINE_BYTES } from './limits.ts'

/** One line as it stands in the unpacked bytes, without its line end. */
export interface Line {
  /** From 1. */
  line: number
  byteOffset: number
  /** Length of the whole line; `bytes` holds no more than MAX_LINE_BYTES of it. */
  length: number
  bytes: Buffer
}

/**
 * Cuts chunks into lines at LF, one CR before it dropped, across any chunk boundaries. Of a line
 * longer than MAX_LINE_BYTES only the beginning is held. Blank lines are handed out too: what
 * counts as a record is the caller's to say.
 */
export class LineCutter {
  #parts: Buffer[] = []
  #held = 0
  #length = 0
  #line = 1
  #offset = 0

  #hold(bytes: Buffer): void {
    this.#length += bytes.length
    const room = MAX_LINE_BYTES - this.#held
    if (room <= 0 || bytes.length === 0) return
    // Not copied: a stream never writes again into a chunk that it handed out. A line that crosses
    // chunks keeps them in memory until it ends.
    this.#parts.push(bytes.subarray(0, room))
    this.#held += Math.min(room, bytes.length)
  }

  *cut(chunk: Buffer): Generator<Line> {
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.#hold(chunk.subarray(from, at))
      yield this.#take(1)
      from = at + 1
    }
    this.#hold(chunk.subarray(from))
  }

  /** The last line, where the bytes do not end with LF. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#take(0)
  }

  #take(endBytes: number): Line {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    const hasReturn = this.#length === bytes.length && bytes[bytes.length - 1] === 13
    const line: Line = {
      line: this.#line++,
      byteOffset: this.#offset,
      length: this.#length,
      bytes: hasReturn ? bytes.subarray(0, -1) : bytes,
    }
    this.#offset += this.#length + endBytes
    this.#parts = []
    this.#held = 0
    this.#length = 0
    return line
  }
}
