import { describe, expect, test } from 'vitest'
import { scenePk, type VersionRow } from '../../functions/contract/registry.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { withdraw } from '../../functions/release/withdraw.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { MODEL, makeReleases, register, releaseOf, releasePorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

const why = 'served hourly-2026010703-00000001: significantly worse than the constant 10 %'
const fields = { modelSha256: sha256Hex(MODEL) }
const base = makeVersion(2, { ...fields, parent: makeVersion(1).version })
const served = makeVersion(2, {
  ...{ tier: 'hourly', version: 'hourly-2026010703-00000001', ...fields },
  ...{ parent: base.version, base: base.version },
})
const found: VersionRow = {
  ...served,
  ...{ version: 'hourly-2026010704-00000002', parent: served.version },
  ...{ status: 'started', fence: 7 },
}
const canary = { sequence: 9, version: 'daily-20260108-00000009', share: 0.2, seed: 1, sinceMs: 1 }

/** `before` dailies; the last is the base of the hourly that is served, as the release after it. */
async function makeWorld(before = 2) {
  const world = await makeReleases(before)
  const { registry } = world
  if (before < 2) await register(world, base)
  await register(world, served)
  await registry.register(found)
  const sequence = before + 1
  await registry.prepare(releaseOf(sequence, served, base))
  const lease = { owner: 'run', untilMs: 99_999 }
  const flipped = { sequence, lastSequence: 9, version: served.version, fence: 7, lease, canary }
  await registry.change(currentRow(flipped), 1)
  return world
}
type World = Awaited<ReturnType<typeof makeWorld>>
const carryOut = ({ table }: World, wrap: Wrap = (port) => port) =>
  withdraw(openRegistry(wrap(table), 'feed'), found.version, why, 9000)
const rowsOf = ({ table }: World, prefix = '') => table.query(scenePk('feed'), prefix)
const decisionsOf = async ({ registry }: World, kind: string) =>
  (await registry.decisions()).filter((decision) => decision.kind === kind)
const statusOf = async ({ registry }: World, ...rows: VersionRow[]) =>
  Promise.all(rows.map(async ({ version }) => (await registry.version(version))!.status))

describe('A withdrawal of served versions', () => {
  test('A withdrawal serves the previous release with another base, and is recorded', async () => {
    const world = await makeWorld()
    const first = makeVersion(1)
    expect(await carryOut(world)).toMatchObject({ version: first.version, sequence: 1 })
    expect(await world.registry.current()).toMatchObject({
      ...{ sequence: 1, version: first.version, lastSequence: 9, lease: null },
      canary,
    })
    expect(await decisionsOf(world, 'rollback')).toMatchObject([
      {
        ...{ version: first.version, from: 3, to: 1 },
        reason: `withdrawn: ${why}`,
        evidence: { gate: 'served-constant', withdrawn: served.version },
      },
    ])
    expect(await statusOf(world, first, base, served, found)).toEqual([
      'accepted',
      'refused',
      'refused',
      'refused',
    ])
  })

  test('A withdrawal without an earlier release serves nothing until the next', async () => {
    const world = await makeWorld(1)
    const { registry } = world
    const first = (await registry.version(makeVersion(1).version))!
    await registry.settle({ ...first, status: 'refused' }, 'accepted')
    expect(await carryOut(world)).toMatchObject({ sequence: null })
    expect(await registry.current()).toMatchObject({
      ...{ sequence: 2, version: null, lastSequence: 9, canary: null, lease: null },
    })
    expect(await decisionsOf(world, 'withdrawal')).toMatchObject([
      { version: served.version, from: 2, to: null },
    ])
    const next = await register(world, makeVersion(4, { ...fields, tier: 'full' }))
    await releaseVersion(releasePorts(world), makeScene(), next.version, 2_000_000)
    expect(await registry.current()).toMatchObject({ sequence: 10, version: next.version })
  })

  test('A withdrawal killed at any call ends correctly after a retry', async () => {
    for (const before of [1, 2]) {
      const calm = await makeWorld(before)
      await carryOut(calm)
      const expected = await rowsOf(calm)
      const calls = await retryAfterEveryKill(
        () => makeWorld(before),
        carryOut,
        (world) => rowsOf(world),
        (state, n) => expect(state, `killed at call ${n}`).toEqual(expected),
      )
      expect(calls).toBeGreaterThan(10)
    }
  })

  test('A withdrawal whose lease was taken changes nothing that is served', async () => {
    const world = await makeWorld()
    const now = (await world.registry.current())!
    await world.registry.change({ ...now, fence: 8, lease: { owner: 'b', untilMs: 99_999 } }, 7)
    await expect(carryOut(world)).rejects.toThrow(/another writer changed CURRENT first/)
    expect(await world.registry.current()).toMatchObject({ sequence: 3, fence: 8 })
    expect(await statusOf(world, base, served, found)).toEqual(['accepted', 'accepted', 'started'])
  })

  test('A withdrawal by a daily takes its own lease', async () => {
    const world = await makeReleases(2)
    const daily = await register(
      world,
      makeVersion(3, { parent: base.version, status: 'started', modelKey: 'model' }),
    )
    await withdraw(world.registry, daily.version, why, 9000)
    expect(await world.registry.current()).toMatchObject({ sequence: 1, lease: null })
    expect(await statusOf(world, base, daily)).toEqual(['refused', 'refused'])
  })
})
