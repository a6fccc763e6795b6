import { unitInterval } from '../math/hash.ts'

export interface Kept {
  /** ln(1 / negativeRate): training on the sampled rows at logit + this learns unsampled odds. */
  logOddsCorrection: number
  /** Rows of the whole log that this one stands for. */
  weight: number
}

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
  return { logOddsCorrection: -Math.log(negativeRate), weight: label === 1 ? 1 : 1 / negativeRate }
}
