import { Duration } from 'aws-cdk-lib'
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3'
import type { Scene } from '../functions/contract/scene.ts'
import * as keys from './key-patterns.ts'

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
