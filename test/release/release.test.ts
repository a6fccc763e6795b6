import { describe, expect, test } from 'vitest'
import { DECISION_SK, RELEASE_SK, scenePk } from '../../functions/contract/registry.ts'
import { MINUTE_MS } from '../../functions/contract/time.ts'
import { digestOf, sha256Hex } from '../../functions/core/digest.ts'
import { CorruptArtifact, InvalidInput } from '../../functions/core/errors.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { promote } from '../../functions/release/promote.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { rollBack } from '../../functions/release/rollback.ts'
import { overtakenAtEveryCall, retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { filledTable, partsOf, releasePorts, versionPorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

const { hourly: _hourly, ...withoutHourly } = makeScene().tiers
const daily = makeScene({ tiers: withoutHourly })
const body = 'the model'
const versions = [1, 2, 3].map((day) => makeVersion(day, { modelSha256: sha256Hex(body) }))
const [first, second, third] = versions as [
  (typeof versions)[0],
  (typeof versions)[0],
  (typeof versions)[0],
]

/** Versions with their models, and an online table with all values. */
async function makeWorld() {
  const [models, lake] = [memoryObjects('models'), memoryObjects('lake')]
  const [table, online] = [memoryTable(), filledTable(daily)]
  const registry = openRegistry(table, 'feed')
  for (const row of versions) {
    await registry.register(row)
    models.drop(row.modelKey!, body)
  }
  return { models, lake, table, online, registry }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const release = (world: World, version: string, timeMs = 1000, wrap: Wrap = (port) => port) =>
  releaseVersion(releasePorts(world, wrap, daily), daily, version, timeMs)
const rowsOf = (world: World, prefix: string) => world.table.query(scenePk('feed'), prefix)

describe('A release', () => {
  test('A release is prepared fully, then flipped to with its reason', async () => {
    const world = await makeWorld()
    expect(await release(world, first.version)).toMatchObject({ sequence: 1 })
    expect(await world.registry.current()).toEqual(
      currentRow({ version: first.version, flippedMs: 1000 }),
    )
    expect(await world.registry.release(1)).toMatchObject({
      version: first.version,
      parts: {
        model: { key: first.modelKey, sha256: sha256Hex(body), generation: first.version },
        values: { sha256: null, generation: digestOf(daily.features) },
      },
    })
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([
      { kind: 'flip', from: null, to: 1, reason: 'every gate passed' },
    ])
    await release(world, second.version, 2000)
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([
      { to: 1 },
      { kind: 'flip', from: 1, to: 2 },
    ])
  })

  test('A release killed at any call gives one flip after a retry', async () => {
    const makeSecond = async () => {
      const world = await makeWorld()
      await release(world, first.version)
      return world
    }
    const stateOf = (world: World) => rowsOf(world, '')
    const calm = await makeSecond()
    await release(calm, second.version, 2000)
    const expected = await stateOf(calm)
    const calls = await retryAfterEveryKill(
      makeSecond,
      (world, wrap) => release(world, second.version, 2000, wrap),
      stateOf,
      (found, n) => expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(12)
  })

  describe('An overtaken writer', () => {
    const leaseMs = 21 * MINUTE_MS
    type Writer = (world: World, wrap: Wrap) => Promise<unknown>
    const writers: Record<string, Writer> = {
      'a release': (world, wrap) => release(world, second.version, 2000, wrap),
      // Its lease begins when the first one's has run out; that one may still be at work.
      'a later release': (world, wrap) => release(world, third.version, 2000 + leaseMs, wrap),
      'a promotion': (world, wrap) =>
        promote(versionPorts(world, wrap), {
          ...{ version: second.version, timeMs: 3000, reason: 'now' },
        }),
    }
    const pairs = Object.keys(writers).flatMap((slow) =>
      Object.keys(writers).flatMap((fast) => (slow === fast ? [] : [[slow, fast] as const])),
    )

    test.each(pairs)(
      'An overtaken writer leaves CURRENT and its row alone: %s by %s',
      async (slow, fast) => {
        const calls = await overtakenAtEveryCall(
          async () => {
            const world = await makeWorld()
            await release(world, first.version)
            return world
          },
          writers[slow]!,
          (world) => writers[fast]!(world, (port) => port),
          async (world, n) => {
            const current = (await world.registry.current())!
            const named = await world.registry.release(current.sequence)
            expect(named!.version, `overtaken at call ${n}`).toBe(current.version)
            const row = (await world.registry.version(named!.version))!
            expect(named!.parts, `overtaken at call ${n}`).toEqual({
              model: partsOf(row)['model'],
              values: expect.objectContaining({ generation: digestOf(daily.features) }),
            })
          },
        )
        expect(calls).toBeGreaterThan(5)
      },
    )
  })

  test('A release delivered twice at once is recorded as one flip', async () => {
    const hourly = makeVersion(4, { tier: 'hourly', fence: 7, modelSha256: sha256Hex(body) })
    const deliver = (world: World, wrap: Wrap) => release(world, hourly.version, 2000, wrap)
    const calls = await overtakenAtEveryCall(
      async () => {
        const world = await makeWorld()
        await release(world, first.version)
        await world.registry.register(hourly)
        world.models.drop(hourly.modelKey!, body)
        const current = (await world.registry.current())!
        const lease = { owner: hourly.version, untilMs: 3000 }
        await world.registry.change({ ...current, fence: 7, lease }, current.fence)
        return world
      },
      deliver,
      (world) => deliver(world, (port) => port),
      async (world, n) => {
        const decisions = await rowsOf(world, DECISION_SK)
        expect(decisions, `overtaken at call ${n}`).toMatchObject([
          { kind: 'flip', to: 1 },
          { kind: 'flip', from: 1, to: 2 },
        ])
      },
    )
    expect(calls).toBeGreaterThan(5)
  })

  test('A release of a version with less data than served is skipped', async () => {
    const world = await makeWorld()
    await release(world, second.version)
    expect(await release(world, first.version, 2000)).toMatchObject({
      sequence: null,
      reason: expect.stringMatching(/accepted, not released/),
    })
    expect((await world.registry.current())!.version).toBe(second.version)
    expect(await rowsOf(world, RELEASE_SK)).toHaveLength(1)
  })

  test('A release of changed bytes or an unaccepted version is refused', async () => {
    const world = await makeWorld()
    world.models.drop(first.modelKey!, 'changed')
    await expect(release(world, first.version)).rejects.toThrow(CorruptArtifact)
    await world.registry.settle({ ...second, status: 'refused' }, 'accepted')
    await expect(release(world, second.version)).rejects.toThrow(InvalidInput)
    expect(await world.registry.current()).toBeNull()
  })

  test('A release throws after another flip and decides again on retry', async () => {
    const world = await makeWorld()
    await release(world, first.version)
    const meanwhile = { ...world.table, putIfUnchanged: async () => false }
    await expect(release({ ...world, table: meanwhile }, second.version, 2000)).rejects.toThrow(
      /another writer/,
    )
    await release(world, third.version, 3000)
    expect(await release(world, second.version, 2000)).toMatchObject({ sequence: null })
  })
})

describe('A rollback', () => {
  const threeReleases = async () => {
    const world = await makeWorld()
    for (const [i, row] of versions.entries()) await release(world, row.version, 1000 * (i + 1))
    return world
  }
  const ask = (world: World, to?: number, timeMs = 9000) =>
    rollBack(world.registry, { reason: 'clicks fell', timeMs, to })

  test('A rollback serves the previous release and refuses the current version', async () => {
    const world = await threeReleases()
    expect(await ask(world)).toEqual({ from: 3, to: 2, version: second.version })
    expect(await world.registry.current()).toMatchObject({
      sequence: 2,
      version: second.version,
      flippedMs: 9000,
      lastSequence: 3,
      lease: null,
    })
    expect(await world.registry.version(third.version)).toMatchObject({
      status: 'refused',
      reason: 'rolled back: clicks fell',
    })
  })

  test('A rollback goes to the release that is named', async () => {
    const world = await threeReleases()
    expect(await ask(world, 1)).toMatchObject({ to: 1 })
    await expect(ask(await threeReleases(), 7)).rejects.toThrow(
      /no release 7 before 3 to roll back to: releases that can be served again: 1, 2/,
    )
  })

  test('A rollback requested twice happens once', async () => {
    const world = await threeReleases()
    await ask(world)
    await ask(world)
    expect((await world.registry.current())!.sequence).toBe(2)
    expect(
      (await rowsOf(world, DECISION_SK)).filter((row) => row['kind'] === 'rollback'),
    ).toHaveLength(1)
  })

  test('A rollback has no target before the second release', async () => {
    const world = await makeWorld()
    await expect(ask(world)).rejects.toThrow(/nothing is served yet/)
    await release(world, first.version)
    await expect(ask(world)).rejects.toThrow(
      /no release before \d+ to roll back to: releases that can be served again: none/,
    )
  })

  test('A release after a rollback never reuses a sequence number', async () => {
    const world = await threeReleases()
    await ask(world)
    const fourth = makeVersion(4, { modelSha256: sha256Hex(body) })
    await world.registry.register(fourth)
    world.models.drop(fourth.modelKey!, body)
    expect(await release(world, fourth.version, 10_000)).toMatchObject({ sequence: 4 })
  })
})
