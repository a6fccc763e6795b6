import { VECTOR_SK, vectorPk, vectorRowSchema } from '../contract/embedding-rows.ts'
import { type Part, type Parts, SPACE_PART } from '../contract/part.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import {
  createContentMatcher,
  type ItemVectors,
  itemVectors,
  type SpaceReads,
  type Spaces,
  scoreItem,
} from '../features/spaces.ts'
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
  /** By generation and whether content is kept, in order of use. */
  items: Map<string, Promise<ItemVectors>>
  /** By generation and user, in order of use. Null: the user was not in the space. */
  users: Map<string, Promise<Float32Array | null>>
}

/** The served generation and a canary's, and one that a flip has just replaced. */
const MAX_SPACES = 3

/** f32, little-endian, as the rows of vectors hold them. */
export const floatsOf = (bytes: Uint8Array): Float32Array =>
  new Float32Array(new Uint8Array(bytes).buffer)

async function readItems(
  { models, scene }: SpaceState,
  part: Part,
  reads: SpaceReads,
): Promise<ItemVectors> {
  const bytes = await readChecked(models, part)
  const { header, table } = decodeSpace(bytes, part.key)
  if (header.generation !== part.generation || header.scene !== scene)
    throw new CorruptArtifact(
      `${part.key}: got ${header.generation} of ${header.scene}, expected ${part.generation} of ${scene}`,
    )
  return itemVectors(table, header, reads)
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
 * Answers what features read of the space of a release for a user's slate, as samples have it. Undefined:
 * the release has no space. A generation that is not cached costs the object with its items, and, where
 * scores are read, a user costs one read. Memory: 4 bytes a dimension of each item and cached user, and
 * of each item's content where content is read.
 */
export function openSpaceScores(options: SpaceOptions) {
  const state: SpaceState = { ...options, items: new Map(), users: new Map() }
  return async (parts: Parts, user: string, reads: SpaceReads): Promise<Spaces | undefined> => {
    const part = parts[SPACE_PART]
    if (!part) return undefined
    const { generation } = part
    const [items, vector] = await Promise.all([
      readOnce(state.items, `${generation}\n${reads.content}`, MAX_SPACES, () =>
        readItems(state, part, reads),
      ),
      reads.scores
        ? readOnce(state.users, `${generation}\n${user}`, state.maxUsers, () =>
            readUser(state, generation, user),
          )
        : null,
    ])
    const matchContent = createContentMatcher()
    return {
      scoreOf: (_user, item) => vector && scoreItem(vector, items, item),
      contentMatchOf: (text, item) => matchContent(text, items, item),
    }
  }
}
