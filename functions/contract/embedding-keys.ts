import { ANY, family, under } from './family.ts'
import { SCENE } from './key-parts.ts'
import type { SpaceKind } from './space.ts'
import { ms } from './time.ts'

/** Keys of embeddings, most of them in the models bucket. `keys.ts` exports them with all other keys. */

/** Everything of one scene's spaces. */
export const sceneEmbeddingsPrefix = (scene: string): string => `embeddings/${scene}/`
/** One generation. Its objects never change. */
export const spacePrefix = (scene: string, generation: string): string =>
  `${sceneEmbeddingsPrefix(scene)}${generation}/`
export const spaceKey = (
  scene: string,
  generation: string,
  kind: Exclude<SpaceKind, 'users'>,
): string => `${spacePrefix(scene, generation)}${kind}.qms`
/** What the gate found: figures, the chosen lists, the reason. */
export const spaceComparisonKey = (scene: string, generation: string): string =>
  `${spacePrefix(scene, generation)}comparison.json`
/** The vector index: `in` finds items like an item, `out` finds items for a user. */
export const vectorIndexKey = (scene: string, generation: string, side: 'in' | 'out'): string =>
  `${spacePrefix(scene, generation)}${side}.qmv`
/** Items that are new since the generation was trained, as of a closing. Each has all of them. */
export const placedItemsKey = (
  scene: string,
  generation: string,
  closedThroughMs: number,
): string => `${spacePrefix(scene, generation)}placed/${ms(closedThroughMs)}.qms`

/** Deleted with the generation. */
export const spaceFiles = family(
  'models',
  under(sceneEmbeddingsPrefix(ANY)),
  'collected',
  'no users',
)

/** Objects with users' vectors lie apart, so that a family says which those are. */
export const sceneSpaceUsersPrefix = (scene: string): string => `space-users/${scene}/`
export const spaceUsersPrefix = (scene: string, generation: string): string =>
  `${sceneSpaceUsersPrefix(scene)}${generation}/`
export const spaceUsersKey = (scene: string, generation: string): string =>
  `${spaceUsersPrefix(scene, generation)}users.qms`
/** Users that were placed, or placed again, by a closing. */
export const placedUsersKey = (
  scene: string,
  generation: string,
  closedThroughMs: number,
): string => `${spaceUsersPrefix(scene, generation)}placed/${ms(closedThroughMs)}.qms`
export const spaceUserFiles = family(
  'models',
  under(sceneSpaceUsersPrefix(ANY)),
  'collected',
  'users',
)

const GENERATION = new RegExp(`^(?:embeddings|space-users)/${SCENE}/([0-9a-f]{8}-\\d{13})/`)
/** The scene and generation of a key; null for a key of another family. */
export function parseSpaceKey(key: string): { scene: string; generation: string } | null {
  const m = GENERATION.exec(key)
  return m ? { scene: m[1]!, generation: m[2]! } : null
}
const PLACED = new RegExp(
  `^(?:embeddings|space-users)/${SCENE}/([0-9a-f]{8}-\\d{13})/placed/(\\d{13})\\.qms$`,
)
export function parsePlacedKey(
  key: string,
): { scene: string; generation: string; closedThroughMs: number } | null {
  const m = PLACED.exec(key)
  return m ? { scene: m[1]!, generation: m[2]!, closedThroughMs: Number(m[3]) } : null
}
