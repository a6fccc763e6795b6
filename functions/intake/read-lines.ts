import type { Readable } from 'node:stream'
import type { RandomAccess } from '../core/objects.ts'
import { ALL_COLUMNS } from '../core/parquet-groups.ts'
import type { RecordReader } from './adapters/adapter.ts'
import { decodePieces, type Encoding, isWide } from './decode.ts'
import { ArrayCutter } from './json-array.ts'
import { MAX_UNPACKED_BYTES } from './limits.ts'
import { type Line, LineCutter, type Portion } from './lines.ts'
import { readParquetLines } from './parquet-lines.ts'
import { QuotedLines } from './quoted-lines.ts'
import { type BeginsArray, type Foreign, sniffPieces } from './sniff/head.ts'
import { readsRows } from './sniff/text.ts'
import type { SniffFacts } from './sniff.ts'
import { type Unpacked, unpack } from './unpack.ts'

/** An object's bytes: as they come, and from anywhere among them. */
export interface OpenObject {
  body: Readable
  file: RandomAccess
}
/** How lines are held together, and what is read of the columns of Parquet. */
type Reading = Pick<RecordReader, 'separator' | 'columns'>

/** The elements of JSON arrays, as lines. */
async function* readArrays(
  pieces: AsyncIterable<Unpacked | Foreign | BeginsArray>,
): AsyncGenerator<Portion> {
  const cutter = new ArrayCutter()
  for await (const piece of pieces) {
    if ('break' in piece) {
      yield { break: piece.break, cut: cutter.rest() }
      return
    }
    if (!('chunk' in piece)) continue
    const { lines, broken } = cutter.cut(piece.chunk)
    yield { lines }
    if (!broken) continue
    yield { break: broken, cut: cutter.rest() }
    return
  }
  const { lines, broken } = cutter.end()
  yield { lines }
  if (broken) yield { break: broken, cut: cutter.rest() }
}

/** The rows of Parquet as lines, where the object's own bytes are Parquet. */
async function* readRows(
  { file }: OpenObject,
  { columns = ALL_COLUMNS }: Reading,
  maxBytes: number,
): AsyncGenerator<Portion> {
  const head = Buffer.from(await file.slice(0, Math.min(4, file.bytes)))
  if (head.toString('latin1') === 'PAR1') yield* readParquetLines(file, columns, maxBytes)
  else yield { foreign: { container: 'packed-parquet' }, isMisnamed: false }
}

/**
 * An object's records as lines, unpacked: cut at LF, those that quotes hold together joined where the
 * format quotes. Where records are JSON, elements of a JSON array and rows of Parquet are lines too.
 * The lines of a portion are to be used before the next is asked for.
 */
export async function* readLines(
  object: OpenObject,
  facts: SniffFacts & { encoding?: Encoding },
  reading: Reading,
  maxBytes = MAX_UNPACKED_BYTES,
): AsyncGenerator<Portion> {
  const { encoding = 'utf-8' } = facts
  const { separator } = reading
  const unpacked = unpack(object.body, facts.name, maxBytes)
  // A sniffer knows UTF-16 by its zeros, and would name it; other encodings leave signatures as they are.
  const first = isWide(encoding) ? encoding : 'utf-8'
  const pieces = sniffPieces(decodePieces(unpacked, first), facts)
  const cutter = new LineCutter()
  const quoted = separator === undefined ? null : new QuotedLines(separator)
  const joined = (lines: Iterable<Line>): Iterable<Line> => (quoted ? quoted.join(lines) : lines)
  let isBroken = false
  const decoded = decodePieces(pieces, isWide(encoding) ? 'utf-8' : encoding)
  for await (const piece of decoded) {
    if ('foreign' in piece) {
      const isRows = piece.foreign.container === 'parquet' && readsRows(facts.declared)
      if (isRows) yield* readRows(object, reading, maxBytes)
      else yield piece
      return
    }
    if ('isArray' in piece) {
      yield* readArrays(decoded)
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
