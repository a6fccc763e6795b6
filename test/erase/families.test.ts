import { describe, expect, test } from 'vitest'
import { families } from '../../cdk/rooms.ts'
import type { Family } from '../../functions/contract/family.ts'
import * as keys from '../../functions/contract/keys.ts'
import { findingFiles } from '../../functions/contract/verdicts.ts'
import {
  EXPIRING,
  OWN_STEPS,
  REWRITTEN,
  SCANNED,
  WITHOUT_USERS,
} from '../../functions/erase/holdings.ts'
import { familyPrefix } from '../../functions/erase/rewrite-objects.ts'
import { STEPS } from '../../functions/erase/steps.ts'

const matches = (pattern: string, key: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(key)
/** Whether every key of a family is one of another. */
const isIn = (family: Family, other: Family): boolean =>
  family.bucket === other.bucket && matches(other.pattern, family.pattern.replaceAll('*', 'x'))

const isFamily = (value: unknown): value is Family =>
  typeof value === 'object' && value !== null && 'holdsUsers' in value
/** A grant of the erasure itself. */
const isWhole = ({ pattern }: Family): boolean => pattern === '*'
/** Those that stages declare, and those of the contract that no stage declares yet. */
const all = [
  ...new Map(
    [...families, ...Object.values(keys).filter(isFamily), findingFiles].map((family) => [
      `${family.bucket} ${family.pattern}`,
      family,
    ]),
  ).values(),
].filter((family) => !isWhole(family))
const named = (family: Family) => [`${family.bucket}: ${family.pattern}`, family] as const

describe('The families of keys', () => {
  test.each(all.filter(({ holdsUsers }) => holdsUsers).map(named))(
    'An erasure has a step for %s',
    (_name, family) => {
      const handled = [...Object.values(REWRITTEN), ...Object.values(OWN_STEPS), ...EXPIRING]
      // The files of versions are without users, except the archives of jobs.
      const isOfVersions = family === keys.versionFiles
      expect(isOfVersions || handled.some((other) => isIn(family, other))).toBe(true)
    },
  )

  test.each(all.filter(({ bucket }) => bucket === 'lake' || bucket === 'models').map(named))(
    'The scan reads %s',
    (_name, family) => {
      expect(SCANNED.some((other) => isIn(family, other))).toBe(true)
    },
  )

  test('Families without users are declared so', () => {
    expect(WITHOUT_USERS.filter(({ holdsUsers }) => holdsUsers)).toEqual([])
    for (const family of Object.values(OWN_STEPS)) expect(family.holdsUsers).toBe(true)
  })

  test('Only raw and quarantine are left to their retention', () => {
    expect(EXPIRING.map(({ bucket }) => bucket)).toEqual(['raw', 'quarantine'])
  })

  test('A prefix covers one scene and none whose name begins with it', () => {
    for (const family of SCANNED) {
      const prefix = familyPrefix(family, 'feed')
      expect(prefix.split('/')[1], family.pattern).toBe('feed')
      expect(prefix.split('/').length, family.pattern).toBeGreaterThan(2)
    }
  })

  test('Each step has a name of its own', () => {
    const names = STEPS.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
