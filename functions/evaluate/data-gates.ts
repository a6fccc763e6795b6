import type { ClosingPlan, SampleAccount } from '../contract/accounts.ts'
import type { Gates } from '../contract/scene.ts'
import type { Verdict } from '../contract/training.ts'
import { binomialLowerTail, binomialUpperTail } from '../math/binomial.ts'
import { percent } from './percent.ts'

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

/**
 * A positive rate that moved by more than chance and more than `maxPositiveRateFold` against what
 * the lineage was trained on. Both are asked: large data makes any change significant, small data
 * makes any change large. Binomial tails of the unsampled counts. A label is positive by now with
 * its final rate times the share of its outcomes that has come: `rows` are as many impressions as
 * have shown all of theirs.
 */
export function gatePositiveRate(
  gates: Gates,
  account: SampleAccount,
  trailing: { rows: number; positives: number },
): Verdict {
  const { impressions, positives, known = impressions } = account
  const rate = impressions > 0 ? positives / impressions : 0
  const final = trailing.rows > 0 ? trailing.positives / trailing.rows : null
  const share = impressions > 0 ? known / impressions : 1
  const expected = final === null ? null : final * share
  const numbers = { positives, impressions, rate, expected, known }
  const pass = (reason: string): Verdict => ({
    gate: 'positive-rate',
    passed: true,
    reason,
    numbers,
  })
  if (final === null || expected === null || final === 0 || final >= 1)
    return pass(`positive rate ${percent(rate)}; no earlier rate to compare it with`)
  if (share === 0) return pass(`positive rate ${percent(rate)}; no outcome can have come yet`)
  const tail =
    rate > expected
      ? binomialUpperTail(positives, impressions, expected)
      : binomialLowerTail(positives, impressions, expected)
  const fold =
    rate > expected ? rate / expected : rate === 0 ? Number.POSITIVE_INFINITY : expected / rate
  const moved = `positive rate ${percent(rate)} of ${impressions} impressions against ${percent(final)} before${share < 1 ? `, of which ${percent(share)} has come by now` : ''}`
  if (fold <= gates.maxPositiveRateFold)
    return pass(`${moved}: within ${gates.maxPositiveRateFold} times`)
  if (tail >= gates.chance) return pass(`${moved}: so few rows could be chance`)
  return {
    gate: 'positive-rate',
    passed: false,
    reason: `${moved}: more than ${gates.maxPositiveRateFold} times and not by chance; a broken log, a cheat, or a change of product`,
    numbers: { ...numbers, tail },
  }
}
