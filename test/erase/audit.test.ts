import { describe, expect, test } from 'vitest'
import { describeExactlyOnce } from '../../functions/audit/ledger.ts'
import { sampleManifestSchema } from '../../functions/contract/accounts.ts'
import { parseSampleManifestKey, samplesPrefix } from '../../functions/contract/keys.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import type { MadeChain } from '../make/chain.ts'
import { CHEAT, eraseIn, grow, PERSON, users } from '../make/erase-chain.ts'

async function setsOf({ lake }: MadeChain) {
  const listed = await lake.list(samplesPrefix('feed'))
  const keys = listed.map(({ key }) => key).filter((key) => parseSampleManifestKey(key) !== null)
  return Promise.all(keys.map((key) => getJson(lake, key, sampleManifestSchema)))
}

describe('The proof of exactly once after an erasure', () => {
  test.each([
    ['a person with samples', PERSON],
    ['a person whom verdicts exclude', CHEAT],
  ])('The proof holds for %s', async (_name, user) => {
    const world = await grow()
    const before = await world.check()
    expect(before.violations).toEqual([])
    const { removed, status } = await eraseIn(world, user)
    expect(status).toBe('erased')
    const after = await world.check()
    expect(after.violations, describeExactlyOnce(after)).toEqual([])
    expect(after.samples).toBeLessThan(before.samples)
    expect(after.kinds!.sequences).toBe(after.samples)
    expect(removed['samples']!.rows).toBeGreaterThan(before.samples - after.samples)
  })

  test('The proof holds after everyone but one is erased', async () => {
    const world = await grow({ seed: 2 })
    for (const user of users.slice(1)) await eraseIn(world, user)
    const { violations, samples } = await world.check()
    expect(violations).toEqual([])
    expect(samples).toBeGreaterThan(10)
  })

  test('A sample that goes without an erasure is still found', async () => {
    const world = await grow()
    await eraseIn(world, PERSON)
    const [set] = (await setsOf(world)).filter(({ files }) => files[0]!.rows > 2)
    const { key } = set!.files[0]!
    world.lake.drop(key, Buffer.from(await world.lake.get(key)).fill(0, 40, 41))
    expect((await world.check()).violations.join()).toContain('has another SHA-256')
  })

  test('The accounts of sets state what their files have', async () => {
    const world = await grow()
    await eraseIn(world, PERSON)
    for (const { account, files, hours, kinds: others } of await setsOf(world)) {
      const rows = await Promise.all(
        files.map(async ({ key }) => readParquet<{ label: number }>(await world.lake.get(key))),
      )
      const all = rows.flat()
      expect(account.samples).toBe(all.length)
      expect(account.positives).toBe(all.reduce((sum, { label }) => sum + label, 0))
      const excluded = Object.values(account.excluded ?? {}).reduce((a, b) => a + b, 0)
      expect(account.impressions).toBe(account.samples + account.sampledOut + excluded)
      expect(hours.reduce((sum, { positives }) => sum + positives, 0)).toBe(account.positives)
      const { outcomes, attributed, otherOutcome, repeated, orphaned, ofEarlierSet } = account
      const left = Object.values(account.excludedOutcomes ?? {}).reduce((a, b) => a + b, 0)
      expect(outcomes).toBe(attributed + otherOutcome + repeated + orphaned + ofEarlierSet + left)
      expect(others!.sequences!.account.sequences).toBe(all.length)
    }
  })
})
