import { DAY_MS } from '../contract/time.ts'
import type { Findings } from './findings.ts'

/** How far back a page shows the hourly tier. A year of it has about twenty thousand rows. */
export const HOURLY_LOOKBACK_DAYS = 42

/** Every full and daily, and the hourly versions within the lookback. */
export function dropOldHours(findings: Findings): Findings {
  const newestMs = findings.versions.reduce((max, { scheduledMs }) => Math.max(max, scheduledMs), 0)
  const sinceMs = newestMs - HOURLY_LOOKBACK_DAYS * DAY_MS
  return {
    ...findings,
    versions: findings.versions.filter(
      ({ tier, scheduledMs }) => tier !== 'hourly' || scheduledMs >= sinceMs,
    ),
    releases: findings.releases.filter(
      ({ tier, timeMs }) => tier !== 'hourly' || timeMs >= sinceMs,
    ),
  }
}
