/** The share of users that the tail is fitted to. More than a tenth of the users may not be cheats. */
const FITTED = 0.9

/**
 * The count that a person exceeds with a chance below the level. Null model: above the crowd's median m, counts
 * have a Pareto tail, P(X > m·t) = ½·t^(−1/s). The tail s is that of the crowd's ninth decile, and at least
 * `leastTail`. Each user is one count, so a few cheats do not move the limit.
 */
export function limitOf(crowd: readonly number[], leastTail: number, level: number): number {
  const counts = Float64Array.from(crowd).sort()
  if (counts.length === 0) return Number.POSITIVE_INFINITY
  const at = (share: number): number =>
    Math.max(1, counts[Math.floor((counts.length - 1) * share)]!)
  const tail = Math.log(at(FITTED) / at(0.5)) / Math.log(1 / (2 * (1 - FITTED)))
  return at(0.5) * (1 / (2 * level)) ** Math.max(leastTail, tail)
}
