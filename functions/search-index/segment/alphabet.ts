import type { BitReader, BitWriter } from './bits.ts'

/**
 * The bytes that keys are made of, in order, so that few kinds of bytes take few bits each: digits 4,
 * hex digits with hyphens 5. With more than 128 kinds, or where they are not known before, a byte is
 * a byte.
 */
export class Alphabet {
  /** Bits of a symbol. */
  readonly width: number
  readonly #symbols: Uint8Array
  readonly #codes = new Uint8Array(256)

  /** Ascending; none: every byte stands for itself. */
  constructor(symbols: Uint8Array) {
    this.#symbols = symbols
    this.width = symbols.length === 0 ? 8 : 32 - Math.clz32(symbols.length - 1)
    for (const [code, symbol] of symbols.entries()) this.#codes[symbol] = code
  }

  /** The number of symbols, and the symbols. */
  write(writer: BitWriter): void {
    writer.unsigned(this.#symbols.length)
    writer.append(this.#symbols)
  }

  static read(reader: BitReader): Alphabet {
    return new Alphabet(Uint8Array.from({ length: reader.unsigned() }, () => reader.bits(8)))
  }

  /** Appends `key[from … to − 1]`, up to a whole byte. */
  encode(writer: BitWriter, key: Uint8Array, from: number, to: number): void {
    if (this.width === 8) writer.append(key, from, to)
    else {
      for (let i = from; i < to; i++) writer.write(this.#codes[key[i]!]!, this.width)
      writer.align()
    }
  }

  /** Puts `count` bytes into `out[from …]` and returns the place after what it read. */
  decode(bytes: Uint8Array, at: number, count: number, out: Uint8Array, from: number): number {
    const { width } = this
    if (width === 8) {
      for (let i = 0; i < count; i++) out[from + i] = bytes[at + i]!
      return at + count
    }
    const symbols = this.#symbols
    const mask = (1 << width) - 1
    for (let i = 0, bit = 0; i < count; i++, bit += width) {
      const place = at + (bit >>> 3)
      const two = bytes[place]! | (bytes[place + 1]! << 8)
      out[from + i] = symbols[(two >>> (bit & 7)) & mask]!
    }
    return at + Math.ceil((count * width) / 8)
  }
}

/** Every byte stands for itself. */
export const BYTES = new Alphabet(new Uint8Array())

/** Finds the alphabet of keys. */
export class AlphabetFinder {
  readonly #seen = new Uint8Array(256)

  add(key: Uint8Array, length: number): void {
    for (let i = 0; i < length; i++) this.#seen[key[i]!] = 1
  }

  find(): Alphabet {
    const symbols = Array.from(this.#seen.keys()).filter((byte) => this.#seen[byte] === 1)
    return symbols.length > 128 || symbols.length === 0
      ? BYTES
      : new Alphabet(Uint8Array.from(symbols))
  }
}
