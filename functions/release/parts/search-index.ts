import { SEARCH_PART } from '../../contract/part.ts'
import { searchPk } from '../../contract/search-index.ts'
import { ObjectMissing } from '../../core/errors.ts'
import type { ObjectStore } from '../../core/objects.ts'
import type { TableStore } from '../../core/tables.ts'
import { acceptedOf } from '../../registry/generations.ts'
import { loadSnapshot } from '../../search-index/open-snapshot.ts'
import { loadPointer, loadState } from '../../search-index/state.ts'
import type { ReleasePart } from './part.ts'

export interface SearchStores {
  scene: { scene: string }
  models: Pick<ObjectStore, 'get' | 'bucket'>
  online: Pick<TableStore, 'get'>
}

/**
 * The newest accepted generation of the search index. Its documents move with drops, not with releases; what a
 * query means moves with a flip.
 */
export const searchIndex: ReleasePart<SearchStores> = {
  name: SEARCH_PART,
  async publish({ scene: { scene }, online }, { last, timeMs }) {
    const accepted = acceptedOf((await loadState(online, scene)).generations)
    if (!accepted) return last
    return {
      ...{ key: searchPk(scene), sha256: null, kind: 'index', base: null },
      ...{ generation: accepted.generation, throughMs: timeMs },
    }
  },
  async verify({ scene: { scene }, online, models }, { generation }) {
    const pointer = await loadPointer(online, scene, generation)
    if (!pointer)
      throw new ObjectMissing(`search index of ${scene}: generation ${generation} has no snapshot`)
    await loadSnapshot(models, pointer)
  },
  // The rebuild deletes generations that no drop is written to any more.
  objects: () => [],
}
