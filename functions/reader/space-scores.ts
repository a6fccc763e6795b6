import { VECTOR_SK, vectorPk, vectorRowSchema } from '../contract/embedding-rows.ts'
import { type Part, type Parts, SPACE_PART } from '../contract/part.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import { type ItemVectors, itemVectors, type Spaces, scoreItem } from '../features/spaces.ts'
import { readChecked } from './read-checked.ts'
import { readOnce } from './read-once.ts'

export interface SpaceOptions {
  scene: string
  models: Pick<ObjectStore, 'get'>
  online: Pick<TableStore, 'get'>
  /** Users whose vectors are cached. */
  maxUsers: number
}
interface SpaceState extends SpaceOptions {
  /** By generation, in order of use. */
  items: Map<string, Promise<ItemVectors>>
  /** By generation and user, in order of use. Null: the user was not in the space. */
  users: Map<string, Promise<Float32Array | null>>
}

/** The served generation and a canary's, and one that a flip has just replaced. */
const MAX_SPACES = 3

/** f32, little-endian, as the rows of vectors hold them. */
export const floatsOf = (bytes: Uint8Array): Float32Array =>
  new Float32Array(new Uint8Array(bytes).buffer)

async function readItems({ models, scene }: SpaceState, part: Part): Promise<ItemVectors> {
  const bytes = await readChecked(models, part)
  const { header, table } = decodeSpace(bytes, part.key)
  if (header.generation !== part.generation || header.scene !== scene)
    throw new CorruptArtifact(
      `${part.key}: got ${header.generation} of ${header.scene}, expected ${part.generation} of ${scene}`,
    )
  return itemVectors(table, header)
}

/** Samples know only the users that the space was trained on, so a placed user has no score either. */
async function readUser(
  { online, scene }: SpaceState,
  generation: string,
  user: string,
): Promise<Float32Array | null> {
  const row = await online.get(vectorPk(scene, generation, 'user', user), VECTOR_SK)
  if (!row) return null
  const { in: inward, isPlaced } = vectorRowSchema.parse(row)
  return isPlaced ? null : floatsOf(inward)
}

/**
 * Answers the scores of a user's items in the space of a release, as samples have them. Undefined: the
 * release has no space. A user that is not cached costs one read, a generation the object with its items.
 * Memory: 4 bytes a dimension of each item and cached user.
 */
export function openSpaceScores(options: SpaceOptions) {
  const state: SpaceState = { ...options, items: new Map(), users: new Map() }
  return async (parts: Parts, user: string): Promise<Spaces | undefined> => {
    const part = parts[SPACE_PART]
    if (!part) return undefined
    const { generation } = part
    const [items, vector] = await Promise.all([
      readOnce(state.items, generation, MAX_SPACES, () => readItems(state, part)),
      readOnce(state.users, `${generation}\n${user}`, state.maxUsers, () =>
        readUser(state, generation, user),
      ),
    ])
    return { scoreOf: (_user, item) => vector && scoreItem(vector, items, item) }
  }
}
