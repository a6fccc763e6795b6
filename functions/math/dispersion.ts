import { quantileOfSorted } from './quantile.ts'

/** The median of a chi-square with one degree of freedom. */
const MEDIAN_CHI_SQUARE = 0.4549

/**
 * How much more counts vary between groups than binomial chance explains; at least 1. Each group
 * gives (positives, trials, expected rate) and so Pearson's squared residual. The result is the
 * median of these residuals divided by the median of a chi-square. So a few wrong groups do not
 * change it (McCullagh & Nelder 1989, section 4.5, uses the mean). A test that corrects for
 * dispersion divides its counts by this factor.
 */
export function dispersionOf(
  groups: readonly { positives: number; trials: number; rate: number }[],
): number {
  const squares = groups
    .filter(({ trials, rate }) => trials > 0 && rate > 0 && rate < 1)
    .map(
      ({ positives, trials, rate }) =>
        (positives - rate * trials) ** 2 / (rate * (1 - rate) * trials),
    )
  if (squares.length === 0) return 1
  const median = quantileOfSorted(Float64Array.from(squares).sort(), 0.5)
  return Math.max(1, median / MEDIAN_CHI_SQUARE)
}
