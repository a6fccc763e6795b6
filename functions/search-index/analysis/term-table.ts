import type { ToTerm } from './token.ts'

const FIRST_CAPACITY = 1024
const MAX_CAPACITY = 65_536
const MAX_WORD_LENGTH = 48
/** Room for the units of words, per word of the capacity. */
const MEAN_WORD_LENGTH = 12
/** So many slots are looked at for a word. It bounds the time of texts whose words all hash alike. */
const MAX_PROBES = 16

/**
 * A copy with memory of its own. V8 keeps a part of a text as a reference to the whole text, so one
 * rare word in a table of terms would keep its document in memory.
 */
const copyText = (text: string): string => ` ${text}`.slice(1)

function hashUnits(text: string, start: number, end: number): number {
  let hash = 0
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

/**
 * The terms of words, remembered by the UTF-16 units of the word: an open-addressed hash table that reads
 * the word in its text. The words of natural text repeat; a look-up costs a fraction of filters and a
 * stemmer, and makes no string. At 65,536 words the table starts again empty. What it returns is always
 * what `toTerm` does.
 */
export class TermTable {
  readonly #toTerm: ToTerm
  #capacity = 0
  #count = 0
  /** Words by hash, −1 where free: twice the capacity. */
  #slots = new Int32Array(0)
  /** Of each word: its hash, its term, and where its units end. Those of the next word follow. */
  #hashes = new Int32Array(0)
  #terms: (string | null)[] = []
  #ends = new Int32Array(0)
  #units = new Uint16Array(0)

  constructor(toTerm: ToTerm) {
    this.#toTerm = toTerm
    this.#resize(FIRST_CAPACITY)
  }

  /** The term of the word of `text` from `start` to `end`; null where the filters drop it. */
  termOf(text: string, start: number, end: number): string | null {
    const length = end - start
    if (length > MAX_WORD_LENGTH) return this.#toTerm(copyText(text.slice(start, end)))
    const hash = hashUnits(text, start, end)
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const word = this.#slots[(hash + probe) & mask]!
      if (word === -1) break
      if (this.#hashes[word] === hash && this.#isWord(word, text, start, length))
        return this.#terms[word]!
    }
    const term = this.#toTerm(copyText(text.slice(start, end)))
    this.#remember(hash, text, start, end, term)
    return term
  }

  #endBefore(word: number): number {
    return word === 0 ? 0 : this.#ends[word - 1]!
  }

  #isWord(word: number, text: string, start: number, length: number): boolean {
    const from = this.#endBefore(word)
    if (this.#ends[word]! - from !== length) return false
    for (let n = 0; n < length; n++)
      if (this.#units[from + n] !== text.charCodeAt(start + n)) return false
    return true
  }

  #remember(hash: number, text: string, start: number, end: number, term: string | null): void {
    const needed = this.#endBefore(this.#count) + end - start
    if (this.#count === this.#capacity || needed > this.#units.length) {
      const isLargest = this.#capacity === MAX_CAPACITY
      if (isLargest) this.#count = 0
      this.#resize(isLargest ? MAX_CAPACITY : 2 * this.#capacity)
    }
    if (!this.#place(hash, this.#count)) return
    let to = this.#endBefore(this.#count)
    for (let at = start; at < end; at++) this.#units[to++] = text.charCodeAt(at)
    this.#hashes[this.#count] = hash
    this.#ends[this.#count] = to
    this.#terms[this.#count++] = term
  }

  /** Puts a word into the first free slot of its hash. False where the slots to look at are taken. */
  #place(hash: number, word: number): boolean {
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask
      if (this.#slots[slot] !== -1) continue
      this.#slots[slot] = word
      return true
    }
    return false
  }

  /** Makes room for `capacity` words and places the present ones again. */
  #resize(capacity: number): void {
    const units = new Uint16Array(capacity * MEAN_WORD_LENGTH)
    units.set(this.#units.subarray(0, this.#endBefore(this.#count)))
    const hashes = new Int32Array(capacity)
    hashes.set(this.#hashes.subarray(0, this.#count))
    const ends = new Int32Array(capacity)
    ends.set(this.#ends.subarray(0, this.#count))
    this.#capacity = capacity
    this.#slots = new Int32Array(2 * capacity).fill(-1)
    this.#hashes = hashes
    this.#ends = ends
    this.#units = units
    this.#terms.length = this.#count
    for (let word = 0; word < this.#count; word++) this.#place(hashes[word]!, word)
  }
}
