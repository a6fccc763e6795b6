import {
  embeddingsPk,
  mirroredRowSchema,
  mirroredSk,
  placedRowSchema,
  placedSk,
} from '../contract/embedding-rows.ts'
import { vectorIndexKey } from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import { loadGenerations } from '../registry/generations.ts'
import { spaceList } from './generations.ts'
import { loadSpace } from './served-space.ts'
import { dropRetired, mirrorVectors } from './vector-index/mirror.ts'
import { openVectorIndex } from './vector-index/open.ts'
import type { VectorStore } from './vector-index/stores/store.ts'

export interface MirrorPorts {
  models: ObjectStore
  online: Pick<TableStore, 'get' | 'put'>
  scene: string
}

/** Writes what one generation has and the store has not: its items once, then what each closing placed. */
async function mirrorGeneration(
  { models, online, scene }: MirrorPorts,
  store: VectorStore,
  generation: string,
): Promise<{ written: number; refused: number }> {
  const pk = embeddingsPk(scene)
  const known = await online.get(pk, mirroredSk(generation))
  const mirrored = known ? mirroredRowSchema.parse(known) : null
  const row = await online.get(pk, placedSk(generation))
  const placed = row && placedRowSchema.parse(row)
  if (mirrored && mirrored.placedKey === (placed?.key ?? null)) return { written: 0, refused: 0 }
  const key = vectorIndexKey(scene, generation, 'out')
  const { radius } = openVectorIndex(await models.get(key), key).header
  const counts = { written: 0, refused: 0 }
  const write = async ({ header, table }: ReturnType<typeof decodeSpace>): Promise<void> => {
    const { written, refused } = await mirrorVectors(
      store,
      generation,
      { ...header, table },
      radius,
    )
    counts.written += written
    counts.refused += refused.length
  }
  if (!mirrored) await write((await loadSpace(models, scene, generation)).items)
  if (placed) await write(decodeSpace(await models.get(placed.key), placed.key))
  await online.put(pk, mirroredSk(generation), { placedKey: placed?.key ?? null })
  return counts
}

/** Keeps another store like the accepted generations. A repeat writes nothing. Throws as the store does (retried). */
export async function mirrorSpaces(
  ports: MirrorPorts,
  store: VectorStore,
): Promise<{ written: number; refused: number }> {
  const { generations } = await loadGenerations(ports.online, spaceList(ports.scene))
  const accepted = generations.filter(({ status }) => status === 'accepted')
  const counts = { written: 0, refused: 0 }
  for (const { generation } of accepted) {
    const { written, refused } = await mirrorGeneration(ports, store, generation)
    counts.written += written
    counts.refused += refused
  }
  await dropRetired(store, new Set(generations.map(({ generation }) => generation)))
  return counts
}
