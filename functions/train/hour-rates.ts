import type { SampleHour, SampleManifest } from '../contract/accounts.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Gates } from '../contract/scene.ts'
import { HOUR_MS, isoSeconds } from '../contract/time.ts'
import type { Interval, RunPlan, Tier, Verdict } from '../contract/training.ts'
import { dispersionOf } from '../math/dispersion.ts'
import { countTrusted } from '../samples/commit-set.ts'
import { gatePositiveRate, type RateReference, smoothedRate } from './data-gates.ts'

/** The number of accepted versions that give the expected positive rate. */
const TRAILING_VERSIONS = 7

/** Sums over the last accepted dailies, or fulls if there is no daily. A run is compared with them. */
export function expectRate(versions: readonly VersionRow[]): RunPlan['expected'] {
  const accepted = versions.filter(({ status }) => status === 'accepted')
  const dailies = accepted.filter(({ tier }) => tier === 'daily')
  const fulls = accepted.filter(({ tier }) => tier === 'full')
  const trailing = (dailies.length > 0 ? dailies : fulls)
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
    .slice(0, TRAILING_VERSIONS)
  const sum = (countOf: (version: VersionRow) => number): number =>
    trailing.reduce((total, version) => total + countOf(version), 0)
  const dispersions = trailing.flatMap(({ dispersion }) => dispersion ?? [])
  return {
    impressions: sum(({ impressions }) => impressions),
    ...(trailing.every(({ known }) => known !== undefined) && { known: sum((row) => row.known!) }),
    positives: sum(({ positives }) => positives),
    ...(dispersions.length > 0 && {
      dispersion: dispersions.reduce((a, b) => a + b) / dispersions.length,
    }),
  }
}

/** Event hours of sample sets, in order of time, with those of a daily's late lane. */
export function hoursOf(tier: Tier, sets: readonly SampleManifest[]): SampleHour[] {
  if (tier !== 'hourly')
    return sets.flatMap(({ hours }) => hours).sort((a, b) => a.hourMs - b.hourMs)
  return sets.map(({ fromMs, account, hours }) => {
    const impressions = countTrusted(account)
    const { positives, known = impressions } = account
    const drop = hours.find(({ hourMs }) => hourMs === fromMs)?.drop
    return { hourMs: fromMs, impressions, positives, known, ...(drop && { drop }) }
  })
}

const sum = (hours: readonly SampleHour[], countOf: (hour: SampleHour) => number): number =>
  hours.reduce((total, hour) => total + countOf(hour), 0)

/** The variation between fewer hours cannot be estimated. */
const LEAST_HOURS = 12

/** How many times more the positive rate varies between hours than by chance. Null: too few hours. */
export function spreadOf(hours: readonly SampleHour[]): number | null {
  if (hours.length < LEAST_HOURS) return null
  const positives = sum(hours, (hour) => hour.positives)
  const final = smoothedRate(
    positives,
    sum(hours, ({ known }) => known),
  )
  return dispersionOf(
    hours.map(({ impressions, positives, known }) => ({
      positives,
      trials: impressions,
      rate: final * (known / impressions),
    })),
  )
}

/** The recent counts of the lineage, as a reference. Null: there are none yet. */
export function earlierRate({
  impressions,
  positives,
  known: rows = impressions,
  dispersion = 1,
}: RunPlan['expected']): RateReference | null {
  return rows > 0 ? { rows, positives, dispersion, from: 'before' } : null
}

/** An hour that is out of bounds on its own. */
export interface DoubtfulHour extends Interval {
  verdict: Verdict
}

/**
 * Finds the hours of a run whose positive rate is out of bounds. Each hour is judged on its own,
 * because a whole day would dilute it. Each is compared with the earlier rate. If there is no earlier
 * rate, it is compared with the other hours, without those that were found in the rounds before.
 */
export function findDoubtfulHours(
  gates: Gates,
  hours: readonly SampleHour[],
  earlier: RateReference | null,
): DoubtfulHour[] {
  const found: DoubtfulHour[] = []
  for (let left = hours.filter(({ impressions }) => impressions > 0); ; ) {
    const rows = sum(left, (hour) => hour.known)
    const positives = sum(left, (hour) => hour.positives)
    const dispersion = spreadOf(left) ?? 1
    const others = (hour: SampleHour): RateReference | null =>
      rows > hour.known
        ? {
            rows: rows - hour.known,
            positives: positives - hour.positives,
            dispersion,
            from: 'in the other hours',
          }
        : null
    const judged = left.map((hour) => gatePositiveRate(gates, hour, earlier ?? others(hour)))
    left.forEach(({ hourMs: fromMs, drop }, i) => {
      const verdict = judged[i]!
      const from = drop ? `; most positives came in the drop ${drop.drop}` : ''
      const reason = `${isoSeconds(fromMs)}: ${verdict.reason}${from}`
      if (!verdict.passed)
        found.push({ fromMs, throughMs: fromMs + HOUR_MS, verdict: { ...verdict, reason } })
    })
    left = left.filter((_, i) => judged[i]!.passed)
    if (left.length === judged.length) return found.sort((a, b) => a.fromMs - b.fromMs)
  }
}
