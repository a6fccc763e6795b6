import { parseSearchKey, sceneSearchPrefix } from '../contract/keys.ts'
import type { SearchGeneration } from '../contract/search-index.ts'
import { readEach } from '../core/read-each.ts'
import type { IndexPorts } from './build.ts'
import { closeGeneration } from './open-snapshot.ts'

/** Objects that one call deletes at most, some minutes of requests. The next day's call continues. */
const MAX_DELETED = 50_000

/** Deletes the objects of generations that are written to no more. */
export async function retireGenerations(
  { models, scene, cache }: Pick<IndexPorts, 'models' | 'scene' | 'cache'>,
  kept: readonly SearchGeneration[],
): Promise<void> {
  const names = new Set(kept.map(({ generation }) => generation))
  const listed = await models.list(sceneSearchPrefix(scene))
  const retired = listed.filter(({ key }) => {
    const name = parseSearchKey(key)
    return name !== null && !names.has(name.generation)
  })
  await readEach(retired.slice(0, MAX_DELETED), async ({ key }) => {
    await models.delete(key)
    closeGeneration(cache, scene, parseSearchKey(key)!.generation)
  })
}
