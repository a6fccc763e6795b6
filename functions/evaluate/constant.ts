import { percent } from '../contract/gates.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Gates } from '../contract/scene.ts'
import type { PairedLoss, Verdict } from '../contract/training.ts'
import { compareLosses, pairLoss, type ScoredRows } from './gates.ts'

/**
 * What a predictor would say that says the same of every row (of normalized entropy 1, He et al.
 * 2014, equation 1): the positive rate of what this version was trained on, with the outcomes that
 * are still to come, since models predict the final rate. It was known before the rows that are
 * judged: a rate that jumps afterwards surprises both. Null where all that it was trained on is of
 * one label.
 */
export function constantOf({
  positives,
  impressions,
  known = impressions,
}: Pick<VersionRow, 'positives' | 'impressions' | 'known'>): number | null {
  const rate = positives / known
  return rate > 0 && rate < 1 ? rate : null
}

/** A scorer and the constant prediction on the same rows. */
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
 * A first release must beat the constant prediction on rows that were held out. By how much is not
 * asked: a small log would wait for weeks, and its first judged intervals ask again.
 */
export function gateFirst(gates: Gates, paired: PairedLoss | null): Verdict {
  const gate = 'constant'
  if (paired === null) {
    const reason = 'no rows were held out, on which a first release must beat a constant'
    return { gate, passed: false, reason, numbers: {} }
  }
  const { mean, low, high, users, said } = compareLosses(gates, [paired], paired.theirs)
  const passed = mean < 0
  const reason = passed ? said : `${said}: a first release must be better`
  return { gate, passed, reason, numbers: { mean, low, high, users } }
}

/**
 * What is served against the constant predictor. Worse over these intervals, and not by chance: it is
 * withdrawn. `looks`: how often a day that is asked; they share the confidence (Bonferroni), so that
 * looking often does not find by chance what is not there. `mustBeat`: they are its first day, and
 * nothing was served before it, so that no champion speaks for it; then no better is withdrawn too.
 */
export function gateServedConstant(
  gates: Gates,
  parts: readonly PairedLoss[],
  looks: number,
  mustBeat: boolean,
): Verdict {
  const [{ ours, theirs }] = parts as [PairedLoss]
  const others = parts.length > 1 ? ` and its like over ${parts.length} intervals` : ''
  const shared = { ...gates, confidence: 1 - (1 - gates.confidence) / looks }
  const { mean, low, high, users, said } = compareLosses(shared, parts, `${theirs}${others}`)
  const about = `served ${ours}: ${said}`
  const verdict = (passed: boolean, reason: string): Verdict => ({
    gate: 'served-constant',
    passed,
    reason,
    numbers: { mean, low, high, users, intervals: parts.length },
  })
  if (users < gates.minJudgedUsers) return verdict(true, `${about}: too few to tell`)
  if (low > 0) return verdict(false, `${about}: worse, and not by chance`)
  if (mustBeat && mean >= 0) return verdict(false, `${about}: no better on its first day`)
  return verdict(true, about)
}
