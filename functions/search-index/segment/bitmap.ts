import { CorruptArtifact } from '../../core/errors.ts'
import { BitReader, BitWriter, READ_AHEAD_BYTES } from './bits.ts'
import { CHECKSUM_BYTES, checksumOf, hexOf } from './checksum.ts'
import { ALL_ZERO, readRun, writeRun } from './runs.ts'
import type { Bitmap, Segment } from './types.ts'

export type { Bitmap }

const MAGIC = 'QMBITS01'
const FORMAT_VERSION = 1
const CHECKSUM_AT = 12
const BODY_AT = CHECKSUM_AT + CHECKSUM_BYTES
/** Gaps that share a width. */
const RUN = 128

function countOnes(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555)
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

/** One bit a document, and the members before every 256 documents. Memory: 9/64 bytes a document. */
class Bits implements Bitmap {
  readonly capacity: number
  readonly size: number
  readonly words: Uint32Array
  readonly #before: Uint32Array

  /** The words become its own. */
  constructor(capacity: number, words: Uint32Array) {
    this.capacity = capacity
    this.words = words
    this.#before = new Uint32Array(Math.ceil(words.length / 8) + 1)
    let size = 0
    for (let i = 0; i < words.length; i++) {
      if (i % 8 === 0) this.#before[i / 8] = size
      size += countOnes(words[i]!)
    }
    if (words.length % 8 === 0) this.#before[words.length / 8] = size
    this.size = size
  }

  has(doc: number): boolean {
    return ((this.words[doc >>> 5]! >>> (doc & 31)) & 1) === 1
  }

  countIn(from: number, through: number): number {
    if (this.size === 0) return 0
    const end = Math.min(through, this.capacity - 1) + 1
    return end <= from ? 0 : this.#countBefore(end) - this.#countBefore(from)
  }

  #countBefore(doc: number): number {
    const word = doc >>> 5
    let count = this.#before[word >>> 3]!
    for (let i = word & ~7; i < word; i++) count += countOnes(this.words[i]!)
    const rest = doc & 31
    return rest === 0 ? count : count + countOnes(this.words[word]! & ((1 << rest) - 1))
  }
}

const setBit = (words: Uint32Array, doc: number): void => {
  words[doc >>> 5]! |= 1 << (doc & 31)
}
const wordsFor = (capacity: number): Uint32Array => new Uint32Array(Math.ceil(capacity / 32))

/** A set of documents of a segment of `capacity` documents. Throws RangeError for one that it lacks. */
export function createBitmap(capacity: number, docs: Iterable<number>): Bitmap {
  const words = wordsFor(capacity)
  for (const doc of docs) {
    if (!(doc >= 0 && doc < capacity))
      throw new RangeError(`got document ${doc}, expected one from 0 to ${capacity - 1}`)
    setBit(words, doc)
  }
  return new Bits(capacity, words)
}

const own = (bitmap: Bitmap): Bits => {
  if (bitmap instanceof Bits) return bitmap
  throw new TypeError(
    'got another bitmap, expected one of createBitmap, withDeleted or decodeBitmap',
  )
}

/** The same set and these documents. Throws RangeError as `createBitmap` does. */
export function withDeleted(bitmap: Bitmap, docs: Iterable<number>): Bitmap {
  const { capacity, words } = own(bitmap)
  const more = createBitmap(capacity, docs) as Bits
  for (let i = 0; i < words.length; i++) more.words[i]! |= words[i]!
  return new Bits(capacity, more.words)
}

/** The gone documents of a segment: what is deleted before anything is replaced. */
export function goneBitmap(segment: Pick<Segment, 'count' | 'isGone'>): Bitmap {
  const words = wordsFor(segment.count)
  for (let doc = 0; doc < segment.count; doc++) if (segment.isGone(doc)) setBit(words, doc)
  return new Bits(segment.count, words)
}

/** The members, ascending. */
export function* membersOf(bitmap: Bitmap): Generator<number> {
  const { words } = own(bitmap)
  for (let i = 0; i < words.length; i++)
    for (let word = words[i]!; word !== 0; word &= word - 1)
      yield i * 32 + 31 - Math.clz32(word & -word)
}

/** Appends the number of members and, for each, the non-members between it and the one before. */
export function writeMembers(writer: BitWriter, size: number, members: Iterable<number>): void {
  writer.unsigned(size)
  const gaps = new Uint32Array(RUN)
  let held = 0
  let last = -1
  for (const doc of members) {
    gaps[held++] = doc - last - 1
    last = doc
    if (held < RUN) continue
    writeRun(writer, gaps, 0, held, ALL_ZERO)
    held = 0
  }
  writeRun(writer, gaps, 0, held, ALL_ZERO)
  writer.align()
}

/** Reads what `writeMembers` wrote, of a set over `capacity` documents. */
export function readMembers(reader: BitReader, capacity: number): Bitmap {
  const size = reader.unsigned()
  // Most segments have no gone document: their empty set needs no memory.
  const words = wordsFor(size === 0 ? 0 : capacity)
  const gaps = new Uint32Array(RUN)
  let doc = -1
  for (let left = size; left > 0; left -= RUN) {
    const count = Math.min(RUN, left)
    readRun(reader, gaps, count, ALL_ZERO)
    for (let i = 0; i < count; i++) {
      doc += gaps[i]! + 1
      setBit(words, doc)
    }
  }
  reader.align()
  return new Bits(capacity, words)
}

/** The bytes of a set as an object of its own. Equal sets have equal bytes. */
export function encodeBitmap(bitmap: Bitmap): Uint8Array {
  const { capacity, size } = own(bitmap)
  const writer = new BitWriter()
  writer.append(new TextEncoder().encode(MAGIC))
  writer.write(FORMAT_VERSION, 32)
  writer.append(new Uint8Array(CHECKSUM_BYTES))
  writer.unsigned(capacity)
  writeMembers(writer, size, membersOf(bitmap))
  writer.append(new Uint8Array(READ_AHEAD_BYTES))
  const bytes = writer.written().slice()
  bytes.set(checksumOf(bytes.subarray(BODY_AT)), CHECKSUM_AT)
  return bytes
}

/**
 * Reads the bytes of `encodeBitmap`. Throws CorruptArtifact, which names the object, for another magic
 * or format version, or where the checksum differs.
 */
export function decodeBitmap(bytes: Uint8Array, name: string): Bitmap {
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`${name}: got ${got}, expected ${expected}`)
  if (bytes.length < BODY_AT) throw wrong(`${bytes.length} bytes`, `at least ${BODY_AT}`)
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC) throw wrong(`magic ${JSON.stringify(magic)}`, JSON.stringify(MAGIC))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = view.getUint32(MAGIC.length, true)
  if (version !== FORMAT_VERSION)
    throw wrong(`format version ${version}`, `version ${FORMAT_VERSION}`)
  const stored = hexOf(bytes.subarray(CHECKSUM_AT, BODY_AT))
  const found = hexOf(checksumOf(bytes.subarray(BODY_AT)))
  if (found !== stored) throw wrong(`checksum ${found}`, stored)
  const reader = new BitReader(view, BODY_AT)
  return readMembers(reader, reader.unsigned())
}
