import { percent } from '../contract/gates.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Gates } from '../contract/scene.ts'
import type { PairedLoss, Verdict } from '../contract/training.ts'
import { compareLosses, pairLoss, type ScoredRows } from './gates.ts'

/**
 * The constant prediction to compare a model with (normalized entropy 1, He et al. 2014, equation
 * 1): the positive rate of the samples that this version was trained on. It includes the outcomes
 * that are still to come, since models predict the final rate. It was known before the judged rows,
 * so a later jump of the rate surprises the model and the constant alike. Null where all samples
 * have the same label.
 */
export function constantPrediction({
  positives,
  impressions,
  known = impressions,
}: Pick<VersionRow, 'positives' | 'impressions' | 'known'>): number | null {
  const rate = positives / known
  return rate > 0 && rate < 1 ? rate : null
}

/** The losses of a scorer and of the constant prediction on the same rows. */
export function pairWithConstant(
  rows: ScoredRows,
  scorers: readonly string[],
  ours: string,
  constant: number,
): PairedLoss {
  const predictions = rows.predictions[scorers.indexOf(ours)]!
  const theirs = `the constant ${percent(constant)}`
  return pairLoss(rows, [ours, (i) => predictions[i]!], [theirs, () => constant])
}

/**
 * A first release must beat the constant prediction on held-out rows. The margin does not matter: a
 * small log would wait for weeks for a significant one, and the next judged intervals check again.
 */
export function gateFirst(gates: Gates, paired: PairedLoss | null): Verdict {
  const gate = 'constant'
  if (paired === null) {
    const reason =
      'no rows were held out: a first release must beat the constant prediction on held-out rows'
    return { gate, passed: false, reason, numbers: {} }
  }
  const { mean, low, high, users, summary } = compareLosses(gates, [paired], paired.theirs)
  const passed = mean < 0
  const reason = passed ? summary : `${summary}: a first release must be better`
  return { gate, passed, reason, numbers: { mean, low, high, users } }
}

/**
 * Compares the served version with the constant prediction. The gate fails where the served version
 * is significantly worse over these intervals. `looks` is how often a day the gate is asked: the
 * looks share the confidence (Bonferroni), so that frequent tests do not fail by chance. `mustBeat`
 * is set for the first day of a scene's first base, which no champion was compared with: the gate
 * then also fails where the served version is not better.
 */
export function gateServedConstant(
  gates: Gates,
  parts: readonly PairedLoss[],
  looks: number,
  mustBeat: boolean,
): Verdict {
  const [{ ours, theirs }] = parts as [PairedLoss]
  const others = parts.length > 1 ? ` and similar ones over ${parts.length} intervals` : ''
  const shared = { ...gates, confidence: 1 - (1 - gates.confidence) / looks }
  const { mean, low, high, users, summary } = compareLosses(shared, parts, `${theirs}${others}`)
  const about = `served ${ours}: ${summary}`
  const verdict = (passed: boolean, reason: string): Verdict => ({
    gate: 'served-constant',
    passed,
    reason,
    numbers: { mean, low, high, users, intervals: parts.length },
  })
  if (users < gates.minJudgedUsers) return verdict(true, `${about}: too few users to decide`)
  if (low > 0) return verdict(false, `${about}: significantly worse`)
  if (mustBeat && mean >= 0) return verdict(false, `${about}: not better on its first day`)
  return verdict(true, about)
}
