import { unitInterval } from '../math/hash.ts'

export interface Kept {
  /** ln(1 / rate), of negatives kept at a rate: training on the sampled rows at logit + this learns unsampled odds. */
  logOddsCorrection: number
  /** Rows of the whole log that this one stands for. */
  weight: number
}

/**
 * A sample of which negatives are drawn `rate` times as often as by chance alone: as one kept at
 * that rate, so that what is learned and measured is of items drawn alike.
 */
export const asDrawn = (label: number, rate: number): Kept => ({
  logOddsCorrection: -Math.log(rate),
  weight: label === 1 ? 1 : 1 / rate,
})

/**
 * Keeps every positive, and a negative with probability `negativeRate` by a hash of its id: the
 * same rows whoever asks. With negatives kept at rate r the odds of a positive grow by exactly
 * 1/r, so the correction is exact (King & Zeng 2001, section 4.1). Null: dropped.
 */
export function sampleRow(
  sample: string,
  label: number,
  sampling: { negativeRate: number; seed: number },
): Kept | null {
  const { negativeRate, seed } = sampling
  if (label === 0 && unitInterval(sample, seed) >= negativeRate) return null
  return asDrawn(label, negativeRate)
}
