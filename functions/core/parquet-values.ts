import type { ParquetType, SchemaElement } from 'hyparquet'
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'

/** Returns the next value of a page. Throws RangeError after the last one. */
export type NextValue = () => unknown

const beyond = (): never => {
  throw new RangeError('a page ends before its values do')
}

/**
 * Integers of `width` bits (Parquet, "Encodings: Run Length Encoding / Bit-Packing Hybrid"): runs
 * of one value, and runs of values packed from the least significant bit.
 */
export function readHybrid(
  bytes: Buffer,
  from: number,
  through: number,
  width: number,
): () => number {
  if (width === 0) return () => 0
  if (width > 32) throw new RangeError(`numbers of ${width} bits`)
  const mask = width < 32 ? 2 ** width - 1 : 0xffffffff
  let at = from
  let left = 0
  let repeated = 0
  let isPacked = false
  let bit = 0
  const readRun = (): void => {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= through || shift > 28) beyond()
      const byte = bytes[at++]!
      header += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    isPacked = header % 2 === 1
    left = isPacked ? Math.floor(header / 2) * 8 : header / 2
    if (isPacked) {
      bit = at * 8
      at += Math.floor(header / 2) * width
      return
    }
    const length = (width + 7) >> 3
    if (at + length > through) beyond()
    repeated = bytes.readUIntLE(at, length)
    at += length
  }
  const readPacked = (): number => {
    const byte = Math.floor(bit / 8)
    const offset = bit % 8
    bit += width
    if (Math.ceil(bit / 8) > through) beyond()
    if (width <= 24) {
      const word =
        bytes[byte]! |
        ((bytes[byte + 1] ?? 0) << 8) |
        ((bytes[byte + 2] ?? 0) << 16) |
        ((bytes[byte + 3] ?? 0) << 24)
      return (word >>> offset) & mask
    }
    let value = 0
    for (let i = 0; i < 5; i++) value += (bytes[byte + i] ?? 0) * 2 ** (8 * i)
    return Math.floor(value / 2 ** offset) % 2 ** width
  }
  return () => {
    while (left === 0) readRun()
    left--
    return isPacked ? readPacked() : repeated
  }
}

const NANOS_PER_DAY = 86_400_000_000_000n
/** The Julian day of 1970-01-01. INT96 counts days from 4713 BC. */
const JULIAN_EPOCH_DAY = 2_440_588

/** Values in plain encoding (Parquet, "Encodings: Plain"). INT96 becomes nanoseconds since 1970. */
export function readPlain(
  bytes: Buffer,
  from: number,
  type: ParquetType,
  length: number | undefined,
): NextValue {
  let at = from
  const pass = (count: number): number => {
    at += count
    return at - count
  }
  const cut = (count: number): Uint8Array => {
    if (at + count > bytes.length) beyond()
    return bytes.subarray(at, pass(count) + count)
  }
  switch (type) {
    case 'INT32':
      return () => bytes.readInt32LE(pass(4))
    case 'INT64':
      return () => bytes.readBigInt64LE(pass(8))
    case 'FLOAT':
      return () => bytes.readFloatLE(pass(4))
    case 'DOUBLE':
      return () => bytes.readDoubleLE(pass(8))
    case 'BYTE_ARRAY':
      return () => cut(bytes.readUInt32LE(pass(4)))
    case 'FIXED_LEN_BYTE_ARRAY':
      return () => cut(length ?? 0)
    case 'INT96':
      return () => {
        const nanos = bytes.readBigUInt64LE(pass(8))
        return BigInt(bytes.readInt32LE(pass(4)) - JULIAN_EPOCH_DAY) * NANOS_PER_DAY + nanos
      }
    case 'BOOLEAN': {
      let bit = from * 8
      return () => {
        const byte = bytes[bit >> 3] ?? beyond()
        return ((byte >> (bit++ & 7)) & 1) === 1
      }
    }
  }
}

/** Decodes a page of `count` values at once, for encodings that cannot be streamed. */
export function decodeWhole(
  bytes: Buffer,
  from: number,
  encoding: string,
  { type, type_length: length }: SchemaElement,
  count: number,
): ArrayLike<unknown> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const reader = { view, offset: from }
  if (encoding === 'DELTA_BINARY_PACKED') {
    const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count)
    deltaBinaryUnpack(reader, count, values)
    return values
  }
  if (encoding === 'BYTE_STREAM_SPLIT') return byteStreamSplit(reader, count, type!, length)
  const values = new Array<Uint8Array>(count)
  if (encoding === 'DELTA_LENGTH_BYTE_ARRAY') deltaLengthByteArray(reader, count, values)
  else if (encoding === 'DELTA_BYTE_ARRAY') deltaByteArray(reader, count, values)
  else throw new RangeError(`the encoding ${encoding} is unknown`)
  return values
}
