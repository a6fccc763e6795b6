import type { Generation } from '../contract/generations.ts'
import { parseSearchKey, sceneSearchPrefix } from '../contract/keys.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { retiredFrom } from '../registry/generations.ts'

/** Objects that one call deletes at most, some minutes of requests. The next day's call continues. */
const MAX_DELETED = 50_000

/**
 * Deletes the objects of generations that are written to no more. Returns how many objects are left for the next
 * call.
 */
export async function retireGenerations(
  { models, scene }: { models: Pick<ObjectStore, 'list' | 'delete'>; scene: string },
  kept: readonly Generation[],
): Promise<number> {
  const isRetired = retiredFrom(kept)
  const listed = await models.list(sceneSearchPrefix(scene))
  const retired = listed.filter(({ key }) => {
    const generation = parseSearchKey(key)?.generation
    return generation !== undefined && isRetired(generation)
  })
  const chosen = retired.slice(0, MAX_DELETED)
  await readEach(chosen, ({ key }) => models.delete(key))
  return retired.length - chosen.length
}
