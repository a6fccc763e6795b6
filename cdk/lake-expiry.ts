import { Duration } from 'aws-cdk-lib'
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3'
import { type Family, prefixOf, scenePrefixOf } from '../functions/contract/family.ts'
import type { Scene } from '../functions/contract/scene.ts'
import { families } from './rooms.ts'

/**
 * What of the lake goes after so many days: the families that say `lakeRetentionDays`, which are of
 * one time and read by time. Nothing is written before what it is of, so it is never gone before
 * that is so old. Kept for good are statements about items and users, which hold until another says
 * otherwise, and the accounts: the chain of closings, of which the next needs the newest however old
 * it is, the drops' manifests, and plans. A set of samples that is gone is never asked for: plans
 * name sets of what they find closed. `exclude` takes a version whose samples are gone for one that
 * learned. Prefixes of a lifecycle know no `*`: where what is kept for good lies under the same
 * prefix, there is a rule a scene.
 */
export function lakeExpiry(scenes: readonly Scene[], days: number): LifecycleRule[] {
  const lake = families.filter(({ bucket }) => bucket === 'lake')
  const kept = lake.filter(({ retention }) => retention === 'for good')
  const prefixesOf = (family: Family): string[] => {
    const prefix = prefixOf(family)
    return kept.some((other) => other.pattern.startsWith(prefix))
      ? scenes.map(({ scene }) => scenePrefixOf(family, scene))
      : [prefix]
  }
  const expired = lake.filter(({ retention }) => retention === 'lakeRetentionDays')
  const prefixes = new Set(expired.flatMap(prefixesOf))
  return [...prefixes].map((prefix) => ({ prefix, expiration: Duration.days(days) }))
}
