/** A rate: how often something happened in how many trials or events. */
export interface Rate {
  count: number
  of: number
}

const Z_95 = 1.959964

/**
 * One rate by another, with its 95 % interval: log-normal, for counts as a Poisson process gives them
 * (Rothman 2012, "Epidemiology: An Introduction", chapter 9). Null if either has no count.
 */
export function rateRatio(a: Rate, b: Rate): { value: number; low: number; high: number } | null {
  if (a.count === 0 || b.count === 0) return null
  const value = a.count / a.of / (b.count / b.of)
  const factor = Math.exp(Z_95 * Math.sqrt(1 / a.count + 1 / b.count))
  return { value, low: value / factor, high: value * factor }
}
