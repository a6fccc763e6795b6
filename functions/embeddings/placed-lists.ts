import type { ListDefinition } from '../contract/embeddings.ts'
import { vectorIndexKey } from '../contract/keys.ts'
import type { VectorTable } from '../contract/space.ts'
import type { VectorSide } from '../contract/vector-index.ts'
import type { ObjectStore } from '../core/objects.ts'
import { rowOf } from './align/space-tables.ts'
import type { Indexes } from './judge-generation.ts'
import { type EntityList, type ShapeOf, searchedList } from './make-lists.ts'
import type { Interactions } from './recommend/interactions.ts'
import type { LoadedSpace } from './served-space.ts'
import { openVectorIndex, type VectorIndex } from './vector-index/open.ts'
import { openPlaced, searchTogether } from './vector-index/overlay.ts'

/** Opens both indexes of a generation. Throws ObjectMissing and CorruptArtifact. */
async function openIndexes(
  models: Pick<ObjectStore, 'get'>,
  scene: string,
  generation: string,
): Promise<Indexes> {
  const open = async (side: VectorSide): Promise<VectorIndex> => {
    const key = vectorIndexKey(scene, generation, side)
    return openVectorIndex(await models.get(key), key)
  }
  return { in: await open('in'), out: await open('out') }
}

/** The items of each user. */
function knownItems({ users, items, offsets, targets }: Interactions): Map<string, Set<string>> {
  const itemsOf = (user: number): string[] =>
    Array.from(targets.subarray(offsets[user]!, offsets[user + 1]!), (item) => items[item]!)
  return new Map(users.map((id, user) => [id, new Set(itemsOf(user))]))
}

/** Entities whose lists are made. */
export interface Newcomers {
  /** All that were placed: searches find them, too. */
  allItems: VectorTable
  /** Those that get a list. */
  items: VectorTable
  users: VectorTable
  interactions: Interactions
}

/** Lists of newcomers, by their vectors: the index of the generation with what was placed since. */
export async function listsOfPlaced(
  models: Pick<ObjectStore, 'get'>,
  { items: { header } }: LoadedSpace,
  { allItems, items, users, interactions }: Newcomers,
  definition: ListDefinition,
  shapeOf: ShapeOf,
): Promise<{ items: EntityList[]; users: EntityList[] }> {
  const { scene, generation, dimensions, popularityWeight } = header
  if (items.ids.length + users.ids.length === 0) return { items: [], users: [] }
  const indexes = await openIndexes(models, scene, generation)
  const placed = openPlaced({ table: allItems, dimensions, popularityWeight })
  const known = knownItems(interactions)
  const list = (side: VectorSide, table: VectorTable, row: number): EntityList => {
    const id = table.ids[row]!
    const own = side === 'out' ? known.get(id) : new Set([id])
    const accepts = (item: string): boolean => !own?.has(item)
    const vector = rowOf(table.in, row, dimensions)
    const search = (k: number) => searchTogether(indexes[side], placed, vector, { k, accepts })
    return { id, list: searchedList(search, definition, shapeOf) }
  }
  return {
    items: items.ids.map((_, row) => list('in', items, row)),
    users: users.ids.map((_, row) => list('out', users, row)),
  }
}
