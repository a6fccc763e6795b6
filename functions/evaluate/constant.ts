import type { Gates } from '../contract/scene.ts'
import type { PairedLoss, Verdict } from '../contract/training.ts'
import { compareLosses, pairLoss, type ScoredRows } from './gates.ts'
import { percent } from './percent.ts'

/** A bootstrap over fewer users is no interval. */
const LEAST_USERS = 10

/**
 * A scorer against the predictor that says the same of every row: the rows' own mean label, which
 * is the best that there is in hindsight (of normalized entropy 1, He et al. 2014, equation 1), over
 * `known`, the share of outcomes that has come, since models predict the final rate. Null where
 * rows are of one label, which such a predictor knows for sure.
 */
export function pairWithConstant(
  rows: ScoredRows,
  scorers: readonly string[],
  ours: string,
  known: number,
): PairedLoss | null {
  let positives = 0
  let weight = 0
  rows.users.forEach((_, i) => {
    positives += rows.weights[i]! * rows.labels[i]!
    weight += rows.weights[i]!
  })
  const constant = positives / weight / known
  if (!(positives > 0 && positives < weight && constant < 1)) return null
  const predictions = rows.predictions[scorers.indexOf(ours)]!
  const theirs = `the constant ${percent(constant)}`
  return pairLoss(rows, [ours, (i) => predictions[i]!], [theirs, () => constant])
}

/**
 * A version against the constant predictor on rows that it had not been trained on. The first
 * release must beat it by more than chance; no later one may be worse, and not by chance.
 */
export function gateConstant(
  gates: Gates,
  paired: PairedLoss | null,
  rows: number,
  isFirst: boolean,
): Verdict {
  const verdict = (passed: boolean, reason: string, numbers: Verdict['numbers'] = {}): Verdict => ({
    gate: 'constant',
    passed,
    reason,
    numbers: { rows, ...numbers },
  })
  if (paired === null) {
    const why = rows === 0 ? 'no rows were held out' : `the ${rows} rows held out are of one label`
    return verdict(
      !isFirst,
      isFirst ? `${why}: a first release must beat a constant prediction on such rows` : why,
    )
  }
  const { mean, low, high, users, said } = compareLosses(gates, [paired], paired.theirs)
  const numbers = { mean, low, high, users }
  if (isFirst) {
    const passed = users >= LEAST_USERS && high < 0
    return verdict(
      passed,
      passed
        ? said
        : `${said}: a first release must be better, and not by chance, with at least ${LEAST_USERS} users`,
      numbers,
    )
  }
  if (users < gates.minJudgedUsers) return verdict(true, `${said}: too few to tell`, numbers)
  return verdict(low <= 0, low <= 0 ? said : `${said}: worse, and not by chance`, numbers)
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
