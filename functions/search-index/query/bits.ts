/** Sets of numbers as bits of 32-bit words: number n is bit n % 32 of word n / 32. */
export type Bits = Int32Array

export const createBits = (count: number): Bits => new Int32Array((count + 31) >>> 5)

export const hasBit = (bits: Bits, n: number): boolean => ((bits[n >>> 5]! >>> (n & 31)) & 1) === 1

export function setBit(bits: Bits, n: number): void {
  bits[n >>> 5]! |= 1 << (n & 31)
}

/** The place of the lowest bit of a word that is not 0. */
export const lowestBit = (word: number): number => 31 - Math.clz32(word & -word)

/** The least member ≥ from, or −1. */
export function nextBit(bits: Bits, from: number): number {
  let at = from >>> 5
  if (at >= bits.length) return -1
  let word = bits[at]! & (-1 << (from & 31))
  while (word === 0) {
    if (++at >= bits.length) return -1
    word = bits[at]!
  }
  return 32 * at + lowestBit(word)
}

/** How many members there are (Warren, "Hacker's Delight", 2012, section 5-1). */
export function countBits(bits: Bits): number {
  let count = 0
  for (let i = 0; i < bits.length; i++) {
    let word = bits[i]!
    word -= (word >>> 1) & 0x5555_5555
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333)
    count += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
  }
  return count
}
