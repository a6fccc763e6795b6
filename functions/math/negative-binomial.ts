import { logGamma } from './binomial.ts'

/**
 * ln P(X ≥ count) for a negative binomial X with a mean > 0 and a shape > 0: a Poisson count whose rate
 * varies by a gamma factor with mean 1 and variance 1 / shape. The sum of the upper terms, so that a small
 * chance keeps its digits.
 */
export function logNegativeBinomialTail(count: number, mean: number, shape: number): number {
  if (count <= 0) return 0
  const odds = mean / (mean + shape)
  let term = 1
  let sum = 1
  // Each ratio of terms falls towards `odds` < 1, after the mode.
  for (let x = count; x < count + 100_000; x++) {
    term *= ((shape + x) / (x + 1)) * odds
    sum += term
    if (term < sum * 1e-12 && x > mean) break
  }
  const first =
    logGamma(shape + count) -
    logGamma(shape) -
    logGamma(count + 1) +
    count * Math.log(odds) -
    shape * Math.log1p(mean / shape)
  return Math.min(0, first + Math.log(sum))
}
