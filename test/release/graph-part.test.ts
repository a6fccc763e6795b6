import { describe, expect, test } from 'vitest'
import {
  entityPk,
  graphLinksKey,
  graphManifestKey,
  graphNamesKey,
} from '../../functions/contract/claim-keys.ts'
import { graphSchema } from '../../functions/contract/graph.ts'
import { entitySk, graphPk, graphStateSk } from '../../functions/contract/graph-rows.ts'
import { GRAPH_PART } from '../../functions/contract/part.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { CorruptArtifact, ObjectMissing } from '../../functions/core/errors.ts'
import { graphList } from '../../functions/graph/definition.ts'
import { foldGraph } from '../../functions/graph/fold-graph.ts'
import { retireGraphs } from '../../functions/graph/retire.ts'
import { loadGenerations, releasedGenerations } from '../../functions/registry/generations.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { graph as graphPart } from '../../functions/release/parts/graph.ts'
import { partsOfScene } from '../../functions/release/parts/list.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { rollBack } from '../../functions/release/rollback.ts'
import { atHour, dropItems, SHOP_GRAPH, shopItem, shopItems } from '../make/graph-world.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { atDay, filledTable, releasePorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'
import { biasModel } from '../reader/served-releases.ts'

const { hourly: _hourly, ...withoutHourly } = makeScene().tiers
const scene = makeScene({ tiers: withoutHourly, graph: graphSchema.parse(SHOP_GRAPH) })
const WEEK = 7 * 24

async function makeWorld() {
  const table = memoryTable('registry')
  const world = {
    ...{ table, lake: memoryObjects('lake'), models: memoryObjects('models') },
    ...{ online: filledTable(scene), scene, rows: new Map() },
  }
  const registry = openRegistry(table, 'feed')
  for (const n of [1, 2, 3, 4]) {
    const row = makeVersion(n, { version: `v${n}`, modelSha256: sha256Hex(biasModel(n)) })
    await registry.register(row)
    world.models.drop(row.modelKey!, biasModel(n))
  }
  await dropItems(world, 0, shopItems([0, 1, 2, 3]))
  return { ...world, registry }
}
type World = Awaited<ReturnType<typeof makeWorld>>

/** Folds at an hour, as the stage does, and retires what no release names. */
async function fold(world: World, hour: number): Promise<string> {
  const released = await releasedGenerations(world.registry, GRAPH_PART)
  const ports = { ...world, codeDigest: 'code', model: null }
  const { generation } = await foldGraph(ports, atHour(hour), released)
  const { generations } = await loadGenerations(world.online, graphList('feed'))
  await retireGraphs({ ...world, scene: 'feed' }, generations)
  return generation!
}
const release = (world: World, n: number) =>
  releaseVersion(
    { ...releasePorts(world, (port) => port, scene), parts: partsOfScene(scene) },
    ...([scene, `v${n}`, atDay(n)] as const),
  )
const served = async ({ registry }: World) => {
  const { parts } = (await registry.release((await registry.current())!.sequence))!
  return parts[GRAPH_PART] ?? null
}
const rowIn = ({ online }: World, generation: string, id: string) =>
  online.get(entityPk('feed', id), entitySk(generation))

describe('the part of a graph', () => {
  test('A release before any graph is without it', async () => {
    const world = await makeWorld()
    await release(world, 1)
    expect(await served(world)).toBeNull()
  })

  test('A release names the manifest of the newest accepted graph', async () => {
    const world = await makeWorld()
    const generation = await fold(world, 0)
    await release(world, 1)
    const part = (await served(world))!
    const key = graphManifestKey('feed', generation)
    expect(part).toMatchObject({ key, generation, throughMs: atHour(0) })
    expect(part.sha256).toBe(sha256Hex(await world.models.get(key)))
    for (const object of graphPart.objects(part))
      expect(await world.models.find(object)).not.toBeNull()
  })

  test('A rollback finds the rows of the graph before, up to date', async () => {
    const world = await makeWorld()
    const first = await fold(world, 0)
    await release(world, 1)
    const second = await fold(world, WEEK)
    await release(world, 2)
    expect((await served(world))!.generation).toBe(second)
    await dropItems(world, WEEK + 1, [shopItem(9, { brand: 'Novel' })])
    await fold(world, WEEK + 1)
    await rollBack(world.registry, { reason: 'test', timeMs: atDay(9) })
    expect((await served(world))!.generation).toBe(first)
    for (const generation of [first, second])
      expect(await rowIn(world, generation, 'brand:novel')).toMatchObject({ name: 'Novel' })
  })

  test('A graph that no release needs is deleted with its rows', async () => {
    const world = await makeWorld()
    const generations: string[] = []
    for (const week of [0, 1, 2, 3, 4]) generations.push(await fold(world, week * WEEK))
    const [oldest, , , , newest] = generations as [string, string, string, string, string]
    expect(await rowIn(world, oldest, 'brand:acme')).toBeNull()
    expect(await world.online.get(graphPk('feed'), graphStateSk(oldest))).toBeNull()
    expect(await world.models.list(`graph/feed/${oldest}/`)).toEqual([])
    expect(await rowIn(world, newest, 'brand:acme')).not.toBeNull()
    expect(await rowIn(world, generations[2]!, 'brand:acme')).not.toBeNull()
  })

  test('A graph that a kept release names stays', async () => {
    const world = await makeWorld()
    const first = await fold(world, 0)
    await release(world, 1)
    for (const week of [1, 2, 3, 4]) await fold(world, week * WEEK)
    expect(await rowIn(world, first, 'brand:acme')).not.toBeNull()
  })

  test('A deletion that is stopped is continued by the next call', async () => {
    const world = await makeWorld()
    await dropItems(world, 0, shopItems([4, 5, 6, 7, 8]))
    const first = await fold(world, 0)
    const kept = [{ generation: `01234567-${atHour(WEEK)}`, fenceMs: atHour(WEEK) }].map((one) => ({
      ...one,
      ...({ status: 'accepted', reason: '' } as const),
    }))
    const ports = { ...world, scene: 'feed' }
    const stopped = await retireGraphs(ports, kept, 1)
    expect(stopped.isWhole).toBe(false)
    while (!(await retireGraphs(ports, kept, 1)).isWhole);
    expect(await world.models.list(`graph/feed/${first}/`)).toEqual([])
    for (const id of ['brand:acme', 'item:i8', 'category:kitchen'])
      expect(await rowIn(world, first, id)).toBeNull()
  })

  test.each([
    ['its manifest', graphManifestKey],
    ['its names', graphNamesKey],
    ['its links', graphLinksKey],
  ])('A graph with changed bytes of %s stops the release', async (_what, keyOf) => {
    const world = await makeWorld()
    const generation = await fold(world, 0)
    await world.models.put(keyOf('feed', generation), '{"scene":"changed"}')
    if (keyOf === graphManifestKey) {
      // What is published is the manifest as it is, so a change after that is found.
      const parts = { models: world.models, online: world.online, scene }
      const part = { key: graphManifestKey('feed', generation), sha256: 'other' }
      await expect(graphPart.verify(parts, part as never)).rejects.toThrow(CorruptArtifact)
      return
    }
    await expect(release(world, 1)).rejects.toThrow(CorruptArtifact)
    expect(await world.registry.current()).toBeNull()
  })

  test('A graph without its state stops the release', async () => {
    const world = await makeWorld()
    const generation = await fold(world, 0)
    await world.online.deleteAll([{ pk: graphPk('feed'), sk: graphStateSk(generation) }])
    await expect(release(world, 1)).rejects.toThrow(ObjectMissing)
    expect(await world.registry.current()).toBeNull()
  })
})
