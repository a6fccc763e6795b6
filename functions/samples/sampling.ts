import { unitInterval } from '../math/hash.ts'

export interface Kept {
  /**
   * ln(1 / rate) for negatives that are kept at a rate. Training adds it to the logit, and so learns the
   * odds before sampling.
   */
  logOddsCorrection: number
  /** The number of rows of the log that this sample represents. */
  weight: number
}

/**
 * A sample whose item is drawn as a negative at `rate`, relative to a uniform draw. It counts as if it
 * were kept at that rate, so training and metrics are those of a uniform draw.
 */
export const asDrawn = (label: number, rate: number): Kept => ({
  logOddsCorrection: -Math.log(rate),
  weight: label === 1 ? 1 : 1 / rate,
})

/**
 * Keeps every positive, and each negative with probability `negativeRate`. A hash of the id decides, so
 * every caller keeps the same rows. If negatives are kept at rate r, the odds of a positive grow by
 * exactly 1/r, so the correction is exact (King & Zeng 2001, section 4.1). Null: dropped.
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
