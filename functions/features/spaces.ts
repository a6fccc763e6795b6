import type { Feature } from '../contract/features.ts'
import { spaceKey, spaceUsersKey } from '../contract/keys.ts'
import { type ServedGenerations, servedAt } from '../contract/served-generations.ts'
import type { VectorTable } from '../contract/space.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'

/** How well users and items fit, by the vectors of the space that was served at an instant. */
export interface Spaces {
  /** in(user)·out(item) + α·log(1 + degree(item)). Null where one of them was not in the space. */
  scoreOf(user: string, item: string, timeMs: number): number | null
}

/** The vectors of one kind, by id. */
interface Vectors {
  dimensions: number
  rowOf: ReadonlyMap<string, number>
  /** n × dimensions, row-major. */
  values: Float32Array
}
export interface ItemVectors extends Vectors {
  /** α·log(1 + degree), by row. */
  bias: Float64Array
}

const rowsOf = (ids: readonly string[], isWanted?: (id: string) => boolean) =>
  new Map(ids.flatMap((id, row) => (!isWanted || isWanted(id) ? [[id, row] as const] : [])))

/** `popularityWeight` is α of the header. */
export function itemVectors(
  { ids, out, degree }: VectorTable,
  { dimensions, popularityWeight }: { dimensions: number; popularityWeight: number },
): ItemVectors {
  const bias = degree.map((weight) => popularityWeight * Math.log1p(weight))
  return { dimensions, rowOf: rowsOf(ids), values: out!, bias }
}

/**
 * The score of an item for a user's vector: the products in 64 bits, added in the order of the
 * dimensions, then the bias. Null: the item is not in the space.
 */
export function scoreItem(user: Float32Array, items: ItemVectors, item: string): number | null {
  const row = items.rowOf.get(item)
  if (row === undefined) return null
  const at = row * items.dimensions
  let sum = 0
  for (let d = 0; d < items.dimensions; d++) sum += user[d]! * items.values[at + d]!
  return sum + items.bias[row]!
}

interface OpenSpace {
  users: Vectors
  items: ItemVectors
}

/** Reads the tables of a generation. Only users that are wanted keep their vectors. */
async function loadSpace(
  models: Pick<ObjectStore, 'get'>,
  scene: string,
  generation: string,
  isWanted: (user: string) => boolean,
): Promise<OpenSpace> {
  const read = async (key: string) => decodeSpace(await models.get(key), key)
  const items = await read(spaceKey(scene, generation, 'items'))
  const { header, table } = await read(spaceUsersKey(scene, generation))
  const { dimensions } = header
  const kept = rowsOf(table.ids, isWanted)
  const values = new Float32Array(kept.size * dimensions)
  const rowOf = new Map<string, number>()
  for (const [id, row] of kept) {
    values.set(table.in.subarray(row * dimensions, (row + 1) * dimensions), rowOf.size * dimensions)
    rowOf.set(id, rowOf.size)
  }
  return {
    users: { dimensions, rowOf, values },
    items: itemVectors(items.table, items.header),
  }
}

/**
 * The spaces that were served, for samples. Entities that were placed after a generation was trained have
 * no score in it. Memory: 8 bytes a dimension of each item and wanted user of each generation.
 */
export async function openSpaces(
  models: Pick<ObjectStore, 'get'>,
  scene: string,
  served: ServedGenerations,
  isWanted: (user: string) => boolean = () => true,
): Promise<Spaces> {
  const open = new Map<string, OpenSpace>()
  for (const { generation } of served)
    if (generation !== null && !open.has(generation))
      open.set(generation, await loadSpace(models, scene, generation, isWanted))
  return {
    scoreOf(user, item, timeMs) {
      const generation = servedAt(served, timeMs)
      const space = generation === null ? undefined : open.get(generation)
      const row = space?.users.rowOf.get(user)
      if (!space || row === undefined) return null
      const { dimensions, values } = space.users
      return scoreItem(values.subarray(row * dimensions, (row + 1) * dimensions), space.items, item)
    },
  }
}

/** Whether a feature reads the served space. */
export const readsSpaces = ({ features }: { features: readonly Feature[] }): boolean =>
  features.some(({ kind }) => kind === 'space-score')
