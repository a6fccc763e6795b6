import { HOUR_MS } from '../contract/time.ts'
import type { Series } from '../contract/values.ts'
import { createByteReader, createByteWriter } from '../core/bytes.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { murmur3Bytes } from '../math/hash.ts'
import { type Buckets, stateKindOf } from './states/states.ts'

/**
 * The states of one entity: the bytes of `ring` and of every `open.…` attribute. Equal blocks have
 * equal bytes.
 *
 * - `QV`, the format version (one byte), and the MurmurHash3 x86 32 of all bytes after it
 *   (little-endian).
 * - `aheadMs`, and the number of series. All integers are LEB128.
 * - For each series, in ascending order of ids: the four bytes of its id, and the length of its runs
 *   in bytes.
 * - Each run holds hours in a row: the hours since the end of the run before it (for the first run:
 *   since the epoch), the number of hours, and a state for each. `states/` has the bytes of states.
 */
const MAGIC = 'QV'
const FORMAT_VERSION = 1
const CHECKSUM_AT = 3
const BODY_AT = 7

export interface Block {
  /** How far the latest event is after the drop's arrival, where a producer's clock runs ahead. */
  aheadMs: number
  /** By the id of the series. */
  series: Map<string, { series: Series; buckets: Buckets }>
}

function encodeRuns(series: Series, buckets: Buckets): Uint8Array {
  const writer = createByteWriter()
  const kind = stateKindOf(series)
  const hours = [...buckets.keys()].map((hourMs) => hourMs / HOUR_MS).sort((a, b) => a - b)
  let end = 0
  for (let first = 0; first < hours.length; ) {
    let next = first + 1
    while (next < hours.length && hours[next] === hours[next - 1]! + 1) next++
    writer.unsigned(hours[first]! - end)
    writer.unsigned(next - first)
    for (const hour of hours.slice(first, next)) kind.write(writer, buckets.get(hour * HOUR_MS))
    end = hours[next - 1]! + 1
    first = next
  }
  return writer.finish()
}

/** A series without a bucket is left out. */
export function encodeBlock({ aheadMs, series }: Block): Uint8Array {
  const writer = createByteWriter()
  writer.bytes(new TextEncoder().encode(MAGIC))
  writer.byte(FORMAT_VERSION)
  writer.bytes(new Uint8Array(BODY_AT - CHECKSUM_AT))
  const filled = [...series]
    .filter(([, { buckets }]) => buckets.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  writer.unsigned(aheadMs)
  writer.unsigned(filled.length)
  for (const [id, { series: one, buckets }] of filled) {
    const runs = encodeRuns(one, buckets)
    writer.bytes(Buffer.from(id, 'hex'))
    writer.unsigned(runs.length)
    writer.bytes(runs)
  }
  const bytes = writer.finish()
  new DataView(bytes.buffer).setUint32(CHECKSUM_AT, murmur3Bytes(bytes, BODY_AT), true)
  return bytes
}

/** A checked block whose series are still bytes. */
export interface OpenBlock {
  readonly aheadMs: number
  /** The runs of each series, by its id. */
  readonly runs: ReadonlyMap<string, Uint8Array>
  /** Names the block in errors. */
  readonly what: string
}

/**
 * Checks a block and finds its series. Throws CorruptArtifact with the found and the expected value
 * for another magic, another format version, or a wrong checksum. `what` names the bytes.
 */
export function openBlock(bytes: Uint8Array, what: string): OpenBlock {
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`${what}: got ${got}, expected ${expected}`)
  const magic = String.fromCharCode(...bytes.subarray(0, 2))
  if (magic !== MAGIC) throw wrong(`magic ${JSON.stringify(magic)}`, JSON.stringify(MAGIC))
  if (bytes[2] !== FORMAT_VERSION)
    throw wrong(`format version ${bytes[2] ?? 'none'}`, `version ${FORMAT_VERSION}`)
  if (bytes.length < BODY_AT) throw wrong(`${bytes.length} bytes`, `at least ${BODY_AT}`)
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(CHECKSUM_AT, true)
  if (murmur3Bytes(bytes, BODY_AT) !== stored)
    throw wrong('a checksum that differs from its bytes (truncated or changed)', 'a whole block')
  const reader = createByteReader(bytes.subarray(BODY_AT), what)
  const aheadMs = reader.unsigned()
  const runs = new Map<string, Uint8Array>()
  for (let left = reader.unsigned(); left > 0; left--) {
    const id = Buffer.from(reader.bytes(4)).toString('hex')
    runs.set(id, reader.bytes(reader.unsigned()))
  }
  if (reader.left > 0) throw wrong(`${reader.left} bytes after the last series`, 'none')
  return { aheadMs, runs, what }
}

/** The states of a series in ascending order of hours. Empty where the block does not have it. */
export function* bucketsIn(
  { runs, what }: OpenBlock,
  series: Pick<Series, 'id' | 'state'>,
): Generator<[hourMs: number, state: unknown]> {
  const reader = createByteReader(runs.get(series.id) ?? new Uint8Array(), what)
  const kind = stateKindOf(series)
  for (let hour = 0; reader.left > 0; ) {
    hour += reader.unsigned()
    for (const end = hour + reader.unsigned(); hour < end; hour++)
      yield [hour * HOUR_MS, kind.read(reader)]
  }
}

/** Decodes the known series. Others are skipped. Throws as `openBlock` does. */
export function decodeBlock(
  bytes: Uint8Array,
  seriesById: ReadonlyMap<string, Series>,
  what: string,
): Block {
  const open = openBlock(bytes, what)
  const series: Block['series'] = new Map()
  for (const id of open.runs.keys()) {
    const known = seriesById.get(id)
    if (known) series.set(id, { series: known, buckets: new Map(bucketsIn(open, known)) })
  }
  return { aheadMs: open.aheadMs, series }
}

/** Sums a series of counts over the hours from `fromHourMs` through `throughHourMs`, both included. */
export function sumCounts(
  { runs, what }: OpenBlock,
  id: string,
  fromHourMs: number,
  throughHourMs: number,
): number {
  const bytes = runs.get(id)
  if (bytes === undefined) return 0
  const [from, through] = [fromHourMs / HOUR_MS, throughHourMs / HOUR_MS]
  let at = 0
  let sum = 0
  // After the last byte it returns NaN.
  const unsigned = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const next = bytes[at++]!
      if (!(next >= 128)) return value + next * scale
      value += (next - 128) * scale
    }
  }
  for (let hour = 0; at < bytes.length && hour <= through; ) {
    hour += unsigned()
    for (const end = hour + unsigned(); hour < end && hour <= through; hour++) {
      const count = unsigned()
      if (hour >= from) sum += count
    }
  }
  if (at > bytes.length) throw new CorruptArtifact(`${what}: the counts of ${id} end too early`)
  return sum
}
