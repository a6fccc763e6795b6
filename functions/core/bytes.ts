import { CorruptArtifact } from './errors.ts'

/** A growing sequence of bytes. */
export interface ByteWriter {
  byte(value: number): void
  /** An integer from 0 to 2^53 − 1: LEB128, seven bits a byte, low bits first. Throws RangeError below 0. */
  unsigned(value: number): void
  /** An integer of either sign: zigzag, then as `unsigned`. |value| < 2^52. */
  signed(value: number): void
  /** An integer of any size and either sign: the same bytes as `signed` where that can write it. */
  integer(value: bigint): void
  /** UTF-8, after its length in bytes. */
  text(value: string): void
  bytes(value: Uint8Array): void
  readonly length: number
  finish(): Uint8Array
}
/** Reads what a `ByteWriter` wrote. Every method throws CorruptArtifact at the end of the bytes. */
export interface ByteReader {
  byte(): number
  unsigned(): number
  signed(): number
  integer(): bigint
  text(): string
  bytes(length: number): Uint8Array
  readonly left: number
}

export function createByteWriter(): ByteWriter {
  let buffer = new Uint8Array(64)
  let length = 0
  const reserve = (more: number): void => {
    if (length + more <= buffer.length) return
    const larger = new Uint8Array(Math.max(2 * buffer.length, length + more))
    larger.set(buffer.subarray(0, length))
    buffer = larger
  }
  const byte = (value: number): void => {
    reserve(1)
    buffer[length++] = value
  }
  const unsigned = (value: number): void => {
    if (value < 0) throw new RangeError(`got ${value}, expected an integer from 0 on`)
    let rest = value
    while (rest >= 128) {
      byte((rest % 128) | 128)
      rest = Math.floor(rest / 128)
    }
    byte(rest)
  }
  const bytes = (value: Uint8Array): void => {
    reserve(value.length)
    buffer.set(value, length)
    length += value.length
  }
  return {
    byte,
    unsigned,
    signed: (value) => unsigned(value < 0 ? -2 * value - 1 : 2 * value),
    integer(value) {
      let rest = value < 0n ? -2n * value - 1n : 2n * value
      for (; rest >= 128n; rest >>= 7n) byte(Number(rest & 127n) | 128)
      byte(Number(rest))
    },
    text(value) {
      const encoded = new TextEncoder().encode(value)
      unsigned(encoded.length)
      bytes(encoded)
    },
    bytes,
    get length() {
      return length
    },
    finish: () => buffer.slice(0, length),
  }
}

/** `what` names the bytes in errors. */
export function createByteReader(source: Uint8Array, what: string): ByteReader {
  let at = 0
  const fail = (): never => {
    throw new CorruptArtifact(`${what}: ends after ${source.length} bytes, expected more`)
  }
  const byte = (): number => (at < source.length ? source[at++]! : fail())
  const unsigned = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const next = byte()
      value += (next & 127) * scale
      if (value > Number.MAX_SAFE_INTEGER)
        throw new CorruptArtifact(`${what}: an integer at byte ${at} has more than 53 bits`)
      if (next < 128) return value
      scale *= 128
    }
  }
  const integer = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const next = byte()
      value |= BigInt(next & 127) << shift
      if (next < 128) return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n
    }
  }
  const bytes = (length: number): Uint8Array => {
    if (at + length > source.length) fail()
    at += length
    return source.subarray(at - length, at)
  }
  return {
    byte,
    unsigned,
    signed() {
      const value = unsigned()
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    },
    integer,
    // A byte order mark is part of the text.
    text: () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes(unsigned())),
    bytes,
    get left() {
      return source.length - at
    },
  }
}
