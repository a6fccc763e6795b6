import type { Generation } from '../contract/generations.ts'
import { parseSearchKey, parseSearchPagesKey, sceneSearchPrefix } from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import { retiredFrom } from '../registry/generations.ts'
import { deletePageRows } from './pages/table-pages.ts'
import { pagesIn } from './segment/page-sums.ts'

/** Objects that one call deletes at most, some minutes of requests. The next day's call continues. */
const MAX_DELETED = 50_000

export interface RetirePorts {
  models: Pick<ObjectStore, 'list' | 'delete'>
  online: Pick<TableStore, 'getAll' | 'deleteAll'>
  scene: string
}

/**
 * Deletes the objects of generations that are written to no more, and the rows of their pages before the objects that
 * name them. Returns how many objects are left for the next call.
 */
export async function retireGenerations(
  { models, online, scene }: RetirePorts,
  kept: readonly Generation[],
): Promise<number> {
  const isRetired = retiredFrom(kept)
  const listed = await models.list(sceneSearchPrefix(scene))
  const retired = listed.filter(({ key }) => {
    const generation = parseSearchKey(key)?.generation
    return generation !== undefined && isRetired(generation)
  })
  const chosen = retired.slice(0, MAX_DELETED)
  await readEach(chosen, async ({ key, bytes }) => {
    const segment = parseSearchPagesKey(key)
    if (segment) await deletePageRows(online, segment, pagesIn(bytes))
    await models.delete(key)
  })
  return retired.length - chosen.length
}
