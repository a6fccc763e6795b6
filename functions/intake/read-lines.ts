import type { RandomAccess } from '../core/objects.ts'
import { ALL_COLUMNS } from '../core/parquet-groups.ts'
import type { RecordReader } from './adapters/adapter.ts'
import { decodeChunks, type Encoding, isWide } from './decode.ts'
import type { Body } from './digested-body.ts'
import { ArrayCutter } from './json-array.ts'
import { MAX_UNPACKED_BYTES } from './limits.ts'
import { type Line, LineCutter, type Portion } from './lines.ts'
import { readParquetLines } from './parquet-lines.ts'
import { QuotedLines } from './quoted-lines.ts'
import { type BeginsArray, type Foreign, sniffChunks } from './sniff/head.ts'
import { readsRows } from './sniff/text.ts'
import type { SniffFacts } from './sniff.ts'
import { type Unpacked, unpack } from './unpack.ts'

/** An object's bytes: as a stream, and by random access. */
export interface OpenObject {
  body: Body
  file: RandomAccess
}
/** How quoted lines are joined, and which Parquet columns are read. */
type Reading = Pick<RecordReader, 'separator' | 'columns'>

/** The elements of JSON arrays, as lines. */
async function* readArrays(
  parts: AsyncIterable<Unpacked | Foreign | BeginsArray>,
): AsyncGenerator<Portion> {
  const cutter = new ArrayCutter()
  for await (const part of parts) {
    if ('break' in part) {
      yield { break: part.break, cut: cutter.rest() }
      return
    }
    if (!('chunk' in part)) continue
    const { lines, broken } = cutter.cut(part.chunk)
    yield { lines }
    if (!broken) continue
    yield { break: broken, cut: cutter.rest() }
    return
  }
  const { lines, broken } = cutter.end()
  yield { lines }
  if (broken) yield { break: broken, cut: cutter.rest() }
}

/** The rows of Parquet as lines, if the object itself is Parquet and not packed again. */
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
 * An object's records as lines, unpacked and split at LF. Lines inside quotes are joined if the
 * format has quotes. If records are JSON, elements of a JSON array and rows of Parquet count as
 * lines too. The lines of a portion must be used before the next portion is requested.
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
  // The sniffer would report UTF-16 because of its zeros, so it is decoded first. Other encodings
  // do not change signatures.
  const first = isWide(encoding) ? encoding : 'utf-8'
  const parts = sniffChunks(decodeChunks(unpacked, first), facts)
  const cutter = new LineCutter()
  const quoted = separator === undefined ? null : new QuotedLines(separator)
  const joined = (lines: Iterable<Line>): Iterable<Line> => (quoted ? quoted.join(lines) : lines)
  let isBroken = false
  const decoded = decodeChunks(parts, isWide(encoding) ? 'utf-8' : encoding)
  for await (const part of decoded) {
    if ('foreign' in part) {
      const isRows = part.foreign.container === 'parquet' && readsRows(facts.declared)
      if (isRows) yield* readRows(object, reading, maxBytes)
      else yield part
      return
    }
    if ('isArray' in part) {
      yield* readArrays(decoded)
      return
    }
    if ('chunk' in part) yield { lines: joined(cutter.cut(part.chunk)) }
    else {
      isBroken = true
      yield { break: part.break, cut: cutter.rest() }
    }
  }
  // After a break, the unfinished line is the break's own record: half a number would read as a
  // number.
  if (!isBroken) yield { lines: joined(cutter.end()) }
  if (quoted) yield { lines: quoted.end() }
}
