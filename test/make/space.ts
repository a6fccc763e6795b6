import { ANY_SEGMENT, popularSk } from '../../functions/contract/embedding-rows.ts'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import type { Generation } from '../../functions/contract/generations.ts'
import {
  spaceKey,
  spaceManifestKey,
  spaceUsersKey,
  vectorIndexKey,
} from '../../functions/contract/keys.ts'
import type { SpaceKind, VectorTable } from '../../functions/contract/space.ts'
import { canonicalJson, sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { encodeSpace } from '../../functions/core/space.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { meaningOf, spaceList } from '../../functions/embeddings/generations.ts'
import { publishGeneration } from '../../functions/embeddings/publish.ts'
import { changeGenerations } from '../../functions/registry/generations.ts'
import { makeScene } from './scene.ts'

const DIMENSIONS = 8

/** A table whose numbers follow from `seed` and the place. */
export function makeTable(ids: readonly string[], seed: number, hasOut: boolean): VectorTable {
  const matrix = (shift: number) =>
    Float32Array.from({ length: ids.length * DIMENSIONS }, (_, i) => Math.sin(seed + shift + i))
  return {
    ids,
    in: matrix(0),
    out: hasOut ? matrix(0.5) : null,
    degree: Float64Array.from(ids, (_, i) => i),
    content: null,
  }
}

/** The bytes of one kind of entities of a generation. */
export const spaceBytes = (kind: SpaceKind, generation: string, table: VectorTable): Uint8Array =>
  encodeSpace(
    {
      ...{ kind, scene: 'feed', generation, dimensions: DIMENSIONS, contentDimensions: 0 },
      ...{ popularityWeight: 0.5, dataFromMs: 0, dataThroughMs: 1, alignedTo: null },
      ...{ hyperparameters: {}, codeDigest: 'code', configurationDigest: 'configuration' },
      graphDigest: 'graph',
    },
    table,
  )

/** Puts a small generation with its rows, and adds it to the list as `status`. */
export async function putGeneration(
  { models, online }: { models: ObjectStore; online: TableStore },
  generation: string,
  fenceMs: number,
  status: Generation['status'] = 'accepted',
): Promise<void> {
  const scene = makeScene({ embeddings: embeddingsSchema.parse({}) })
  const items = makeTable(['a', 'b', 'c'], fenceMs, true)
  const users = makeTable(['u', 'v'], fenceMs, false)
  const files = {
    items: [spaceKey('feed', generation, 'items'), spaceBytes('items', generation, items)],
    in: [vectorIndexKey('feed', generation, 'in'), Buffer.from(`in of ${generation}`)],
    out: [vectorIndexKey('feed', generation, 'out'), Buffer.from(`out of ${generation}`)],
  } as const
  for (const [key, bytes] of Object.values(files)) await models.put(key, bytes)
  await models.put(spaceUsersKey('feed', generation), spaceBytes('users', generation, users))
  const described = Object.entries(files).map(([name, [key, bytes]]) => [
    name,
    { key, sha256: sha256Hex(bytes), bytes: bytes.length },
  ])
  const manifest = {
    ...{ scene: 'feed', generation, meaning: meaningOf(scene), alignedTo: null },
    ...{ dataFromMs: 0, dataThroughMs: fenceMs, closedThroughMs: fenceMs, popularityWeight: 0.5 },
    chosen: { users: 'deepwalk', items: 'deepwalk' },
    counts: { users: 2, items: 3, documents: 0, nodes: 5, edges: 6 },
    files: { ...Object.fromEntries(described), documents: null },
  }
  await models.put(spaceManifestKey('feed', generation), canonicalJson(manifest))
  const list = { items: ['b', 'a'], scores: Float32Array.of(2, 1) }
  await publishGeneration(
    online,
    { scene: 'feed', generation },
    [
      { kind: 'item', table: items, lists: [{ id: 'b', list }], closedThroughMs: fenceMs },
      { kind: 'user', table: users, lists: [], closedThroughMs: fenceMs },
    ],
    [{ sk: popularSk(ANY_SEGMENT, '*'), list }],
    fenceMs,
  )
  await changeGenerations(online, spaceList('feed'), (generations) => [
    { generation, fenceMs, status, reason: '' },
    ...generations,
  ])
}
