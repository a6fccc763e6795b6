import { quantileOfSorted } from './quantile.ts'

/** The median of a chi-square with one degree of freedom. */
const MEDIAN_CHI_SQUARE = 0.4549

/**
 * How many times more counts vary between groups than binomial chance: at least 1. Of each group
 * (positives, trials, the rate expected of it) Pearson's squared residual; their median over that
 * of a chi-square, so that a few groups that are wrong do not move it (McCullagh & Nelder 1989,
 * section 4.5, takes the mean). A test that allows for it takes counts divided by it.
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
