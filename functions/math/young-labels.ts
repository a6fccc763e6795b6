import { sigmoid } from './logistic.ts'

/**
 * What an increment makes of labels that are still young: `none` takes them as they stand, the
 * others account for outcomes that are still to come.
 */
export const YOUNG_LABELS = ['none', 'importance', 'fake-negative', 'delayed-feedback'] as const
export type YoungLabels = (typeof YOUNG_LABELS)[number]

/**
 * What weighs by 1 / known passes over a row of which less is known: its weight would let one row
 * throw the model about, and a smaller weight than its due would teach too few positives.
 */
const LEAST_KNOWN = 0.05

/**
 * Derivative by the logit `z` of the loss of one sampled row whose outcomes have come with
 * probability `known`; `correction` is ln(1 / negativeRate). With `known` 1 each is σ(z + c) − y.
 *
 * `importance`: a positive stands for 1 / known of its kind and takes back the negatives that the
 * others were counted as; unbiased for the matured loss at any z (Saito et al. 2020, "Unbiased
 * Recommender Learning", the inverse-propensity loss; Ktena et al. 2019, positive-unlabeled loss).
 * `fake-negative`: a positive weighs 1 / known, a negative by the model's own chance that it is a
 * real one, both held constant (Ktena et al. 2019, fake negative weighted loss, for one look at
 * each row). `delayed-feedback`: the likelihood of what was seen, whose odds in the sample are
 * p·known / (negativeRate (1 − p·known)) (Chapelle 2014, with the delay's distribution known).
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
  const p = sigmoid(z)
  const unseen = 1 - p * known
  if (kind === 'delayed-feedback') {
    const odds = (p * known * Math.exp(correction)) / unseen
    return (odds / (1 + odds) - label) * ((1 - p) / unseen)
  }
  if (known < LEAST_KNOWN) return 0
  if (kind === 'fake-negative')
    return label === 1 ? (sampled - 1) / known : (sampled * (1 - p)) / unseen
  if (label === 0) return sampled
  return (sampled - 1) / known - Math.exp(-correction) * (1 / known - 1) * sampled
}
