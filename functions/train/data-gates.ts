import type { ClosingPlan, SampleAccount } from '../contract/accounts.ts'
import { percent } from '../contract/gates.ts'
import type { Gates } from '../contract/scene.ts'
import type { Verdict } from '../contract/training.ts'
import { binomialLowerTail, binomialUpperTail } from '../math/binomial.ts'

/** Too few rows teach noise: the interval waits for the next. */
export function gateVolume(minRows: number, account: SampleAccount): Verdict {
  const passed = account.samples >= minRows
  return {
    gate: 'volume',
    passed,
    reason: passed
      ? `${account.samples} samples`
      : `${account.samples} samples, fewer than the ${minRows} that training needs: the interval joins the next run's`,
    numbers: { samples: account.samples, minRows },
  }
}

/** Samples of one label alone teach nothing, and a few of the other teach noise: the interval waits too. */
export function gateLabels(
  { minPositives, minNegatives }: Pick<Gates, 'minPositives' | 'minNegatives'>,
  { samples, positives }: SampleAccount,
): Verdict {
  const negatives = samples - positives
  const passed = positives >= minPositives && negatives >= minNegatives
  const found = `${positives} positive and ${negatives} negative samples`
  return {
    gate: 'labels',
    passed,
    reason: passed
      ? found
      : `${found}, and training needs at least ${minPositives} and ${minNegatives}: the interval joins the next run's`,
    numbers: { positives, negatives, minPositives, minNegatives },
  }
}

/** A producer that breaks sends much that cannot be read; what can is then no fair sample of the rest. */
export function gateInvalidShare(gates: Gates, drops: ClosingPlan['drops']): Verdict {
  const invalid = Object.values(drops.quarantined).reduce((a, b) => a + b, 0)
  const share = drops.read > 0 ? invalid / drops.read : 0
  const passed = share <= gates.maxInvalidShare
  const worst = Object.entries(drops.quarantined).sort(([, a], [, b]) => b - a)[0]
  return {
    gate: 'invalid-share',
    passed,
    reason: passed
      ? `${percent(share)} of the records read were quarantined`
      : `${invalid} of ${drops.read} records read were quarantined (${percent(share)}, most as ${worst![0]}), more than ${percent(gates.maxInvalidShare)}: look into the quarantine bucket`,
    numbers: { invalid, read: drops.read, share },
  }
}

/** What a positive rate is compared with. */
export interface RateReference {
  /** As many impressions as have shown all of their outcomes, and the positives among them. */
  rows: number
  positives: number
  /** How many times more it varies by itself than chance (functions/math/dispersion.ts). */
  dispersion: number
  /** Where it is from, for the reason. */
  from: 'before' | 'in the other hours'
}

const oddsOf = (rate: number): number => rate / (1 - rate)
/** Never 0 or 1, so that each has odds (Jeffreys 1946: half a positive and half a negative more). */
export const smoothedRate = (positives: number, rows: number): number =>
  (positives + 0.5) / (rows + 1)

/**
 * A positive rate whose odds moved by more than chance and more than `maxPositiveRateFold` against
 * a reference. Both are asked: large data makes any change significant, small data makes any change
 * large. Odds, since a rate of 55 % cannot grow by more than 1.8 times. Binomial tails of the
 * unsampled counts, divided by the reference's own dispersion. A label is positive by now with its
 * final rate times the share of its outcomes that has come.
 */
export function gatePositiveRate(
  gates: Gates,
  {
    impressions,
    positives,
    known = impressions,
  }: Pick<SampleAccount, 'impressions' | 'positives' | 'known'>,
  reference: RateReference | null,
): Verdict {
  const rate = impressions > 0 ? positives / impressions : 0
  const share = impressions > 0 ? known / impressions : 1
  const final = reference && smoothedRate(reference.positives, reference.rows)
  const expected = final === null ? null : final * share
  const dispersion = reference?.dispersion ?? null
  const numbers = { positives, impressions, rate, expected, known, dispersion }
  const pass = (reason: string): Verdict => ({
    gate: 'positive-rate',
    passed: true,
    reason,
    numbers,
  })
  if (reference === null || expected === null)
    return pass(`positive rate ${percent(rate)}; no earlier rate to compare it with`)
  if (share === 0) return pass(`positive rate ${percent(rate)}; no outcome can have come yet`)
  const isHigher = positives > expected * impressions
  const ratio = oddsOf(smoothedRate(positives, impressions)) / oddsOf(expected)
  const fold = isHigher ? ratio : 1 / ratio
  const [counted, of] = [positives / reference.dispersion, impressions / reference.dispersion]
  const tail = isHigher
    ? binomialUpperTail(counted, of, expected)
    : binomialLowerTail(counted, of, expected)
  const moved = `positive rate ${percent(rate)} of ${impressions} impressions against ${percent(reference.positives / reference.rows)} ${reference.from}${share < 1 ? `, of which ${percent(share)} has come by now` : ''}`
  if (fold <= gates.maxPositiveRateFold)
    return pass(`${moved}: odds within ${gates.maxPositiveRateFold} times`)
  if (tail >= gates.chance) return pass(`${moved}: so few rows could be chance`)
  return {
    gate: 'positive-rate',
    passed: false,
    reason: `${moved}: its odds moved by more than ${gates.maxPositiveRateFold} times, and not by chance; a broken log, a cheat, or a change of product`,
    numbers: { ...numbers, fold, tail },
  }
}
