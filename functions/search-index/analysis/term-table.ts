import type { ToTerm } from './token.ts'
import { WordReader } from './word-reader.ts'

/** Words that a table has room for, the one of `UNKEPT` included. A number of a word has 16 bits. */
const FIRST_CAPACITY = 1024
const MAX_CAPACITY = 65_536
const MAX_WORD_LENGTH = 48
/** So many slots are looked at for a word. It bounds the time of texts whose words all hash alike. */
const MAX_PROBES = 16

/** A word's record is its number, its length and its units. This is room for them, per word of the capacity. */
const MEAN_RECORD = 14
const HEAD = 2
/** A slot has the place of a record, and in its low bits a part of the hash; 0: free. */
const TAG_BITS = 12
const TAG_MASK = 2 ** TAG_BITS - 1

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

/** The bits above those that choose a slot. */
const tagOf = (hash: number): number => hash >>> (32 - TAG_BITS)

/** The number of every word that the table does not remember. Its term is that of the last such word. */
export const UNKEPT = 0

/**
 * The terms of words, remembered by the UTF-16 units of the word: an open-addressed hash table that reads
 * the word in its text. The words of natural text repeat; a look-up costs a fraction of filters and a
 * stemmer, and makes no string. The table numbers its words, so that a reader can keep something about each
 * in a column. With 65,536 words it is full, and starts again empty with the next text. What it returns is
 * always what `toTerm` does.
 */
export class TermTable {
  /** How often the table has started again: then all its numbers name other words. */
  restarts = 0
  readonly #toTerm: ToTerm
  #capacity = 0
  /** Words, and one for those that are not kept. */
  #count = 1
  #isFull = false
  /** Twice the capacity. */
  #slots = new Uint32Array(0)
  /** One after the other: what a look-up reads of a word is in one place. */
  #records = new Uint16Array(0)
  /** Where the next record begins. None is at 0. */
  #end = 1
  /** By the words' numbers. */
  #terms: (string | null)[] = [null]
  readonly #ignoresCase: boolean
  #reader: WordReader | null = null

  /** `ignoresCase`: words that differ in the case of letters from A to Z have one term. */
  constructor(toTerm: ToTerm, ignoresCase = false) {
    this.#toTerm = toTerm
    this.#ignoresCase = ignoresCase
    this.#resize(FIRST_CAPACITY)
  }

  /** Reads the words that it can at once. Its table is beside this one, and their numbers are not used twice. */
  get reader(): WordReader {
    this.#reader ??= new WordReader(MAX_CAPACITY, MAX_PROBES, this.#ignoresCase)
    return this.#reader
  }

  /** Lets the reader go on at an offset. Returns how many words it has found. */
  readKnown(at: number): number {
    const { reader } = this
    reader.count = this.#count
    const words = reader.read(at)
    for (; this.#count < reader.count; this.#count++)
      this.#terms[this.#count] = this.#toTerm(reader.wordOf(this.#count))
    return words
  }

  /** Begins a text: numbers of words stay valid until the next call. */
  begin(): void {
    if (!this.#isFull) return
    this.restarts++
    this.#isFull = false
    this.#count = 1
    this.#end = 1
    this.#terms.length = 1
    this.#slots.fill(0)
    this.#reader?.clear()
  }

  /** The term of a word; null where the filters drop it. */
  termOf(word: number): string | null {
    return this.#terms[word]!
  }

  /** The number of the word of `text` from `start` to `end`. */
  wordAt(text: string, start: number, end: number): number {
    const length = end - start
    if (length > MAX_WORD_LENGTH) return this.pass(copyText(text.slice(start, end)))
    const hash = hashUnits(text, start, end)
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = this.#slots[(hash + probe) & mask]!
      if (slot === 0) break
      const record = slot >>> TAG_BITS
      if (((slot ^ tagOf(hash)) & TAG_MASK) === 0 && this.#isWord(record, text, start, length))
        return this.#records[record]!
    }
    this.pass(copyText(text.slice(start, end)))
    return this.#remember(hash, text, start, end)
  }

  /** Asks for the term of a word that is not worth remembering. */
  pass(word: string): typeof UNKEPT {
    this.#terms[UNKEPT] = this.#toTerm(word)
    return UNKEPT
  }

  #isWord(record: number, text: string, start: number, length: number): boolean {
    const records = this.#records
    if (records[record + 1] !== length) return false
    const from = record + HEAD
    for (let n = 0; n < length; n++)
      if (records[from + n] !== text.charCodeAt(start + n)) return false
    return true
  }

  /** Makes a kept word of the last one that was not. Returns its number, which is `UNKEPT` where there is no room. */
  #remember(hash: number, text: string, start: number, end: number): number {
    const length = end - start
    while (this.#count >= this.#capacity || this.#end + HEAD + length > this.#records.length) {
      if (this.#capacity === MAX_CAPACITY) {
        this.#isFull = true
        return UNKEPT
      }
      this.#resize(2 * this.#capacity)
    }
    const record = this.#end
    if (!this.#place(hash, record)) return UNKEPT
    const records = this.#records
    records[record] = this.#count
    records[record + 1] = length
    for (let n = 0; n < length; n++) records[record + HEAD + n] = text.charCodeAt(start + n)
    this.#end += HEAD + length
    this.#terms[this.#count] = this.#terms[UNKEPT]!
    return this.#count++
  }

  /** Puts a record into the first free slot of its hash. False where the slots to look at are taken. */
  #place(hash: number, record: number): boolean {
    const mask = this.#slots.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const at = (hash + probe) & mask
      if (this.#slots[at] !== 0) continue
      this.#slots[at] = (record << TAG_BITS) | tagOf(hash)
      return true
    }
    return false
  }

  /** Makes room for `capacity` words and places the present ones again. */
  #resize(capacity: number): void {
    const records = new Uint16Array(capacity * MEAN_RECORD)
    records.set(this.#records.subarray(0, this.#end))
    this.#capacity = capacity
    this.#slots = new Uint32Array(2 * capacity)
    this.#records = records
    for (let record = 1; record < this.#end; ) {
      const from = record + HEAD
      const to = from + records[record + 1]!
      const word = String.fromCharCode(...records.subarray(from, to))
      this.#place(hashUnits(word, 0, word.length), record)
      record = to
    }
  }
}
