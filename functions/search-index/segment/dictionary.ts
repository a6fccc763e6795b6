import { type BitReader, BitWriter } from './bits.ts'
import { BLOCK_KEYS, KeyBlocks, KeyCursor, KeyWriter } from './key-blocks.ts'
import { BLOCK_DOCS, type WrittenList } from './posting-writer.ts'
import type { TermEntry } from './types.ts'
import { compareBytes, Utf8Text } from './utf8.ts'

/** The first byte of a key is the field's ordinal. */
export const MAX_FIELDS = 256

/**
 * Terms in the order of (field, UTF-8 bytes) with the places of their lists. After each key: the number
 * of documents, the bytes of postings and, for more than one block, the bytes of positions; before
 * those of a block's first key, where its list starts in both sections.
 */
export class DictionaryWriter {
  readonly #keys = new KeyWriter()
  #postingsAt = 0
  #positionsAt = 0

  add(key: Uint8Array, length: number, { docs, postingsBytes, positionsBytes }: WrittenList): void {
    const { blocks } = this.#keys
    const isFirst = this.#keys.count % BLOCK_KEYS === 0
    this.#keys.add(key, length)
    if (isFirst) {
      blocks.unsigned(this.#postingsAt)
      blocks.unsigned(this.#positionsAt)
    }
    blocks.unsigned(docs)
    blocks.unsigned(postingsBytes)
    if (docs > BLOCK_DOCS) blocks.unsigned(positionsBytes)
    this.#postingsAt += postingsBytes
    this.#positionsAt += positionsBytes
  }

  finish(): Uint8Array {
    const writer = new BitWriter()
    this.#keys.finish(writer)
    return writer.written()
  }
}

/** Reads terms in order. */
export class TermCursor {
  readonly keys: KeyCursor
  docs = 0
  postingsAt = 0
  positionsAt = 0
  #nextPostingsAt = 0
  #nextPositionsAt = 0

  constructor(blocks: KeyBlocks) {
    this.keys = new KeyCursor(blocks)
  }

  next(): boolean {
    if (!this.keys.next()) return false
    if (this.keys.index % BLOCK_KEYS === 0) {
      this.#nextPostingsAt = this.keys.unsigned()
      this.#nextPositionsAt = this.keys.unsigned()
    }
    this.docs = this.keys.unsigned()
    this.postingsAt = this.#nextPostingsAt
    this.positionsAt = this.#nextPositionsAt
    this.#nextPostingsAt += this.keys.unsigned()
    if (this.docs > BLOCK_DOCS) this.#nextPositionsAt += this.keys.unsigned()
    return true
  }

  get entry(): TermEntry {
    const { docs, postingsAt, positionsAt } = this
    const postingsBytes = this.#nextPostingsAt - postingsAt
    const positionsBytes = this.#nextPositionsAt - positionsAt
    return {
      docs,
      postingsAt,
      positionsAt,
      postingsBytes,
      positionsBytes,
      field: this.keys.key[0]!,
    }
  }

  get term(): string {
    const { key, length } = this.keys
    return Buffer.from(key.buffer, 1, length - 1).toString('utf8')
  }
}

/** A written dictionary. It stays bytes: a look-up scans one block. */
export class Dictionary {
  readonly blocks: KeyBlocks
  readonly #cursor: TermCursor
  readonly #key = new Utf8Text()

  constructor(bytes: Uint8Array, reader: BitReader) {
    this.blocks = new KeyBlocks(bytes, reader)
    this.#cursor = new TermCursor(this.blocks)
  }

  #keyOf(field: number, text: string): Utf8Text {
    const key = this.#key.set(text, 1)
    key.bytes[0] = field
    return key
  }

  /** Moves a cursor to the first key ≥ the key. False where there is none. */
  #seek(cursor: TermCursor, bytes: Uint8Array, length: number): boolean {
    cursor.keys.seek(bytes, length)
    while (cursor.next()) if (cursor.keys.compare(bytes, length) >= 0) return true
    return false
  }

  find(field: number, term: string): TermEntry | null {
    const { bytes, length } = this.#keyOf(field, term)
    const cursor = this.#cursor
    const isFound = this.#seek(cursor, bytes, length) && cursor.keys.compare(bytes, length) === 0
    return isFound ? cursor.entry : null
  }

  /** The terms of a field that begin with the prefix, in order. */
  *from(field: number, prefix: string): Generator<{ term: string; entry: TermEntry }> {
    const { bytes, length } = this.#keyOf(field, prefix)
    // A slice of a Buffer would share its memory with the next look-up.
    const key = Uint8Array.from(bytes.subarray(0, length))
    const cursor = new TermCursor(this.blocks)
    let isFound = this.#seek(cursor, key, key.length)
    for (; isFound && hasPrefix(cursor.keys, key); isFound = cursor.next())
      yield { term: cursor.term, entry: cursor.entry }
  }
}

const hasPrefix = ({ key, length }: KeyCursor, prefix: Uint8Array): boolean =>
  length >= prefix.length && compareBytes(key, 0, prefix.length, prefix, 0, prefix.length) === 0
