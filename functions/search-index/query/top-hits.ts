import { compareUtf8 } from '../segment/utf8.ts'
import type { Part } from './snapshot.ts'

/** A document of a snapshot, with the value that it was ranked by. */
export interface RankedDocument {
  key: number
  part: number
  doc: number
}

/**
 * The greatest `size` documents by key, then by the UTF-8 bytes of their ids: a binary heap in typed
 * arrays with the last one at its root. Documents of one part must come in ascending order, parts one
 * after the other. Then their numbers stand for their ids, and ids are read only for ties between parts.
 */
export class TopHits {
  readonly #parts: readonly Part[]
  readonly #size: number
  readonly #keys: Float64Array
  readonly #partOf: Int32Array
  readonly #docs: Int32Array
  #count = 0
  #part = 0
  /** A key below this one cannot enter. */
  least = Number.NEGATIVE_INFINITY
  /** A document of the present part lost a tie at this key: so does every later one. */
  #lostAt = Number.NaN

  constructor(parts: readonly Part[], size: number) {
    this.#parts = parts
    this.#size = size
    this.#keys = new Float64Array(size)
    this.#partOf = new Int32Array(size)
    this.#docs = new Int32Array(size)
  }

  startPart(part: number): void {
    this.#part = part
    this.#lostAt = Number.NaN
  }

  /** Whether a later document of the present part, with this key at most, cannot enter. */
  excludes(key: number): boolean {
    if (key < this.least) return true
    if (key > this.least || this.#count < this.#size) return false
    return this.#partOf[0] === this.#part || this.#lostAt === key
  }

  offer(key: number, doc: number): void {
    if (this.#count < this.#size) {
      this.#set(this.#count, key, this.#part, doc)
      this.#rise(this.#count++)
    } else {
      if (this.excludes(key)) return
      if (key === this.least && !this.#isBeforeRoot(doc)) {
        this.#lostAt = key
        return
      }
      this.#set(0, key, this.#part, doc)
      this.#sink(this.#count)
    }
    if (this.#count === this.#size) this.least = this.#keys[0]!
  }

  /** The documents, the first one first. The heap is empty afterwards. */
  take(): RankedDocument[] {
    const ranked: RankedDocument[] = []
    while (this.#count > 0) {
      ranked.push({ key: this.#keys[0]!, part: this.#partOf[0]!, doc: this.#docs[0]! })
      const last = --this.#count
      this.#set(0, this.#keys[last]!, this.#partOf[last]!, this.#docs[last]!)
      this.#sink(last)
    }
    return ranked.reverse()
  }

  #set(at: number, key: number, part: number, doc: number): void {
    this.#keys[at] = key
    this.#partOf[at] = part
    this.#docs[at] = doc
  }

  #idOf(part: number, doc: number): string {
    return this.#parts[part]!.segment.idOf(doc)
  }

  #isBeforeRoot(doc: number): boolean {
    return (
      compareUtf8(this.#idOf(this.#part, doc), this.#idOf(this.#partOf[0]!, this.#docs[0]!)) < 0
    )
  }

  /** Whether the entry at `a` ranks after the one at `b`. */
  #isAfter(a: number, b: number): boolean {
    const x = this.#keys[a]!
    const y = this.#keys[b]!
    if (x !== y) return x < y
    const p = this.#partOf[a]!
    const q = this.#partOf[b]!
    if (p === q) return this.#docs[a]! > this.#docs[b]!
    return compareUtf8(this.#idOf(p, this.#docs[a]!), this.#idOf(q, this.#docs[b]!)) > 0
  }

  #swap(a: number, b: number): void {
    const key = this.#keys[a]!
    const part = this.#partOf[a]!
    const doc = this.#docs[a]!
    this.#set(a, this.#keys[b]!, this.#partOf[b]!, this.#docs[b]!)
    this.#set(b, key, part, doc)
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isAfter(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(count: number): void {
    let at = 0
    for (;;) {
      let last = 2 * at + 1
      if (last >= count) return
      if (last + 1 < count && this.#isAfter(last + 1, last)) last++
      if (!this.#isAfter(last, at)) return
      this.#swap(at, last)
      at = last
    }
  }
}
