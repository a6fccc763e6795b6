/** How many there are, from two independent catches. */
export interface Recapture {
  /** Different ones that either catch has. */
  seen: number
  total: number
  low: number
  high: number
}

const Z_95 = 1.959964

/**
 * The size of a population from two catches of `first` and `second` members, `both` of them in common
 * (Chapman 1951, "Some properties of the hypergeometric distribution", with the variance of Seber 1970).
 * The 95 % interval is log-normal in the number of those not seen (Chao 1987, section 4), so it never falls
 * below what was seen. If one catch makes the other likelier, the total is too low.
 */
export function recapture(first: number, second: number, both: number): Recapture {
  if (both > Math.min(first, second))
    throw new RangeError(
      `${both} in common of ${first} and ${second}: expected at most the smaller`,
    )
  const seen = first + second - both
  const total = ((first + 1) * (second + 1)) / (both + 1) - 1
  const variance =
    ((first + 1) * (second + 1) * (first - both) * (second - both)) / ((both + 1) ** 2 * (both + 2))
  const unseen = total - seen
  if (unseen <= 0) return { seen, total: seen, low: seen, high: seen }
  const factor = Math.exp(Z_95 * Math.sqrt(Math.log1p(variance / unseen ** 2)))
  return { seen, total, low: seen + unseen / factor, high: seen + unseen * factor }
}
