import type { Place } from '../segment/sections.ts'

/** About what an entry takes beside its bytes. */
const ENTRY_BYTES = 300

/** Posting lists of any segments, by their keys: the least recently used ones go. Memory: at most `maxBytes`. */
export class ListCache {
  readonly #maxBytes: number
  readonly #lists = new Map<string, Place>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string): Place | null {
    const found = this.#lists.get(key)
    if (!found) return null
    // A map keeps the order of insertion: the first one is the least recently used.
    this.#lists.delete(key)
    this.#lists.set(key, found)
    return found
  }

  set(key: string, list: Place): void {
    const before = this.#lists.get(key)
    if (before) this.#drop(key, before)
    this.#lists.set(key, list)
    this.#bytes += sizeOf(list)
    for (const [oldest, place] of this.#lists) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(oldest, place)
    }
  }

  #drop(key: string, list: Place): void {
    this.#lists.delete(key)
    this.#bytes -= sizeOf(list)
  }
}

const sizeOf = ({ bytes }: Place): number => bytes.buffer.byteLength + ENTRY_BYTES
