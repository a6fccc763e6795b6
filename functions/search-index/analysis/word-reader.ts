import { READ_WORDS_WASM } from './read-words-wasm.ts'
import {
  CONNECTOR,
  DIGIT,
  DOUBLE_QUOTE,
  kindOf,
  LETTER,
  MID_BOTH,
  MID_DIGIT,
  MID_LETTER,
  OTHER,
} from './word-kinds.ts'

/** What is used of WebAssembly. Its types come with those of browsers, which this project leaves out. */
interface Exports {
  narrow(length: number): void
  read(at: number, to: number, capitals: number): number
}
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer }
  Global: new (type: { value: 'i32' }, value: number) => object
  Instance: new (
    module: object,
    imports: Record<string, Record<string, object>>,
  ) => { exports: Exports }
}

/** The kernel's own numbers of kinds. It stops at any other kind. */
const KERNEL_KINDS = [OTHER, MID_LETTER, MID_DIGIT, MID_BOTH, LETTER, DIGIT, CONNECTOR]
const UNKNOWN = KERNEL_KINDS.length
/** Kinds of the units up to 255, which stands for all that are greater. A double quote joins Hebrew letters only. */
const UNIT_KINDS = Uint8Array.from({ length: 256 }, (_, unit) => {
  const kind = kindOf(unit) === DOUBLE_QUOTE ? OTHER : kindOf(unit)
  const known = unit < 255 ? KERNEL_KINDS.indexOf(kind) : -1
  return known < 0 ? UNKNOWN : known
})

const WORD_BYTES = 16
/** Units that are read at once. */
const PIECE = 16_384
/** After the last unit of a part: the text ends, or more of it follows. */
const [END_OF_TEXT, MORE_TEXT] = [0x20, 0xffff]
const SMALL_LETTERS = 32

/** Where the parts of the memory begin, in bytes. A part has one more unit, and a register of spare room. */
const STATE = 0
const KINDS_AT = 64
const UNITS = KINDS_AT + UNIT_KINDS.length
const BYTES = UNITS + 2 * PIECE + 64
const FOUND = BYTES + PIECE + 64
const SLOTS = FOUND + PIECE

const PAGE_BYTES = 65_536
let compiled: object | null = null

/**
 * Finds the words of a text that have up to 16 characters of Latin-1, by SIMD, and numbers them in a hash table of
 * `capacity` words. It leaves all others to its caller: longer ones, those with another character in or beside
 * them, and what crosses the end of a part of the text. `findWords` and `TermTable` are the same in plain
 * TypeScript. Memory: 24 bytes for each word of the capacity, and 50 KB.
 */
export class WordReader {
  /** The numbers that `read` wrote. */
  readonly found: Uint16Array
  readonly #units: Buffer
  /** Where it stopped, and how many words the table has. */
  readonly #state: Uint32Array
  readonly #slots: Uint32Array
  readonly #words: Buffer
  readonly #capitals: number
  readonly #kernel: Exports
  #from = 0
  #end = 0

  /** The capacity is a power of two, 65,536 at most. So many slots are looked at for a word. */
  constructor(capacity: number, probes: number, ignoresCase: boolean) {
    const slots = 2 * capacity
    const words = SLOTS + 4 * slots
    const pages = Math.ceil((words + WORD_BYTES * capacity) / PAGE_BYTES)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    const numbers = {
      ...{ state: STATE, kinds: KINDS_AT, units: UNITS, bytes: BYTES, found: FOUND },
      ...{ slots: SLOTS, mask: slots - 1, probes, words, capacity },
    }
    const globals = Object.entries(numbers).map(
      ([name, value]) => [name, new WebAssembly.Global({ value: 'i32' }, value)] as const,
    )
    compiled ??= new WebAssembly.Module(Buffer.from(READ_WORDS_WASM, 'base64'))
    this.#kernel = new WebAssembly.Instance(compiled, {
      layout: { memory, ...Object.fromEntries(globals) },
    }).exports
    new Uint8Array(memory.buffer).set(UNIT_KINDS, KINDS_AT)
    this.#units = Buffer.from(memory.buffer, UNITS, 2 * PIECE + 2)
    this.found = new Uint16Array(memory.buffer, FOUND, PIECE / 2)
    this.#state = new Uint32Array(memory.buffer, STATE, 2)
    this.#slots = new Uint32Array(memory.buffer, SLOTS, slots)
    this.#words = Buffer.from(memory.buffer, words, WORD_BYTES * capacity)
    this.#capitals = ignoresCase ? SMALL_LETTERS : 0
  }

  /** Takes a part of the text from `from` on. Returns its end. */
  load(text: string, from: number): number {
    const end = Math.min(text.length, from + PIECE)
    const length = end - from
    this.#units.write(length === text.length ? text : text.slice(from, end), 'utf16le')
    this.#units.writeUInt16LE(end === text.length ? END_OF_TEXT : MORE_TEXT, 2 * length)
    this.#kernel.narrow(length + 1)
    this.#from = from
    this.#end = end
    return end
  }

  /** Reads words of the part from the text's offset `at` on, and writes their numbers. Returns how many. */
  read(at: number): number {
    const shift = BYTES - this.#from
    return this.#kernel.read(at + shift, this.#end + shift, this.#capitals)
  }

  /** The offset at which `read` stopped: at the end of the part, or at a word that it leaves. */
  get at(): number {
    return this.#from + this.#state[0]! - BYTES
  }

  /** Words that have numbers. Other words than those of this table may have some of them. */
  get count(): number {
    return this.#state[1]!
  }

  set count(count: number) {
    this.#state[1] = count
  }

  /** The word of a number that `read` gave. */
  wordOf(number: number): string {
    const from = WORD_BYTES * number
    let end = from
    while (end < from + WORD_BYTES && this.#words[end] !== 0) end++
    return this.#words.toString('latin1', from, end)
  }

  /** Forgets all words. */
  clear(): void {
    this.#slots.fill(0)
  }
}
