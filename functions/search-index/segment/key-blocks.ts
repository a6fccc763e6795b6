import { Alphabet, BYTES } from './alphabet.ts'
import { type BitReader, BitWriter } from './bits.ts'
import { type BitColumn, openColumn, writeColumn } from './columns.ts'
import { compareBytes } from './utf8.ts'

/** Keys of a block. Its first one is whole; of each other only what differs from the one before. */
export const BLOCK_KEYS = 16
/** From this length on, a nibble says only that a LEB128 of the rest follows. */
const LONG = 15

/**
 * Sorted distinct keys, prefix-compressed. A key is one byte (shared length × 16 + own length; 15: the
 * rest follows as LEB128, the shared one first), then its own bytes in the alphabet. After a key the
 * caller may write what belongs to it.
 */
export class KeyWriter {
  /** Keys so far. */
  count = 0
  readonly blocks = new BitWriter()
  readonly #alphabet: Alphabet
  readonly #starts: number[] = []
  #last = new Uint8Array(64)
  #lastLength = 0

  constructor(alphabet = BYTES) {
    this.#alphabet = alphabet
  }

  add(key: Uint8Array, length: number): void {
    const { blocks } = this
    let shared = 0
    if (this.count++ % BLOCK_KEYS === 0) this.#starts.push(blocks.length)
    else while (shared < this.#lastLength && this.#last[shared] === key[shared]) shared++
    const own = length - shared
    blocks.write(Math.min(shared, LONG) * 16 + Math.min(own, LONG), 8)
    if (shared >= LONG) blocks.unsigned(shared - LONG)
    if (own >= LONG) blocks.unsigned(own - LONG)
    this.#alphabet.encode(blocks, key, shared, length)
    this.#keep(key, shared, length)
  }

  /** Makes the key the last one, with which it shares its first bytes. */
  #keep(key: Uint8Array, shared: number, length: number): void {
    let from = shared
    if (this.#last.length < length) {
      this.#last = new Uint8Array(2 * length)
      from = 0
    }
    // A call of `set` takes longer than a loop over the letters of a word.
    for (let i = from; i < length; i++) this.#last[i] = key[i]!
    this.#lastLength = length
  }

  /** Appends the number of keys, the alphabet, a column of the blocks' starts, the bytes of all blocks, and the blocks. */
  finish(writer: BitWriter): void {
    writer.unsigned(this.count)
    this.#alphabet.write(writer)
    writeColumn(writer, this.#starts)
    writer.unsigned(this.blocks.length)
    writer.append(this.blocks.written())
  }
}

/** Written keys, still bytes. */
export class KeyBlocks {
  readonly count: number
  readonly blockCount: number
  readonly bytes: Uint8Array
  readonly alphabet: Alphabet
  readonly #starts: BitColumn
  readonly #from: number

  /** Opens what `finish` appended and moves the reader behind it. */
  constructor(bytes: Uint8Array, reader: BitReader) {
    this.bytes = bytes
    this.count = reader.unsigned()
    this.blockCount = Math.ceil(this.count / BLOCK_KEYS)
    this.alphabet = Alphabet.read(reader)
    this.#starts = openColumn(reader, this.blockCount)
    const length = reader.unsigned()
    this.#from = reader.align()
    reader.seek(this.#from + length)
  }

  blockAt(block: number): number {
    return this.#from + this.#starts.get(block)
  }
}

/** Reads keys in order. A caller that wrote more after a key moves `at` behind that before the next one. */
export class KeyCursor {
  readonly keys: KeyBlocks
  /** Place of the current key. */
  index = -1
  key = new Uint8Array(64)
  length = 0
  /** The byte after the current key. */
  at = 0

  constructor(keys: KeyBlocks) {
    this.keys = keys
    if (keys.count > 0) this.seekBlock(0)
  }

  /** Stands before the first key of a block. */
  seekBlock(block: number): void {
    this.index = block * BLOCK_KEYS - 1
    this.at = this.keys.blockAt(block)
  }

  /**
   * Stands before the first key of the last block that does not begin after `key`: what is ≥ `key` is
   * in that block or begins the next. Without keys it stands at the end.
   */
  seek(key: Uint8Array, length: number): void {
    let low = 0
    let high = this.keys.blockCount
    while (low < high) {
      const middle = (low + high) >>> 1
      this.seekBlock(middle)
      this.next()
      if (this.compare(key, length) <= 0) low = middle + 1
      else high = middle
    }
    if (this.keys.count > 0) this.seekBlock(Math.max(0, low - 1))
  }

  /** Reads a LEB128 at `at` and moves behind it. */
  unsigned(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const next = this.keys.bytes[this.at++]!
      value += (next & 127) * scale
      if (next < 128) return value
    }
  }

  /** Moves to the next key. False after the last one. */
  next(): boolean {
    if (this.index + 1 >= this.keys.count) {
      this.index = this.keys.count
      return false
    }
    this.index++
    const { bytes, alphabet } = this.keys
    const lengths = bytes[this.at++]!
    let shared = lengths >>> 4
    let own = lengths & 15
    if (shared === LONG) shared += this.unsigned()
    if (own === LONG) own += this.unsigned()
    this.length = shared + own
    if (this.key.length < this.length) {
      const larger = new Uint8Array(2 * this.length)
      larger.set(this.key.subarray(0, shared))
      this.key = larger
    }
    this.at = alphabet.decode(bytes, this.at, own, this.key, shared)
    return true
  }

  /** Below 0 where the current key comes before `key`. */
  compare(key: Uint8Array, length: number): number {
    return compareBytes(this.key, 0, this.length, key, 0, length)
  }
}
