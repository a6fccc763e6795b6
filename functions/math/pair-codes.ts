import { finalize } from './hash.ts'

const FIRST_SLOTS = 1024

/**
 * Numbers pairs of codes (unsigned, 32 bits) from 0 on, in the order of their first use. A sequence of codes is a
 * chain of pairs: the number of what came before, and the next code. An open hash table with linear
 * probing, at most half full. Memory: 16 to 24 bytes a pair.
 */
export class PairCodes {
  #slots = new Uint32Array(FIRST_SLOTS)
  #first = new Uint32Array(FIRST_SLOTS / 2)
  #second = new Uint32Array(FIRST_SLOTS / 2)
  size = 0

  /** The slot of a pair: its number and one more, or 0 if it has none yet. */
  #slotOf(first: number, second: number): number {
    const mask = this.#slots.length - 1
    let slot = finalize(Math.imul(first, 0x9e3779b1) ^ second) & mask
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const code = this.#slots[slot]! - 1
      if (this.#first[code] === first && this.#second[code] === second) break
    }
    return slot
  }

  #grow(): void {
    const [first, second] = [this.#first, this.#second]
    this.#slots = new Uint32Array(2 * this.#slots.length)
    this.#first = new Uint32Array(2 * first.length)
    this.#second = new Uint32Array(2 * second.length)
    this.#first.set(first)
    this.#second.set(second)
    for (let code = 0; code < this.size; code++)
      this.#slots[this.#slotOf(first[code]!, second[code]!)] = code + 1
  }

  /** The number of a pair, or −1. */
  find(first: number, second: number): number {
    return this.#slots[this.#slotOf(first, second)]! - 1
  }

  /** The number of a pair, a new one at its first use. */
  codeOf(first: number, second: number): number {
    let slot = this.#slotOf(first, second)
    if (this.#slots[slot] !== 0) return this.#slots[slot]! - 1
    if (this.size === this.#first.length) {
      this.#grow()
      slot = this.#slotOf(first, second)
    }
    this.#first[this.size] = first
    this.#second[this.size] = second
    this.#slots[slot] = ++this.size
    return this.size - 1
  }
}
