import { describe, expect, test } from 'vitest'
import { ANY_SEGMENT, popularSk, recallPk } from '../../functions/contract/embedding-rows.ts'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import { spaceKey, spaceManifestKey, vectorIndexKey } from '../../functions/contract/keys.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { CorruptArtifact, ObjectMissing } from '../../functions/core/errors.ts'
import { nameGeneration, releasedGenerations } from '../../functions/registry/generations.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { partsOfScene } from '../../functions/release/parts/list.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { rollBack } from '../../functions/release/rollback.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { atDay, filledTable, releasePorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'
import { putGeneration } from '../make/space.ts'
import { biasModel } from '../reader/served-releases.ts'

const { hourly: _hourly, ...withoutHourly } = makeScene().tiers
const scene = makeScene({ tiers: withoutHourly, embeddings: embeddingsSchema.parse({}) })
const [FIRST, SECOND] = [1000, 2000].map((fenceMs) => nameGeneration('space', fenceMs)) as [
  string,
  string,
]
const NAMES = ['space', 'vector-index', 'recall-lists']

async function makeWorld() {
  const table = memoryTable('registry')
  const world = { table, models: memoryObjects('models'), online: filledTable(scene) }
  const registry = openRegistry(table, 'feed')
  for (const n of [1, 2, 3]) {
    const row = makeVersion(n, { version: `v${n}`, modelSha256: sha256Hex(biasModel(n)) })
    await registry.register(row)
    world.models.drop(row.modelKey!, biasModel(n))
  }
  return { ...world, registry }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const release = (world: World, n: number, parts = partsOfScene(scene)) =>
  releaseVersion({ ...releasePorts(world, (port) => port, scene), parts }, scene, `v${n}`, atDay(n))
const served = async ({ registry }: World) => {
  const { parts } = (await registry.release((await registry.current())!.sequence))!
  return NAMES.map((name) => parts[name]?.generation ?? null)
}
const both = (generation: string) => [generation, generation, generation]

describe('the parts of a space', () => {
  test('A release before any space is without them', async () => {
    const world = await makeWorld()
    await release(world, 1)
    expect(await served(world)).toEqual([null, null, null])
  })

  test('The parts flip together and go back by one write', async () => {
    const world = await makeWorld()
    await putGeneration(world, FIRST, 1000)
    await release(world, 1)
    expect(await served(world)).toEqual(both(FIRST))
    await putGeneration(world, SECOND, 2000)
    expect(await served(world)).toEqual(both(FIRST))
    await release(world, 2)
    expect(await served(world)).toEqual(both(SECOND))
    await rollBack(world.registry, { reason: 'test', timeMs: atDay(3) })
    expect(await served(world)).toEqual(both(FIRST))
    const released = await releasedGenerations(world.registry, 'space')
    expect(released).toEqual({ served: FIRST, pinned: new Set([FIRST, SECOND]) })
  })

  test('A refused or unfinished space is not released', async () => {
    const world = await makeWorld()
    await putGeneration(world, FIRST, 1000)
    await putGeneration(world, SECOND, 2000, 'refused')
    await release(world, 1)
    expect(await served(world)).toEqual(both(FIRST))
  })

  test('A space that is accepted during a release is not mixed in', async () => {
    const world = await makeWorld()
    await putGeneration(world, FIRST, 1000)
    const parts = partsOfScene(scene).map((part) =>
      part.name === 'space'
        ? {
            ...part,
            publish: async (...given: Parameters<typeof part.publish>) => {
              const published = await part.publish(...given)
              await putGeneration(world, SECOND, 2000)
              return published
            },
          }
        : part,
    )
    await release(world, 1, parts)
    expect(await served(world)).toEqual(both(FIRST))
  })

  test.each([
    ['items', spaceKey('feed', FIRST, 'items')],
    ['an index', vectorIndexKey('feed', FIRST, 'out')],
    ['its manifest', spaceManifestKey('feed', FIRST)],
  ])('A space with changed bytes of %s stops the release', async (_what, key) => {
    const world = await makeWorld()
    await putGeneration(world, FIRST, 1000)
    await world.models.put(key, 'changed')
    await expect(release(world, 1)).rejects.toThrow(CorruptArtifact)
    expect(await world.registry.current()).toBeNull()
  })

  test('A space without its rows stops the release', async () => {
    const world = await makeWorld()
    await putGeneration(world, FIRST, 1000)
    const popular = { pk: recallPk('feed', FIRST), sk: popularSk(ANY_SEGMENT, '*') }
    await world.online.deleteAll([popular])
    await expect(release(world, 1)).rejects.toThrow(ObjectMissing)
    expect(await world.registry.current()).toBeNull()
  })
})
