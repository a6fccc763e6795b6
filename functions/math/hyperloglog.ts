/**
 * The number of different hashes, from HyperLogLog registers (Flajolet et al. 2007), by the improved
 * raw estimator of Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches",
 * algorithm 6. It has no bias at any size. The standard error is 1.04 / √1024 = 3.25 %.
 */
const INDEX_BITS = 10
export const REGISTERS = 2 ** INDEX_BITS
const RANK_BITS = 32 - INDEX_BITS
export const MAX_RANK = RANK_BITS + 1

/** The register of a 32-bit hash: its first ten bits. */
export const registerOf = (hash: number): number => hash >>> RANK_BITS
/** The place of the first 1 among the other 22 bits, from 1 on, or 23. */
export const rankOf = (hash: number): number =>
  Math.clz32((hash << INDEX_BITS) | (1 << (INDEX_BITS - 1))) + 1

function sigma(x: number): number {
  if (x === 1) return Infinity
  let [power, scale, sum] = [x, 1, x]
  for (let before = -1; before !== sum; ) {
    power *= power
    before = sum
    sum += power * scale
    scale *= 2
  }
  return sum
}
function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let [root, scale, sum] = [x, 1, 1 - x]
  for (let before = -1; before !== sum; ) {
    root = Math.sqrt(root)
    before = sum
    scale /= 2
    sum -= (1 - root) ** 2 * scale
  }
  return sum / 3
}

export function estimateDistinct(ranks: Uint8Array): number {
  const counts = new Array<number>(MAX_RANK + 1).fill(0)
  for (const rank of ranks) counts[rank]!++
  let z = REGISTERS * tau(1 - counts[MAX_RANK]! / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank--) z = (z + counts[rank]!) / 2
  z += REGISTERS * sigma(counts[0]! / REGISTERS)
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z)
}
