/** The reader loads four bytes at a time: this many bytes must follow the last one that it reads. */
export const READ_AHEAD_BYTES = 4

/** A growing sequence of bits: the low bits of a byte come first. */
export class BitWriter {
  bytes: Uint8Array
  /** Whole bytes so far. */
  length = 0
  #held = 0
  #heldBits = 0

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  /** The low bits of an integer from 0 to 2^32 − 1; width 0 to 32. Higher bits must be 0. */
  write(value: number, width: number): void {
    if (width > 24) {
      this.write(value & 0xff_ffff, 24)
      this.write(value >>> 24, width - 24)
      return
    }
    this.#reserve(4)
    // At most 7 held bits and 24 new ones.
    let held = this.#held | (value << this.#heldBits)
    let bits = this.#heldBits + width
    for (; bits >= 8; bits -= 8) {
      this.bytes[this.length++] = held
      held >>>= 8
    }
    this.#held = held
    this.#heldBits = bits
  }

  /** The low `width` bits of each of `values[from … to − 1]`; width 1 to 31. */
  lowBits(values: Uint32Array, from: number, to: number, width: number): void {
    const mask = 2 ** width - 1
    if (width > 24) {
      for (let i = from; i < to; i++) this.write(values[i]! & mask, width)
      return
    }
    this.#reserve(((to - from) * width) / 8 + 4)
    // The state is in variables: this loop writes most of a segment.
    const { bytes } = this
    let { length } = this
    let held = this.#held
    let bits = this.#heldBits
    for (let i = from; i < to; i++) {
      held |= (values[i]! & mask) << bits
      for (bits += width; bits >= 8; bits -= 8) {
        bytes[length++] = held
        held >>>= 8
      }
    }
    this.length = length
    this.#held = held
    this.#heldBits = bits
  }

  /** For each of `values[from … to − 1]` what is above its low `width` bits: that many zeros, then a one. */
  highParts(values: Uint32Array, from: number, to: number, width: number): void {
    for (let i = from; i < to; ) {
      this.#reserve(4 * (to - i) + 4)
      i = this.#shortHighParts(values, i, to, width)
      if (i < to) this.#longHighPart(values[i++]! >>> width)
    }
  }

  /** Those of fewer than 24 zeros, with the state in variables. Returns where it stopped. */
  #shortHighParts(values: Uint32Array, from: number, to: number, width: number): number {
    const { bytes } = this
    let { length } = this
    let held = this.#held
    let bits = this.#heldBits
    let i = from
    for (; i < to; i++) {
      const zeros = values[i]! >>> width
      if (zeros >= 24) break
      held |= 1 << (bits + zeros)
      for (bits += zeros + 1; bits >= 8; bits -= 8) {
        bytes[length++] = held
        held >>>= 8
      }
    }
    this.length = length
    this.#held = held
    this.#heldBits = bits
    return i
  }

  #longHighPart(zeros: number): void {
    let rest = zeros
    for (; rest >= 24; rest -= 24) this.write(0, 24)
    this.write(1 << rest, rest + 1)
  }

  /** Zeros up to the next byte. */
  align(): void {
    if (this.#heldBits > 0) this.write(0, 8 - this.#heldBits)
  }

  /** An integer from 0 to 2^53 − 1 as LEB128: seven bits a byte, low bits first. */
  unsigned(value: number): void {
    let rest = value
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.write((rest % 128) | 128, 8)
    // From here on it is a small integer of V8, which has shifts.
    for (; rest >= 128; rest >>>= 7) this.write((rest & 127) | 128, 8)
    this.write(rest, 8)
  }

  /** An integer of either sign, |value| < 2^52: zigzag, then as `unsigned`. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value)
  }

  /** Bytes, from a whole byte on. */
  append(source: Uint8Array, from = 0, to = source.length): void {
    this.#reserve(to - from)
    if (to - from > 32) this.bytes.set(source.subarray(from, to), this.length)
    else for (let i = from; i < to; i++) this.bytes[this.length + i - from] = source[i]!
    this.length += to - from
  }

  /** Starts again and keeps the memory. */
  clear(): void {
    this.length = 0
  }

  /** A view of what was written. The next write may change it. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}

/** Reads what a `BitWriter` wrote. The bytes were checked before: nothing here is. */
export class BitReader {
  readonly view: DataView
  /** `bit` counts from this byte. */
  start: number
  bit = 0

  constructor(view: DataView, start: number) {
    this.view = view
    this.start = start
  }

  seek(byte: number): void {
    this.start = byte
    this.bit = 0
  }

  /** Width 0 to 32. */
  bits(width: number): number {
    if (width > 24) return this.bits(24) + this.bits(width - 24) * 0x100_0000
    const loaded = this.view.getUint32(this.start + (this.bit >>> 3), true)
    const value = (loaded >>> (this.bit & 7)) & ((1 << width) - 1)
    this.bit += width
    return value
  }

  /** Moves to the next whole byte and returns its place. */
  align(): number {
    this.seek(this.start + ((this.bit + 7) >>> 3))
    return this.start
  }

  unsigned(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const next = this.bits(8)
      value += (next & 127) * scale
      if (next < 128) return value
    }
  }

  signed(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
