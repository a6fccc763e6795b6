import { sigmoid } from './logistic.ts'

/**
 * What an increment makes of labels that are still young: `none` takes them as they stand,
 * `importance` and `fake-negative` account for outcomes that are still to come.
 */
export const YOUNG_LABELS = ['none', 'importance', 'fake-negative'] as const
export type YoungLabels = (typeof YOUNG_LABELS)[number]

/** A share so small that its inverse would let one row throw the weights about is held here. */
const LEAST_KNOWN = 0.05

/**
 * Derivative by the logit `z` of the loss of one sampled row whose outcomes have come with
 * probability `known`; `correction` is ln(1 / negativeRate). With `known` 1 each is σ(z + c) − y.
 *
 * `importance`: a positive counts 1/known times and takes back the negatives that its fellows, not
 * come yet, were counted as; unbiased for the matured loss. `fake-negative`: the likelihood of what
 * was seen, whose odds are p·known / (negativeRate (1 − p·known)); a negative counts by the
 * chance that it is a real one (Chapelle 2014, equation 8 with a known delay; Ktena et al. 2019,
 * section 4.2, for one look at each row).
 */
export function youngGradient(
  kind: YoungLabels,
  z: number,
  correction: number,
  label: number,
  known: number,
): number {
  const sampled = sigmoid(z + correction)
  if (known >= 1 || kind === 'none') return sampled - label
  const share = Math.max(LEAST_KNOWN, known)
  if (kind === 'importance') {
    if (label === 0) return sampled
    const unseen = 1 / share - 1
    return (sampled - 1) / share - Math.exp(-correction) * unseen * sampled
  }
  const p = sigmoid(z)
  const unseen = 1 - p * share
  const odds = (p * share * Math.exp(correction)) / unseen
  return (odds / (1 + odds) - label) * ((1 - p) / unseen)
}
