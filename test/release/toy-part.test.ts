import { describe, expect, test } from 'vitest'
import { versionEvaluationKey, versionPrefix } from '../../functions/contract/keys.ts'
import type { Part } from '../../functions/contract/part.ts'
import {
  CURRENT_SK,
  releaseSk,
  scenePk,
  type VersionRow,
} from '../../functions/contract/registry.ts'
import { FOLDED_SK, foldedPk } from '../../functions/contract/values.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { openReader } from '../../functions/reader/reader.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { collectReleases } from '../../functions/release/collect.ts'
import { fallBack } from '../../functions/release/fall-back.ts'
import { PARTS } from '../../functions/release/parts/list.ts'
import type { ReleasePart } from '../../functions/release/parts/part.ts'
import { promote } from '../../functions/release/promote.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { rollBack } from '../../functions/release/rollback.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { atDay, filledTable, releasePorts, versionPorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'
import { biasModel } from '../reader/served-releases.ts'

const { hourly: _hourly, ...withoutHourly } = makeScene().tiers
const scene = makeScene({ tiers: withoutHourly })

/** A list of things to recall and a file of its own beside it: two objects a version. */
const listKey = (version: string) => `${versionPrefix('feed', version)}recall/list.txt`
const noteKey = (version: string) => `${versionPrefix('feed', version)}recall/note.txt`
const toy: ReleasePart<{ models: ObjectStore }> = {
  name: 'recall',
  async publish({ models }, { version: { version, dataThroughMs }, last }) {
    const text = `${version} after ${last?.generation ?? 'nothing'}`
    await models.put(noteKey(version), 'a note')
    await models.put(listKey(version), text)
    return {
      ...{ key: listKey(version), sha256: sha256Hex(text), kind: 'toy', generation: version },
      ...{ base: null, throughMs: dataThroughMs },
    }
  },
  async verify({ models }, { key, sha256 }) {
    if (sha256Hex(await models.get(key)) !== sha256) throw new CorruptArtifact(`${key}: changed`)
  },
  objects: ({ key, generation }: Part) => [key, noteKey(generation)],
}
const parts = [...PARTS, toy]

const day = (n: number) =>
  makeVersion(n, { version: `v${n}`, modelSha256: sha256Hex(biasModel(n)) })
const toysIn = (world: World): string[] =>
  [...world.models.contents.keys()].filter((key) => key.includes('/recall/')).sort()
const toysOf = (...days: number[]): string[] =>
  days.flatMap((n) => [listKey(`v${n}`), noteKey(`v${n}`)])

async function makeWorld(versions: readonly VersionRow[] = [1, 2, 3, 4, 5, 6].map(day)) {
  const world = {
    models: memoryObjects('models'),
    table: memoryTable('registry'),
    lake: memoryObjects('lake'),
    online: filledTable(scene),
  }
  const registry = openRegistry(world.table, 'feed')
  for (const [i, row] of versions.entries()) {
    await registry.register(row)
    world.models.drop(row.modelKey!, biasModel(i + 1))
  }
  return { ...world, registry }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const asItIs: Wrap = (port) => port
const release = (world: World, n: number, wrap = asItIs, listed = parts) =>
  releaseVersion({ ...releasePorts(world, wrap, scene), parts: listed }, scene, `v${n}`, atDay(n))
async function released(through: number): Promise<World> {
  const world = await makeWorld()
  for (let n = 1; n <= through; n++) await release(world, n)
  return world
}
const partsServed = async ({ registry }: World) =>
  (await registry.release((await registry.current())!.sequence))!.parts
const generations = async (world: World) =>
  Object.entries(await partsServed(world)).map(([name, { generation }]) => [name, generation])
const collect = (world: World) =>
  collectReleases({ models: world.models, registry: world.registry, parts }, 'feed', atDay(20))

describe('toy part', () => {
  test('A flip serves a toy part that was published beside the others', async () => {
    const world = await released(2)
    const { recall, model, values } = await partsServed(world)
    expect([model!.generation, values!.throughMs]).toEqual(['v2', DAY0_MS])
    expect(recall).toEqual({
      ...{ key: listKey('v2'), sha256: sha256Hex('v2 after v1'), kind: 'toy' },
      ...{ generation: 'v2', base: null, throughMs: day(2).dataThroughMs },
    })
  })

  test('A toy part with changed content stops the release', async () => {
    const world = await released(1)
    const spoiled: typeof toy = {
      ...toy,
      async publish(stores, request) {
        const part = await toy.publish(stores, request)
        await stores.models.put(part!.key, 'changed')
        return part
      },
    }
    const listed = [...PARTS, spoiled]
    await expect(release(world, 2, asItIs, listed)).rejects.toThrow(CorruptArtifact)
    expect(await world.registry.current()).toMatchObject({ sequence: 1, version: 'v1' })
    expect(await world.registry.releases()).toHaveLength(1)
  })

  test('A release of three parts survives a kill at any call', async () => {
    const calm = await released(2)
    const stateOf = async ({ table, models }: World) => [
      await table.query(scenePk('feed'), ''),
      [...models.contents.keys()].sort(),
    ]
    const expected = await stateOf(calm)
    const calls = await retryAfterEveryKill(
      () => released(1),
      (world, wrap) => release(world, 2, wrap),
      stateOf,
      (found, n) => expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(15)
  })

  test('A rollback serves the toy part of the earlier release', async () => {
    const world = await released(3)
    await rollBack(world.registry, { reason: 'test', timeMs: atDay(4) })
    expect(await generations(world)).toContainEqual(['recall', 'v2'])
  })

  test('A promotion carries a toy part that it does not know', async () => {
    const world = await released(2)
    const request = { reason: 'test', timeMs: atDay(4), version: 'v3' }
    await promote(versionPorts(world), request)
    expect(await generations(world)).toContainEqual(['model', 'v3'])
    expect(await generations(world)).toContainEqual(['recall', 'v2'])
  })

  test('A fall back carries a toy part that it does not know', async () => {
    const [base, grown] = [day(1), { ...day(2), tier: 'hourly' as const, base: 'v1', parent: 'v1' }]
    const found = { ...day(3), tier: 'hourly' as const, base: 'v1', status: 'started' as const }
    const world = await makeWorld([base, grown])
    await release(world, 1)
    await world.registry.settle({ ...grown, fence: 1 }, 'accepted')
    await release(world, 2)
    await world.registry.register({ ...found, fence: 2 })
    await fallBack(versionPorts(world), 'v3', 'worse', atDay(4))
    expect(await generations(world)).toEqual([
      ['model', 'v1'],
      ['values', expect.any(String)],
      ['recall', 'v2'],
    ])
  })

  test('A collection deletes every object of toy parts that no release needs', async () => {
    const world = await released(6)
    const told = versionEvaluationKey('feed', 'v1')
    world.models.drop(told, 'x')
    expect(await collect(world)).toMatchObject({ objects: 9 })
    expect(toysIn(world)).toEqual(toysOf(4, 5, 6))
    expect(world.models.contents.has(told)).toBe(true)
    expect(await collect(world)).toMatchObject({ objects: 0 })
    await expect(
      rollBack(world.registry, { reason: 'test', timeMs: atDay(21), to: 2 }),
    ).rejects.toThrow(/release 2 was collected/)
  })

  test('A collection keeps a toy part that a later release carries', async () => {
    const world = await released(1)
    for (let n = 2; n <= 6; n++) {
      const request = { reason: 'test', timeMs: atDay(n), version: `v${n}` }
      await promote(versionPorts(world), request)
    }
    await collect(world)
    expect(toysIn(world)).toEqual(toysOf(1))
  })

  test('A collection leaves toy parts alone that it does not know', async () => {
    const world = await released(6)
    const ports = { models: world.models, registry: world.registry, parts: PARTS }
    expect(await collectReleases(ports, 'feed', atDay(20))).toMatchObject({ objects: 3 })
    expect(toysIn(world)).toEqual(toysOf(1, 2, 3, 4, 5, 6))
  })

  test('A reader ignores a toy part that it does not know', async () => {
    const world = await released(2)
    const faults: unknown[] = []
    const reader = await openReader({
      ...{ scene: 'feed', models: world.models, registry: world.table, online: world.online },
      identify: (user) => user,
      onFault: (fault) => faults.push(fault),
    })
    const slate = { user: 'u', timeMs: atDay(3), items: [{ item: 'i1' }] }
    expect(await reader.scoreSlate(slate)).toMatchObject({ release: 'v2', sequence: 2 })
    expect(faults).toEqual([])
    expect(await world.table.get(scenePk('feed'), CURRENT_SK)).toMatchObject({ sequence: 2 })
    expect(await world.table.get(scenePk('feed'), releaseSk(2))).toMatchObject({
      parts: { recall: { kind: 'toy' } },
    })
    reader.close()
  })
})

describe('online values part', () => {
  test('A release waits until the rows hold every feature', async () => {
    const world = await released(1)
    const row = await world.online.get(foldedPk('feed'), FOLDED_SK)
    const [first, ...others] = row!['series'] as { keepHours: number }[]
    const shorter = { ...first!, keepHours: first!.keepHours - 1 }
    for (const series of [others, [shorter, ...others]]) {
      await world.online.put(foldedPk('feed'), FOLDED_SK, { ...row, series })
      await expect(release(world, 2)).rejects.toThrow(/the rows hold closed hours .* waits for/)
      expect(await world.registry.current()).toMatchObject({ sequence: 1 })
    }
    await world.online.put(foldedPk('feed'), FOLDED_SK, row!)
    expect(await release(world, 2)).toMatchObject({ sequence: 2 })
  })
})
