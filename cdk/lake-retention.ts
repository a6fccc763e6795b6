import { Duration } from 'aws-cdk-lib'
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3'
import { REDRIVE_DAYS } from '../functions/closing/plan.ts'
import { longestWindowMs, type Scene } from '../functions/contract/scene.ts'
import { DAY_MS, MINUTE_MS } from '../functions/contract/time.ts'
import * as keys from './key-patterns.ts'

/** A full takes whole days, which wait for their labels, of hours that wait for stragglers. */
const DAYS_TO_A_FULL = 3
/**
 * What is served may stand on a full that is so old: four weekly ones were refused since. Its chain
 * can still be proven, and a failed run of it be taken up again.
 */
const CHAIN_DAYS = 35

/**
 * How long a scene comes back to an event: as far as its full looks or a straggler may lie, and from
 * there the longest window before it, of attribution or of a feature.
 */
export function neededLakeDays(scene: Scene): number {
  const { tiers, maxEventAgeDays, outcomes, objective } = scene
  const attributionMs = outcomes[objective]!.attributionWindowMinutes * MINUTE_MS
  const windowDays = Math.ceil(Math.max(attributionMs, longestWindowMs(scene)) / DAY_MS)
  const reachDays = Math.max(tiers.full.lookbackDays, maxEventAgeDays + REDRIVE_DAYS)
  return reachDays + windowDays + DAYS_TO_A_FULL + CHAIN_DAYS
}

/**
 * What of the lake goes after so many days: what is of one time and read by time. Nothing is written
 * before what it is of, so it is never gone before that is so old.
 *
 * Kept for good are statements about items and users, which hold until another says otherwise, and
 * the accounts: the chain of closings, of which the next needs the newest however old it is, the
 * drops' manifests, and plans. A set of samples that is gone is never asked for: plans name sets of
 * what they find closed. `exclude` takes a version whose samples are gone for one that learned.
 * Prefixes of a lifecycle know no `*`, so events have a rule a scene.
 */
export function lakeExpiry(scenes: readonly Scene[], days: number): LifecycleRule[] {
  const byTime = [keys.closedFiles, keys.counterFiles, keys.sampleFiles].map(keys.prefixOf)
  const events = scenes.map(({ scene }) => keys.cleanEventsOf(scene))
  return [...byTime, ...events].map((prefix) => ({ prefix, expiration: Duration.days(days) }))
}
