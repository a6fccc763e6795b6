import { Duration } from 'aws-cdk-lib'
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3'
import { type Family, prefixOf, scenePrefixOf } from '../functions/contract/family.ts'
import type { Scene } from '../functions/contract/scene.ts'
import { families } from './rooms.ts'

/**
 * Lifecycle rules for the key families with retention `lakeRetentionDays`: objects of one time, read
 * by time. An object is never written before its event time, so its age never exceeds its events'.
 *
 * Kept for ever: statements about items and users (valid until replaced), and the accounts: closings
 * (each closing reads the newest one, however old), drop manifests and plans. No run asks for deleted
 * samples, since a plan names only sets of closed hours that it finds. `exclude` treats a version
 * whose samples are gone as one that learned from the interval.
 *
 * A lifecycle prefix allows no `*`. Where a prefix also covers objects that are kept, there is one
 * rule per scene.
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
