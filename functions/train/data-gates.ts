import type { ClosingPlan, SampleAccount } from '../contract/accounts.ts'
import { percent } from '../contract/gates.ts'
import type { Gates } from '../contract/scene.ts'
import type { Verdict } from '../contract/training.ts'
import { binomialLowerTail, binomialUpperTail, recordedTail } from '../math/binomial.ts'

/** A model learns noise from too few rows. The interval joins the next one. */
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

/**
 * A model learns nothing from samples of one label, and noise from a few of the other. The interval
 * joins the next one.
 */
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

/**
 * A broken producer sends many records that cannot be read. The readable rest is then not
 * representative.
 */
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
      : `${invalid} of ${drops.read} records read were quarantined (${percent(share)}, most as ${worst![0]}), more than the allowed ${percent(gates.maxInvalidShare)}: see the quarantine bucket`,
    numbers: { invalid, read: drops.read, share },
  }
}

/** The counts that a positive rate is compared with. */
export interface RateReference {
  /** The number of impressions whose outcomes have all arrived (Σ known), and their positives. */
  rows: number
  positives: number
  /** How many times more the rate varies than by chance (functions/math/dispersion.ts). */
  dispersion: number
  /** The origin of the counts, for the reason. */
  from: 'before' | 'in the other hours' | 'in its other drops'
}

const oddsOf = (rate: number): number => rate / (1 - rate)
/** A rate that is never 0 or 1, so it has odds (Jeffreys 1946: adds half a positive and half a negative). */
export const smoothedRate = (positives: number, rows: number): number =>
  (positives + 0.5) / (rows + 1)

/**
 * Fails a positive rate whose odds differ from a reference by more than `maxPositiveRateFold` and by
 * more than chance. It needs both tests: in large data every change is significant, in small data
 * every change is large. It compares odds, because a rate of 55 % cannot grow by more than 1.8 times.
 * Chance is a binomial tail of the unsampled counts, divided by the dispersion of the reference. The
 * expected rate is the final rate times the share of the outcomes that has arrived.
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
  if (share === 0) return pass(`positive rate ${percent(rate)}; no outcome can have arrived yet`)
  const isHigher = positives > expected * impressions
  const ratio = oddsOf(smoothedRate(positives, impressions)) / oddsOf(expected)
  const fold = isHigher ? ratio : 1 / ratio
  const successes = positives / reference.dispersion
  const trials = impressions / reference.dispersion
  const tail = isHigher
    ? binomialUpperTail(successes, trials, expected)
    : binomialLowerTail(successes, trials, expected)
  const moved = `positive rate ${percent(rate)} of ${impressions} impressions against ${percent(reference.positives / reference.rows)} ${reference.from}${share < 1 ? `, of which ${percent(share)} has arrived by now` : ''}`
  const bound = `${Number(gates.maxPositiveRateFold.toPrecision(2))} times`
  if (fold <= gates.maxPositiveRateFold) return pass(`${moved}: its odds moved by at most ${bound}`)
  if (tail >= gates.chance) return pass(`${moved}: with so few rows this can be chance`)
  return {
    gate: 'positive-rate',
    passed: false,
    reason: `${moved}: its odds moved by more than ${bound}, and not by chance. Possible causes: a broken log, fraud, or a change of the product`,
    numbers: { ...numbers, fold, tail: recordedTail(tail) },
  }
}
