import type { VectorSide } from '../../contract/vector-index.ts'
import { type SpaceItems, vectorsOfSide } from './items.ts'
import { sortVectors } from './sorted-vectors.ts'
import type { RefusedVector, StoredVector, VectorSet, VectorStore } from './stores/store.ts'

const SIDES: readonly VectorSide[] = ['in', 'out']

/**
 * Writes both sides of a generation's items to a store. A repeat has no effect. `radius`, for items that were
 * placed later, is the one in the header of the generation's `out.qmv`; absent, it is taken from the items.
 * Throws as the store does: nothing is lost if the same items are written again.
 */
export async function mirrorVectors(
  store: VectorStore,
  generation: string,
  items: SpaceItems,
  radius?: number,
): Promise<{ written: number; refused: (RefusedVector & { side: VectorSide })[] }> {
  let written = 0
  const refused: (RefusedVector & { side: VectorSide })[] = []
  for (const side of SIDES) {
    const sorted = sortVectors(vectorsOfSide(items, side))
    const set: VectorSet = {
      ...{ generation, side, dimensions: items.dimensions },
      radius: side === 'in' ? 1 : (radius ?? sorted.radius),
    }
    const vectors: StoredVector[] = Array.from({ length: sorted.count }, (_, place) => ({
      ...{ id: sorted.idAt(place), vector: sorted.vectorAt(place), bias: sorted.biasAt(place) },
    }))
    const result = await store.put(set, vectors)
    written += result.written
    refused.push(...result.refused.map((one) => ({ ...one, side })))
  }
  return { written, refused }
}

/** Deletes the generations of a store that are not kept any more, and returns them. */
export async function dropRetired(
  store: VectorStore,
  kept: ReadonlySet<string>,
): Promise<string[]> {
  const retired = (await store.generations()).filter((generation) => !kept.has(generation))
  for (const generation of retired) await store.drop(generation)
  return retired
}
