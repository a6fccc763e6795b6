import { AlphabetFinder } from './alphabet.ts'
import type { BitReader, BitWriter } from './bits.ts'
import { BLOCK_KEYS, KeyBlocks, KeyCursor, KeyWriter } from './key-blocks.ts'
import { Utf8Text } from './utf8.ts'

/** Appends distinct texts, which must be sorted by their UTF-8 bytes. */
export function writeTexts(writer: BitWriter, texts: readonly string[]): void {
  const finder = new AlphabetFinder()
  const utf8 = new Utf8Text()
  for (const text of texts) {
    utf8.set(text)
    finder.add(utf8.bytes, utf8.length)
  }
  const keys = new KeyWriter(finder.find())
  for (const text of texts) {
    utf8.set(text)
    keys.add(utf8.bytes, utf8.length)
  }
  keys.finish(writer)
}

const textOf = ({ key, length }: KeyCursor): string =>
  Buffer.from(key.buffer, 0, length).toString('utf8')

/** Sorted distinct texts that stay bytes: one is decoded when it is asked for. */
export class Texts {
  readonly keys: KeyBlocks
  readonly #cursor: KeyCursor
  readonly #utf8 = new Utf8Text()

  constructor(bytes: Uint8Array, reader: BitReader) {
    this.keys = new KeyBlocks(bytes, reader)
    this.#cursor = new KeyCursor(this.keys)
  }

  get count(): number {
    return this.keys.count
  }

  at(index: number): string {
    if (!(index >= 0 && index < this.count))
      throw new RangeError(`got number ${index}, expected one from 0 to ${this.count - 1}`)
    this.#cursor.seekBlock(Math.floor(index / BLOCK_KEYS))
    while (this.#cursor.index < index) this.#cursor.next()
    return textOf(this.#cursor)
  }

  /** The place of a text, −1 where it is absent. */
  find(text: string): number {
    const { bytes, length } = this.#utf8.set(text)
    const cursor = this.#cursor
    cursor.seek(bytes, length)
    while (cursor.next()) {
      const order = cursor.compare(bytes, length)
      if (order >= 0) return order === 0 ? cursor.index : -1
    }
    return -1
  }

  all(): string[] {
    const texts: string[] = []
    const cursor = new KeyCursor(this.keys)
    while (cursor.next()) texts.push(textOf(cursor))
    return texts
  }
}
