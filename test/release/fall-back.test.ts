import { describe, expect, test } from 'vitest'
import { DECISION_SK, RELEASE_SK, scenePk } from '../../functions/contract/registry.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { CorruptArtifact, InvalidInput } from '../../functions/core/errors.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { fallBack } from '../../functions/release/fall-back.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { MODEL, releaseOf, versionPorts } from '../make/releases.ts'

const base = makeVersion(1, { modelSha256: sha256Hex(MODEL) })
const served = makeVersion(1, {
  tier: 'hourly',
  version: 'hourly-2026010603-00000001',
  parent: base.version,
  base: base.version,
})
const found = { ...served, version: 'hourly-2026010604-00000002', parent: served.version }
const why = 'significantly worse than its base'

/** A chain on a base, its first increment served as release 3; the next has found it wanting. */
async function makeWorld() {
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  const models = memoryObjects('models')
  models.drop(base.modelKey!, MODEL)
  for (const row of [base, served, { ...found, status: 'started' as const, fence: 7 }])
    await registry.register(row)
  await registry.prepare(releaseOf(3, { ...served, closedThroughMs: 5000 }, base))
  await registry.change(
    currentRow({
      sequence: 3,
      lastSequence: 4,
      version: served.version,
      fence: 7,
      lease: { owner: 'run', untilMs: 99_999 },
    }),
    null,
  )
  return { table, registry, models }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const fall = (world: World, wrap: Wrap = (port) => port) =>
  fallBack(versionPorts(world, wrap), found.version, why, 9000)
const rowsOf = ({ table }: World, prefix = '') => table.query(scenePk('feed'), prefix)

describe('Falling back', () => {
  test('A fallback serves the base with online counts and rests its chain', async () => {
    const world = await makeWorld()
    expect(await fall(world)).toEqual({
      version: base.version,
      sequence: 5,
      reason: why,
      next: 'done',
      arm: 'served',
    })
    expect(await world.registry.current()).toMatchObject({
      sequence: 5,
      lastSequence: 5,
      version: base.version,
      lease: null,
      canary: null,
    })
    expect(await world.registry.release(5)).toMatchObject({
      version: base.version,
      parts: {
        model: { generation: base.version, sha256: base.modelSha256, base: null },
        values: { generation: 'generation', throughMs: 5000 },
      },
    })
    expect(await world.registry.holds()).toEqual([
      { subject: base.version, isHeld: true, sinceMs: 9000, reason: why },
    ])
    expect(await world.registry.version(found.version)).toMatchObject({
      status: 'refused',
      reason: why,
    })
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([
      { kind: 'rollback', version: base.version, from: 3, to: 5, reason: why },
    ])
  })

  test('A fallback killed at any call gives one release after a retry', async () => {
    const calm = await makeWorld()
    await fall(calm)
    const expected = await rowsOf(calm)
    const calls = await retryAfterEveryKill(makeWorld, fall, rowsOf, (state, n) =>
      expect(state, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(8)
    expect(await rowsOf(calm, RELEASE_SK)).toHaveLength(2)
  })

  test('A fallback whose lease was taken changes nothing that is served', async () => {
    const world = await makeWorld()
    const now = (await world.registry.current())!
    await world.registry.change({ ...now, fence: 8, lease: { owner: 'b', untilMs: 99_999 } }, 7)
    await expect(fall(world)).rejects.toThrow(/another writer changed CURRENT first/)
    expect(await world.registry.current()).toMatchObject({ sequence: 3, fence: 8 })
  })

  test('A fall back to a changed base model is refused', async () => {
    const world = await makeWorld()
    world.models.drop(base.modelKey!, 'changed')
    await expect(fall(world)).rejects.toThrow(CorruptArtifact)
    expect(await world.registry.current()).toMatchObject({ sequence: 3, fence: 7 })
  })

  test('A fallback of a version without a base is refused', async () => {
    const world = await makeWorld()
    const ports = versionPorts(world)
    await expect(fallBack(ports, base.version, why, 1)).rejects.toThrow(InvalidInput)
    await expect(fallBack(ports, 'unknown', why, 1)).rejects.toThrow(
      /unknown has no base that could be served/,
    )
  })
})
