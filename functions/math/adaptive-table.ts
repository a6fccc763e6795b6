import { murmur3 } from './hash.ts'

/** 64 bits of a text: murmur3 by two seeds. The first half decides whether the text is sampled. */
export interface Key {
  a: number
  b: number
}
const SEEDS = [0x51ed270b, 0x2545f491] as const
export const keyOf = (text: string): Key => ({
  a: murmur3(text, SEEDS[0]),
  b: murmur3(text, SEEDS[1]) || 1,
})
/** The key of a part of a text's: sampled with it, and apart from its other parts. */
export const partOf = ({ a, b }: Key, part: string | number): Key => ({
  a,
  b: murmur3(String(part), b) || 1,
})

const LOAD = 0.75
const FIRST_SLOTS = 2 ** 10

/**
 * Distinct keys with numbers of their own, in bounded memory: adaptive sampling (Flajolet 1990, "On
 * adaptive sampling", section 2). All keys are followed while they fit; each time they do not, the
 * half of them whose hash has one more leading zero stays, with all that was noted of it. So a
 * total over the keys that are there at the end, divided by `rate`, is exact at rate 1 and an
 * unbiased estimate below it; so is a count that adds 1 / `rate` as it goes. Unsigned 32 bits a
 * number; (8 + 4 × numbers) bytes a slot, `maxSlots` a power of two.
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

  /** Share of all keys that is followed: 1, 1/2, 1/4, … */
  get rate(): number {
    return 2 ** -this.#depth
  }

  isFollowed({ a }: Key): boolean {
    return this.#depth === 0 || a >>> (32 - this.#depth) === 0
  }

  /** Slot of a key that is there, else -1. A slot is good until the next `add`. */
  find(key: Key): number {
    const at = this.#probe(key)
    return this.#keys[2 * at + 1] === 0 ? -1 : at
  }

  /** Slot of a key, put there where it was not; -1 for one that is not followed. */
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

  /** Twice the slots while they may be had; then half the keys. */
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
