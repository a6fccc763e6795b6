import { murmur3 } from './hash.ts'

/**
 * 64 bits of a text: murmur3 with two seeds. The first half decides whether the text is sampled.
 */
export interface Key {
  a: number
  b: number
}
const SEEDS = [0x51ed270b, 0x2545f491] as const
export const keyOf = (text: string): Key => ({
  a: murmur3(text, SEEDS[0]),
  b: murmur3(text, SEEDS[1]) || 1,
})
/**
 * The key of a part of a text. It is sampled with its text, and differs from the text's other
 * parts.
 */
export const partOf = ({ a, b }: Key, part: string | number): Key => ({
  a,
  b: murmur3(String(part), b) || 1,
})

const LOAD = 0.75
const FIRST_SLOTS = 2 ** 10

/**
 * Distinct keys with counts, in bounded memory: adaptive sampling (Flajolet 1990, "On adaptive
 * sampling", section 2). The table holds all keys while they fit. When they do not fit, it keeps
 * the half whose hash has one more leading zero, with their counts. So a total over the kept keys,
 * divided by `rate`, is exact at rate 1 and an unbiased estimate below it. The same holds for a
 * count that adds 1 / `rate` at each step. Each number has 32 bits, unsigned. A slot takes (8 + 4 ×
 * numbers) bytes, and `maxSlots` is a power of two.
 */
export class AdaptiveTable {
  size = 0
  #depth = 0
  #keys: Uint32Array
  #numbers: Uint32Array
  readonly #perKey: number
  readonly #maxSlots: number

  constructor(numbersPerKey: number, maxSlots: number) {
    this.#perKey = numbersPerKey
    this.#maxSlots = maxSlots
    const slots = Math.min(FIRST_SLOTS, maxSlots)
    this.#keys = new Uint32Array(2 * slots)
    this.#numbers = new Uint32Array(numbersPerKey * slots)
  }

  /** Share of all keys that is kept: 1, 1/2, 1/4, … */
  get rate(): number {
    return 2 ** -this.#depth
  }

  isFollowed({ a }: Key): boolean {
    return this.#depth === 0 || a >>> (32 - this.#depth) === 0
  }

  /** Slot of a stored key, otherwise -1. A slot is valid until the next `add`. */
  find(key: Key): number {
    const at = this.#probe(key)
    return this.#keys[2 * at + 1] === 0 ? -1 : at
  }

  /** Slot of a key, which is added if it is new. -1 for a key outside the sample. */
  add(key: Key): { slot: number; isNew: boolean } {
    if (!this.isFollowed(key)) return { slot: -1, isNew: false }
    const found = this.find(key)
    if (found !== -1) return { slot: found, isNew: false }
    while (this.size + 1 > LOAD * (this.#keys.length / 2)) this.#makeRoom()
    if (!this.isFollowed(key)) return { slot: -1, isNew: false }
    return { slot: this.#put(key), isNew: true }
  }

  get(slot: number, number: number): number {
    return this.#numbers[slot * this.#perKey + number]!
  }

  set(slot: number, number: number, value: number): void {
    this.#numbers[slot * this.#perKey + number] = value
  }

  *entries(): Generator<{ key: Key; slot: number }> {
    for (let slot = 0; 2 * slot < this.#keys.length; slot++) {
      const b = this.#keys[2 * slot + 1]!
      if (b !== 0) yield { key: { a: this.#keys[2 * slot]!, b }, slot }
    }
  }

  #probe({ a, b }: Key): number {
    const mask = this.#keys.length / 2 - 1
    let at = (a ^ Math.imul(b, 0x9e3779b1)) & mask
    while (
      this.#keys[2 * at + 1] !== 0 &&
      (this.#keys[2 * at] !== a || this.#keys[2 * at + 1] !== b)
    )
      at = (at + 1) & mask
    return at
  }

  #put(key: Key): number {
    const at = this.#probe(key)
    this.#keys[2 * at] = key.a
    this.#keys[2 * at + 1] = key.b
    this.size++
    return at
  }

  /** Doubles the slots up to the limit. At the limit it drops half the keys. */
  #makeRoom(): void {
    const keys = this.#keys
    const numbers = this.#numbers
    const slots = keys.length / 2
    const isFull = slots >= this.#maxSlots
    if (isFull) this.#depth++
    this.#keys = new Uint32Array(isFull ? keys.length : 2 * keys.length)
    this.#numbers = new Uint32Array(isFull ? numbers.length : 2 * numbers.length)
    this.size = 0
    for (let slot = 0; slot < slots; slot++) {
      const key = { a: keys[2 * slot]!, b: keys[2 * slot + 1]! }
      if (key.b === 0 || !this.isFollowed(key)) continue
      const at = this.#put(key)
      for (let n = 0; n < this.#perKey; n++)
        this.#numbers[at * this.#perKey + n] = numbers[slot * this.#perKey + n]!
    }
  }
}
