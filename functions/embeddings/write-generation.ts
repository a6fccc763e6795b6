import type { SpaceManifest } from '../contract/embedding-manifest.ts'
import {
  spaceComparisonKey,
  spaceKey,
  spaceManifestKey,
  spaceUsersKey,
  vectorIndexKey,
} from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import type { SpaceKind, VectorTable } from '../contract/space.ts'
import type { SpaceComparison } from '../contract/space-comparison.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { encodeSpace, type SpaceExtras } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import type { BuiltSpace } from './build-generation.ts'
import { meaningOf } from './generations.ts'
import type { Graph } from './graph/graph.ts'
import { type PublishedEntities, publishGeneration } from './publish.ts'

export interface WritePorts {
  models: Pick<ObjectStore, 'put'>
  online: Pick<TableStore, 'putAll'>
}

const JSON_TYPE = 'application/json'

/** What the gate found, of an accepted and of a refused generation alike. */
export async function writeComparison(
  models: Pick<ObjectStore, 'put'>,
  comparison: SpaceComparison,
): Promise<void> {
  const { scene, generation } = comparison
  await models.put(spaceComparisonKey(scene, generation), canonicalJson(comparison), JSON_TYPE)
}

/** Writes all objects and returns those that never change, with their digests. */
async function writeObjects(
  models: Pick<ObjectStore, 'put'>,
  { header, tables, extras, indexBytes }: BuiltSpace,
): Promise<SpaceManifest['files']> {
  const { scene, generation } = header
  const put = async (key: string, bytes: Uint8Array) => {
    await models.put(key, bytes)
    return { key, sha256: sha256Hex(bytes), bytes: bytes.byteLength }
  }
  const encode = (kind: SpaceKind, table: VectorTable, own: SpaceExtras = {}): Uint8Array =>
    encodeSpace({ ...header, kind }, table, own)
  const { items, users, documents } = tables
  await put(spaceUsersKey(scene, generation), encode('users', users))
  return {
    items: await put(spaceKey(scene, generation, 'items'), encode('items', items, extras)),
    documents:
      documents &&
      (await put(spaceKey(scene, generation, 'documents'), encode('documents', documents))),
    in: await put(vectorIndexKey(scene, generation, 'in'), indexBytes.in),
    out: await put(vectorIndexKey(scene, generation, 'out'), indexBytes.out),
  }
}

const countsOf = (
  { tables: { items, users, documents } }: BuiltSpace,
  graph: Graph,
): SpaceManifest['counts'] => ({
  ...{ items: items.ids.length, users: users.ids.length, documents: documents?.ids.length ?? 0 },
  ...{ nodes: graph.ids.length, edges: graph.targets.length / 2 },
})

/**
 * Writes an accepted generation: its objects, its rows, and last its manifest. Nobody reads it before its state says
 * that it is accepted. A repeat writes the same. Returns the number of rows.
 */
export async function writeGeneration(
  { models, online }: WritePorts,
  scene: Scene,
  built: BuiltSpace,
  graph: Graph,
): Promise<number> {
  const { header, tables, lists, chosen } = built
  const { generation, dataFromMs, dataThroughMs, alignedTo, popularityWeight } = header
  const name = { scene: scene.scene, generation }
  const files = await writeObjects(models, built)
  const entities: PublishedEntities[] = [
    { kind: 'item', table: tables.items, lists: lists.items, closedThroughMs: dataThroughMs },
    { kind: 'user', table: tables.users, lists: lists.users, closedThroughMs: dataThroughMs },
  ]
  const rows = await publishGeneration(online, name, entities, lists.named, dataThroughMs)
  const manifest: SpaceManifest = {
    ...{ ...name, meaning: meaningOf(scene), dataFromMs, dataThroughMs },
    ...{ closedThroughMs: dataThroughMs, alignedTo, popularityWeight },
    chosen: { users: chosen.users.chosen.name, items: chosen.items.chosen.name },
    ...{ counts: countsOf(built, graph), files },
  }
  await models.put(spaceManifestKey(scene.scene, generation), canonicalJson(manifest), JSON_TYPE)
  return rows
}
