import type { Feature } from '../contract/features.ts'
import { spaceKey, spaceUsersKey } from '../contract/keys.ts'
import { type ServedGenerations, servedAt } from '../contract/served-generations.ts'
import type { SpaceHeader, VectorTable } from '../contract/space.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'
import { textVector } from '../math/text-vector.ts'

/** What the space that was served at an instant says of an item. */
export interface Spaces {
  /** in(user)·out(item) + α·log(1 + degree(item)). Null where one of them was not in the space. */
  scoreOf(user: string, item: string, timeMs: number): number | null
  /**
   * The cosine of a text and the item's content. Null where the text has no words, the item was not in
   * the space, or the item has no content.
   */
  contentMatchOf(text: string, item: string, timeMs: number): number | null
}

/** What features read of a space. */
export interface SpaceReads {
  scores: boolean
  content: boolean
}
export const spaceReads = ({ features }: { features: readonly Feature[] }): SpaceReads => ({
  scores: features.some(({ kind }) => kind === 'space-score'),
  content: features.some(({ kind }) => kind === 'content-match'),
})

/** Whether a feature reads the served space. */
export function readsSpaces(definition: { features: readonly Feature[] }): boolean {
  const { scores, content } = spaceReads(definition)
  return scores || content
}

interface Matrix {
  dimensions: number
  /** n × dimensions, row-major. */
  values: Float32Array
}
/** The vectors of one kind, by id. */
interface Vectors extends Matrix {
  rowOf: ReadonlyMap<string, number>
}
export interface ItemVectors extends Vectors {
  /** α·log(1 + degree), by row. */
  bias: Float64Array
  /** Rows of length 1, or of zeros: the item has no content. Null: no text can be compared with it. */
  content: Matrix | null
}

const rowsOf = (ids: readonly string[], isWanted?: (id: string) => boolean) =>
  new Map(ids.flatMap((id, row) => (!isWanted || isWanted(id) ? [[id, row] as const] : [])))

/** `popularityWeight` is α. Content is kept only where it is read. */
export function itemVectors(
  { ids, out, degree, content }: VectorTable,
  header: Pick<
    SpaceHeader,
    'dimensions' | 'contentDimensions' | 'popularityWeight' | 'hasGivenContent'
  >,
  reads: SpaceReads,
): ItemVectors {
  const { dimensions, contentDimensions, popularityWeight } = header
  const isRead = reads.content && content !== null && !header.hasGivenContent
  return {
    ...{ dimensions, rowOf: rowsOf(ids), values: out! },
    bias: degree.map((weight) => popularityWeight * Math.log1p(weight)),
    content: isRead ? { dimensions: contentDimensions, values: content } : null,
  }
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

/**
 * The cosine of a query's vector of length 1 and an item's content: the products in 64 bits, added in
 * the order of the dimensions. Null: the item is not in the space, or has no content.
 */
function matchContent(query: Float32Array, items: ItemVectors, item: string): number | null {
  const row = items.rowOf.get(item)
  if (row === undefined || !items.content) return null
  const { dimensions, values } = items.content
  const at = row * dimensions
  let sum = 0
  let hasContent = false
  for (let d = 0; d < dimensions; d++) {
    const value = values[at + d]!
    sum += query[d]! * value
    if (value !== 0) hasContent = true
  }
  return hasContent ? sum : null
}

/** Matches texts with items. The last text's vector is cached: all items of a slate have one query. */
export function createContentMatcher() {
  let last: { text: string; dimensions: number; vector: Float32Array | null } | null = null
  return (text: string, items: ItemVectors, item: string): number | null => {
    if (!items.content) return null
    const { dimensions } = items.content
    if (last?.text !== text || last.dimensions !== dimensions)
      last = { text, dimensions, vector: textVector(text, dimensions) }
    return last.vector && matchContent(last.vector, items, item)
  }
}

interface OpenSpace {
  /** Null: scores are not read. */
  users: Vectors | null
  items: ItemVectors
}

/** Reads the users of a generation. Only those that are wanted keep their vectors. */
async function loadUsers(
  models: Pick<ObjectStore, 'get'>,
  key: string,
  isWanted: (user: string) => boolean,
): Promise<Vectors> {
  const { header, table } = decodeSpace(await models.get(key), key)
  const { dimensions } = header
  const kept = rowsOf(table.ids, isWanted)
  const values = new Float32Array(kept.size * dimensions)
  const rowOf = new Map<string, number>()
  for (const [id, row] of kept) {
    values.set(table.in.subarray(row * dimensions, (row + 1) * dimensions), rowOf.size * dimensions)
    rowOf.set(id, rowOf.size)
  }
  return { dimensions, rowOf, values }
}

/**
 * The spaces that were served, for samples. Entities that were placed after a generation was trained are
 * not in it. Memory, for each generation: 8 bytes a dimension of each item, and, where scores are read, of
 * each wanted user; where content is read, 4 bytes a dimension of the content of each item. Throws ObjectMissing, which
 * names the table, for a generation that was deleted before a feature of the scene read spaces.
 */
export async function openSpaces(
  models: Pick<ObjectStore, 'get'>,
  scene: string,
  served: ServedGenerations,
  reads: SpaceReads,
  isWanted: (user: string) => boolean = () => true,
): Promise<Spaces> {
  const open = new Map<string, OpenSpace>()
  for (const { generation } of served) {
    if (generation === null || open.has(generation)) continue
    const key = spaceKey(scene, generation, 'items')
    const { header, table } = decodeSpace(await models.get(key), key)
    const users = reads.scores
      ? await loadUsers(models, spaceUsersKey(scene, generation), isWanted)
      : null
    open.set(generation, { users, items: itemVectors(table, header, reads) })
  }
  const spaceAt = (timeMs: number): OpenSpace | undefined => {
    const generation = servedAt(served, timeMs)
    return generation === null ? undefined : open.get(generation)
  }
  const matchContentOf = createContentMatcher()
  return {
    scoreOf(user, item, timeMs) {
      const { users, items } = spaceAt(timeMs) ?? {}
      const row = users?.rowOf.get(user)
      if (!users || !items || row === undefined) return null
      const { dimensions, values } = users
      return scoreItem(values.subarray(row * dimensions, (row + 1) * dimensions), items, item)
    },
    contentMatchOf(text, item, timeMs) {
      const space = spaceAt(timeMs)
      return space ? matchContentOf(text, space.items, item) : null
    },
  }
}
