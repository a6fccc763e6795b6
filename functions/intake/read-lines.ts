import type { Readable } from 'node:stream'
import type { Break } from './breaks.ts'
import { decodePieces, type Encoding, isWide } from './decode.ts'
import { MAX_UNPACKED_BYTES } from './limits.ts'
import { type Line, LineCutter } from './lines.ts'
import { QuotedLines } from './quoted-lines.ts'
import { type Foreign, sniffPieces } from './sniff/head.ts'
import type { SniffFacts } from './sniff.ts'
import { unpack } from './unpack.ts'

/**
 * Lines as they come, or why there are no more: `cut` is the line that was not over then, which is
 * empty where the break came at a line's end. Or what the bytes are, where they are no lines at all.
 */
export type Portion = { lines: Iterable<Line> } | { break: Break; cut: Line } | Foreign

/**
 * An object's lines, unpacked: cut at LF, those that quotes hold together joined where the format
 * quotes. The lines of a portion are to be used before the next is asked for.
 */
export async function* readLines(
  body: Readable,
  facts: SniffFacts & { encoding?: Encoding },
  separator: string | undefined,
  maxBytes = MAX_UNPACKED_BYTES,
): AsyncGenerator<Portion> {
  const { encoding = 'utf-8' } = facts
  const unpacked = unpack(body, facts.name, maxBytes)
  // A sniffer knows UTF-16 by its zeros, and would name it; other encodings leave signatures as they are.
  const first = isWide(encoding) ? encoding : 'utf-8'
  const pieces = sniffPieces(decodePieces(unpacked, first), facts)
  const cutter = new LineCutter()
  const quoted = separator === undefined ? null : new QuotedLines(separator)
  const joined = (lines: Iterable<Line>): Iterable<Line> => (quoted ? quoted.join(lines) : lines)
  let isBroken = false
  for await (const piece of decodePieces(pieces, isWide(encoding) ? 'utf-8' : encoding)) {
    if ('foreign' in piece) {
      yield piece
      return
    }
    if ('chunk' in piece) yield { lines: joined(cutter.cut(piece.chunk)) }
    else {
      isBroken = true
      yield { break: piece.break, cut: cutter.rest() }
    }
  }
  // What was cut off in the middle is the break's one record: half a number reads as a number.
  if (!isBroken) yield { lines: joined(cutter.end()) }
  if (quoted) yield { lines: quoted.end() }
}
