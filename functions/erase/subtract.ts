import type { SampleAccount, SampleHour } from '../contract/accounts.ts'
import { floorHour } from '../contract/time.ts'
import type { Row } from './rewrite-parquet.ts'

/** A removed row of a sample file, as far as accounts count it. */
interface Removed {
  timeMs: number
  label: number
  isMature: boolean
  known: number
  trust: number
}
export const removedSample = (row: Row): Removed => ({
  timeMs: Number(row['timeMs']),
  label: Number(row['label'] ?? 0),
  isMature: row['isMature'] !== false,
  known: Number(row['known'] ?? 1),
  trust: Number(row['trust'] ?? 1),
})

const sumOf = (rows: readonly Removed[], value: (row: Removed) => number): number =>
  rows.reduce((sum, row) => sum + value(row), 0)
const less = (a: number, b: number): number => Math.max(0, a - b)

/**
 * The account of what is left. Both laws of a sample account still hold. Impressions of the person that sampling or a
 * verdict had left out are in no file and stay counted, as do outcomes that labelled nothing.
 */
export function subtractSamples(
  account: SampleAccount,
  removed: readonly Removed[],
): SampleAccount {
  const positives = sumOf(removed, ({ label }) => label)
  return {
    ...account,
    impressions: less(account.impressions, removed.length),
    samples: less(account.samples, removed.length),
    positives: less(account.positives, positives),
    immature: less(
      account.immature,
      sumOf(removed, ({ isMature }) => (isMature ? 0 : 1)),
    ),
    outcomes: less(account.outcomes, positives),
    attributed: less(account.attributed, positives),
    ...(account.known !== undefined && {
      known: less(
        account.known,
        sumOf(removed, ({ known }) => known),
      ),
    }),
    ...(account.trust !== undefined && {
      trust: less(
        account.trust,
        sumOf(removed, ({ trust }) => trust),
      ),
    }),
  }
}

/** As subtractSamples, for the hours of a set. */
export const subtractHours = (
  hours: readonly SampleHour[],
  removed: readonly Removed[],
): SampleHour[] => {
  const byHour = Map.groupBy(removed, ({ timeMs }) => floorHour(timeMs))
  return hours.map((hour) => {
    const own = byHour.get(hour.hourMs) ?? []
    return {
      ...hour,
      impressions: less(hour.impressions, own.length),
      positives: less(
        hour.positives,
        sumOf(own, ({ label }) => label),
      ),
      known: less(
        hour.known,
        sumOf(own, ({ known }) => known),
      ),
    }
  })
}
