import { ANY_SEGMENT, popularSk, recallPk } from '../../contract/embedding-rows.ts'
import { LISTS_PART, ROWS_KIND, SPACE_PART } from '../../contract/part.ts'
import { ObjectMissing } from '../../core/errors.ts'
import type { ReleasePart } from './part.ts'
import type { SpaceStores } from './space.ts'

/** The rows of the space of this release: each entity's vectors with its list, and the lists of no entity. */
export const recallLists: ReleasePart<SpaceStores> = {
  name: LISTS_PART,
  async publish({ scene: { scene } }, { last, published }) {
    const space = published[SPACE_PART]
    if (!space) return last
    return { ...space, key: recallPk(scene, space.generation), sha256: null, kind: ROWS_KIND }
  },
  async verify({ scene: { scene }, online }, { generation }) {
    // The room writes this row after all others.
    const row = await online.get(recallPk(scene, generation), popularSk(ANY_SEGMENT, '*'))
    if (!row)
      throw new ObjectMissing(
        `recall lists of ${scene}: generation ${generation} has no row of popular items; nothing was released`,
      )
  },
  // The room deletes the rows of generations that no release names.
  objects: () => [],
}
