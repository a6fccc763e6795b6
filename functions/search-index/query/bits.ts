/** Sets of numbers as bits of 32-bit words: number n is bit n % 32 of word n / 32. */
export const wordsFor = (count: number): Uint32Array => new Uint32Array((count + 31) >>> 5)

export const hasBit = (words: Uint32Array, n: number): boolean =>
  ((words[n >>> 5]! >>> (n & 31)) & 1) === 1

export function setBit(words: Uint32Array, n: number): void {
  words[n >>> 5]! |= 1 << (n & 31)
}

/** The least member ≥ from, or −1. */
export function nextBit(words: Uint32Array, from: number): number {
  let at = from >>> 5
  if (at >= words.length) return -1
  let word = words[at]! & (-1 << (from & 31))
  while (word === 0) {
    if (++at >= words.length) return -1
    word = words[at]!
  }
  return 32 * at + 31 - Math.clz32(word & -word)
}

export function countBits(words: Uint32Array): number {
  let count = 0
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!
    word -= (word >>> 1) & 0x5555_5555
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333)
    count += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
  }
  return count
}
