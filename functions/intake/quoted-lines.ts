import { MAX_QUOTED_BYTES } from './limits.ts'
import type { Line } from './lines.ts'

const QUOTE = 0x22
const LF = Buffer.from('\n')

/** Whether a line that begins inside quotes, or not, ends inside them (RFC 4180, section 2). */
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
 * Joins lines whose quoted cells span them into one record, at the first one's line and byte. A
 * quote that does not close within MAX_QUOTED_BYTES was none: its line stands alone, and so no
 * stray quote takes its neighbours with it. Memory: MAX_QUOTED_BYTES and one line.
 */
export class QuotedLines {
  #held: Line[] = []
  #bytes = 0
  readonly #separator: number

  constructor(separator: string) {
    this.#separator = separator.charCodeAt(0)
  }

  *join(lines: Iterable<Line>): Generator<Line> {
    for (const line of lines) {
      yield* this.#take(line)
      while (this.#bytes > MAX_QUOTED_BYTES) yield* this.#release()
    }
  }

  /** What the end leaves open. */
  *end(): Generator<Line> {
    while (this.#held.length > 0) yield* this.#release()
  }

  *#take(line: Line): Generator<Line> {
    const isHolding = this.#held.length > 0
    const mayQuote = line.bytes.includes(QUOTE)
    if (!isHolding && !mayQuote) {
      yield line
      return
    }
    const staysInside = mayQuote ? endsInside(line.bytes, this.#separator, isHolding) : true
    if (!isHolding && !staysInside) {
      yield line
      return
    }
    // Held beyond its chunk, whose memory is the stream's to use again.
    this.#held.push({ ...line, bytes: Buffer.from(line.bytes) })
    this.#bytes += line.length
    if (staysInside) return
    const [first] = this.#held
    const parts = this.#held.flatMap(({ bytes }, i) => (i === 0 ? [bytes] : [LF, bytes]))
    this.#held = []
    this.#bytes = 0
    const length = line.byteOffset + line.length - first!.byteOffset
    yield { ...first!, length, bytes: Buffer.concat(parts) }
  }

  /** The first held line alone; the others are looked at again without it. */
  *#release(): Generator<Line> {
    const [first, ...others] = this.#held
    this.#held = []
    this.#bytes = 0
    yield first!
    for (const line of others) yield* this.#take(line)
  }
}
