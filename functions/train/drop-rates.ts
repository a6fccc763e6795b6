import type { DropCounts } from '../contract/accounts.ts'
import type { Gates } from '../contract/scene.ts'
import { HOUR_MS, isoSeconds } from '../contract/time.ts'
import type { Verdict } from '../contract/training.ts'
import { binomialLowerTail } from '../math/binomial.ts'
import { dispersionOf } from '../math/dispersion.ts'
import { gatePositiveRate, type RateReference, smoothedRate } from './data-gates.ts'
import type { DoubtfulHour } from './hour-rates.ts'

/** What the drops of an event hour brought, by drop. */
export interface HourDrops {
  hourMs: number
  drops: Readonly<Record<string, DropCounts>>
}

interface DropRate {
  drop: string
  impressions: number
  positives: number
}

/** The drops of an hour with impressions. Positives are outcomes of the drop's own impressions. */
const ratesOf = ({ drops }: HourDrops, objective: string): DropRate[] =>
  Object.entries(drops)
    .filter(([, { impressions }]) => impressions > 0)
    .map(([drop, { impressions, own }]) => ({ drop, impressions, positives: own[objective] ?? 0 }))

const sum = (rates: readonly DropRate[], countOf: (rate: DropRate) => number): number =>
  rates.reduce((total, rate) => total + countOf(rate), 0)

/** The rate of the drop that holds the middle impression, so that one poisoned drop does not move it. */
function middleRate(rates: readonly DropRate[]): number {
  const rows = sum(rates, ({ impressions }) => impressions)
  const ascending = [...rates].sort(
    (a, b) => a.positives * b.impressions - b.positives * a.impressions,
  )
  let below = 0
  for (const { impressions, positives } of ascending) {
    below += impressions
    if (2 * below >= rows) return smoothedRate(positives, impressions)
  }
  return 0
}

/**
 * Finds hours that hold a drop with far more positives than the other drops of its hour. Null model: the drops
 * of an hour have one positive rate, with the dispersion that most drops of the run show. A drop may
 * come from a producer with a public of its own, so the logarithm of its odds may differ by half as much again as
 * an hour's may. The chance is divided by the number of drops. Only a high rate counts: a low one
 * is that of a drop whose outcomes came in the next one.
 *
 * Two honest cases look alike, so each has a test of its own. The other drops are a few late rows: then
 * no positive among them is chance at the drop's own rate. The other drops are those of a scraper, which
 * clicks nothing: then the drop is not high against the `earlier` rate of the lineage, if there is one.
 */
export function findDoubtfulDrops(
  gates: Gates,
  objective: string,
  hours: readonly HourDrops[],
  earlier: RateReference | null,
): DoubtfulHour[] {
  const byHour = hours.map((hour) => ({ ...hour, rates: ratesOf(hour, objective) }))
  const tested = byHour.reduce((total, { rates }) => total + rates.length, 0)
  const dispersion = dispersionOf(
    byHour.flatMap(({ rates }) => {
      const rate = middleRate(rates)
      return rates.map(({ impressions, positives }) => ({ positives, trials: impressions, rate }))
    }),
  )
  const strict = {
    ...gates,
    maxPositiveRateFold: gates.maxPositiveRateFold ** 1.5,
    chance: gates.chance / Math.max(1, tested),
  }
  return byHour.flatMap(({ hourMs, rates }) =>
    rates.flatMap(({ drop, impressions, positives }) => {
      const rows = sum(rates, (rate) => rate.impressions) - impressions
      const others = sum(rates, (rate) => rate.positives) - positives
      if (rows === 0 || positives * rows <= others * impressions) return []
      const reference = { rows, positives: others, dispersion, from: 'in its other drops' as const }
      const verdict = gatePositiveRate(strict, { impressions, positives }, reference)
      if (verdict.passed) return []
      const own = smoothedRate(positives, impressions)
      if (binomialLowerTail(others / dispersion, rows / dispersion, own) >= strict.chance) return []
      if (earlier && gatePositiveRate(strict, { impressions, positives }, earlier).passed) return []
      const reason = `${isoSeconds(hourMs)}: drop ${drop}: ${verdict.reason}`
      return [
        { fromMs: hourMs, throughMs: hourMs + HOUR_MS, drop, verdict: { ...verdict, reason } },
      ]
    }),
  )
}

/**
 * The drop that contributes most to what moved an hour's rate: the one with the largest difference between its
 * outcomes and those that its impressions give at the expected rate. Null if the hour's drops are not known.
 */
export function blameDrop(
  { drops }: HourDrops,
  objective: string,
  { numbers }: Pick<Verdict, 'numbers'>,
): { drop: string; outcomes: number; expected: number } | null {
  const { expected, rate } = numbers
  if (typeof expected !== 'number' || typeof rate !== 'number') return null
  const sign = rate > expected ? 1 : -1
  const shares = Object.entries(drops).map(([drop, { impressions, outcomes }]) => ({
    drop,
    outcomes: outcomes[objective] ?? 0,
    expected: Math.round(expected * impressions),
  }))
  const excess = (share: (typeof shares)[number]): number =>
    sign * (share.outcomes - share.expected)
  return shares.sort((a, b) => excess(b) - excess(a) || (a.drop < b.drop ? -1 : 1))[0] ?? null
}
