/** A share with the ends of its interval. */
export interface ShareInterval {
  share: number
  low: number
  high: number
}

/** The normal quantile of a two-sided 95 % interval. */
const Z = 1.959963984540054

/**
 * The 95 % score interval of a binomial share (Wilson 1927, "Probable inference, the law of succession,
 * and statistical inference"). Null without trials.
 */
export function wilsonInterval(successes: number, trials: number): ShareInterval | null {
  if (trials === 0) return null
  const share = successes / trials
  const z2 = (Z * Z) / trials
  const centre = (share + z2 / 2) / (1 + z2)
  const half = (Z / (1 + z2)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials))
  return { share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}
