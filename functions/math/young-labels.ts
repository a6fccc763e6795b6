import { sigmoid } from './logistic.ts'

/**
 * How an increment treats labels that are still young. `none` takes them as they are. The other
 * methods account for outcomes that have not arrived yet.
 */
export const YOUNG_LABELS = ['none', 'importance', 'fake-negative', 'delayed-feedback'] as const
export type YoungLabels = (typeof YOUNG_LABELS)[number]

/**
 * Methods that weigh by 1 / known skip a row with a smaller known share. Its weight would let one
 * row change the model too much, and a capped weight would teach too few positives.
 */
const LEAST_KNOWN = 0.05

/**
 * Derivative, by the logit `z`, of the loss of one sampled row whose outcomes have arrived with
 * probability `known`. `correction` is ln(1 / negativeRate). If `known` is 1, each method gives σ(z
 * + c) − y.
 *
 * `importance`: a positive stands for 1 / known positives, and cancels the negatives that the
 * missing ones were counted as. It is unbiased for the matured loss at any z (Saito et al. 2020,
 * "Unbiased Recommender Learning", the inverse-propensity loss; Ktena et al. 2019,
 * positive-unlabeled loss).
 * `fake-negative`: a positive weighs 1 / known. A negative is weighted by the model's own
 * probability that it is a real negative. Both weights are held constant (Ktena et al. 2019, fake
 * negative weighted loss, for one pass over the rows).
 * `delayed-feedback`: the likelihood of the observed labels. Their odds in the sample are p·known /
 * (negativeRate (1 − p·known)) (Chapelle 2014, with a known delay distribution).
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
