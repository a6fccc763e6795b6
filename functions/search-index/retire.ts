import { parseSearchKey, sceneSearchPrefix } from '../contract/keys.ts'
import type { SearchGeneration } from '../contract/search-index.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { fenceOf } from './generation.ts'

/** Objects that one call deletes at most, some minutes of requests. The next day's call continues. */
const MAX_DELETED = 50_000

/**
 * Deletes the objects of generations that are written to no more. One that began after `kept` was read is newer than
 * all of these, and stays. Returns how many objects are left for the next call.
 */
export async function retireGenerations(
  { models, scene }: { models: Pick<ObjectStore, 'list' | 'delete'>; scene: string },
  kept: readonly SearchGeneration[],
): Promise<number> {
  const names = new Set(kept.map(({ generation }) => generation))
  const newestMs = Math.max(...kept.map(({ fenceMs }) => fenceMs))
  const listed = await models.list(sceneSearchPrefix(scene))
  const retired = listed.filter(({ key }) => {
    const generation = parseSearchKey(key)?.generation
    return generation !== undefined && !names.has(generation) && fenceOf(generation) < newestMs
  })
  const chosen = retired.slice(0, MAX_DELETED)
  await readEach(chosen, ({ key }) => models.delete(key))
  return retired.length - chosen.length
}
