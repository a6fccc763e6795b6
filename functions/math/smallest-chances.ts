import { logGamma } from './binomial.ts'

/** ln of the number of subsets of a size. */
export const logChoose = (n: number, size: number): number =>
  logGamma(n + 1) - logGamma(size + 1) - logGamma(n - size + 1)

/** ln P(−Σ ln p ≥ x) of `count` uniform chances p: Fisher's method (1925), an Erlang tail. */
function logFisherTail(x: number, count: number): number {
  let term = 1
  let sum = 1
  // From the largest power down, relative to it: Σ x^r / r! for r < count.
  for (let r = count - 1; r > 0; r--) {
    term *= r / x
    sum += term
  }
  return Math.min(0, -x + (count - 1) * Math.log(x) - logGamma(count) + Math.log(sum))
}

/** The subset that is hardest to explain, and ln of the chance of one like it. */
interface Subset {
  size: number
  logChance: number
}

/**
 * Tests all subsets of independent chances at once: of each size, the smallest ones by Fisher's method, times
 * the number of subsets of the size and the number of sizes (Bonferroni). `ascending` are natural logarithms,
 * the smallest first; `tests` is how many chances there are in all.
 */
export function findSmallestChances(ascending: ArrayLike<number>, tests: number): Subset {
  let best: Subset = { size: 0, logChance: 0 }
  let x = 0
  for (let size = 1; size <= ascending.length; size++) {
    x -= ascending[size - 1]!
    if (x <= 0) break
    const logChance = logFisherTail(x, size) + logChoose(tests, size) + Math.log(tests)
    if (logChance < best.logChance) best = { size, logChance }
  }
  return best
}
