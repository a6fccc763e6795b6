import { MAX_QUOTED_BYTES } from './limits.ts'
import type { Line } from './lines.ts'

const QUOTE = 0x22
const LF = Buffer.from('\n')

/** Whether a line ends inside quotes, given whether it begins inside them (RFC 4180, section 2). */
function endsInside(bytes: Uint8Array, separator: number, isInside: boolean): boolean {
  let state: 'start' | 'plain' | 'quoted' | 'closing' = isInside ? 'quoted' : 'start'
  for (const byte of bytes) {
    if (state === 'quoted') {
      if (byte === QUOTE) state = 'closing'
    } else if (byte === QUOTE && state !== 'plain') state = 'quoted'
    else state = byte === separator ? 'start' : 'plain'
  }
  return state === 'quoted'
}

/**
 * Joins lines that a quoted cell spans into one record, at the position of its first line. A quote
 * that does not close within MAX_QUOTED_BYTES is ordinary text: its line is a record of its own, so
 * a stray quote does not swallow other lines. Memory: MAX_QUOTED_BYTES and one line. Each line is
 * scanned at most twice: once for a closing quote, and once for an opening one.
 */
export class QuotedLines {
  /**
   * From `#first` on: a line that opened a quote, and the following lines, none of which closed it.
   */
  #held: Line[] = []
  #first = 0
  readonly #separator: number

  constructor(separator: string) {
    this.#separator = separator.charCodeAt(0)
  }

  *join(lines: Iterable<Line>): Generator<Line> {
    for (const line of lines) {
      if (!this.#isHolding) {
        if (this.#opens(line)) this.#held.push(line)
        else yield line
      } else {
        this.#held.push(line)
        if (this.#closes(line)) yield this.#joined()
      }
      while (this.#isHolding && this.#span() > MAX_QUOTED_BYTES) yield* this.#release()
    }
  }

  /** The lines of a quote that never closed. */
  *end(): Generator<Line> {
    while (this.#isHolding) yield* this.#release()
  }

  get #isHolding(): boolean {
    return this.#held.length > 0
  }

  #opens({ bytes }: Line): boolean {
    return bytes.includes(QUOTE) && endsInside(bytes, this.#separator, false)
  }

  #closes({ bytes }: Line): boolean {
    return bytes.includes(QUOTE) && !endsInside(bytes, this.#separator, true)
  }

  /** Bytes from the quote's line to the last held line, including line ends. */
  #span(): number {
    const { byteOffset, length } = this.#held.at(-1)!
    return byteOffset + length - this.#held[this.#first]!.byteOffset
  }

  #joined(): Line {
    const lines = this.#held.slice(this.#first)
    const last = lines.at(-1)!
    const bytes = Buffer.concat(
      lines.flatMap((line, i) => (i === 0 ? [line.bytes] : [LF, line.bytes])),
    )
    this.#held = []
    this.#first = 0
    return { ...lines[0]!, length: last.byteOffset + last.length - lines[0]!.byteOffset, bytes }
  }

  /**
   * Releases the first held line, and the following ones up to the next line that opens a quote.
   */
  *#release(): Generator<Line> {
    do yield this.#shift()
    while (this.#isHolding && !this.#opens(this.#held[this.#first]!))
  }

  #shift(): Line {
    const line = this.#held[this.#first++]!
    // Drops released lines only when they are half of the list, because moving the rest for each
    // line would be quadratic.
    if (2 * this.#first >= this.#held.length) {
      this.#held.splice(0, this.#first)
      this.#first = 0
    }
    return line
  }
}
