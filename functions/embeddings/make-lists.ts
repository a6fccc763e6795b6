import { NEW_SK, RISING_SK } from '../contract/embedding-rows.ts'
import type { ListDefinition } from '../contract/embeddings.ts'
import { DAY_MS } from '../contract/time.ts'
import type { SpaceTables } from './align/space-tables.ts'
import { canScoreAll, itemLists, userLists } from './lists/entity-lists.ts'
import { type ListShape, type RecallList, rankList } from './lists/list.ts'
import { newItems } from './lists/new-items.ts'
import { popularLists } from './lists/popular.ts'
import { risingItems } from './lists/rising.ts'
import { popularRowSk } from './lists/rows.ts'
import { rowsFor } from './make-tables.ts'
import type { NamedList } from './publish.ts'
import type { Entity, World } from './read-world.ts'
import type { ItemSimilarity, Recommender } from './recommend/interactions.ts'
import type { Found, VectorIndex } from './vector-index/open.ts'

/** A list of an entity. */
export interface EntityList {
  id: string
  list: RecallList
}
export interface SpaceLists {
  /** Of active users and of items, ids ascending by code units. */
  users: readonly EntityList[]
  items: readonly EntityList[]
  named: readonly NamedList[]
}

/** How many items of a large catalogue are scored for one list: the nearest ones in the space. */
const CANDIDATES = 500
/** Of what is found, so much is left for the cap of categories. */
const POOL = 4

/** The shape of a list of these items, whose order its scores have. */
export type ShapeOf = (ids: readonly string[]) => ListShape

/** Numbers the categories of all items once. Without a category in the definition there is no cap. */
export function shapesFor(
  items: readonly Pick<Entity, 'id' | 'category'>[],
  { size, category, maxCategoryShare }: ListDefinition,
): ShapeOf {
  if (category === undefined) return () => ({ size, maxCategoryShare, categories: null })
  const codes = new Map<string, number>()
  const codeOf = new Map<string, number>()
  for (const { id, category: own } of items) {
    if (own === null) continue
    if (!codes.has(own)) codes.set(own, codes.size)
    codeOf.set(id, codes.get(own)!)
  }
  return (ids) => ({
    ...{ size, maxCategoryShare },
    categories: Int32Array.from(ids, (id) => codeOf.get(id) ?? -1),
  })
}

/** A list of what a search finds. `search` gets how many to find. */
export function searchedList(
  search: (k: number) => Found[],
  { size }: ListDefinition,
  shapeOf: ShapeOf,
): RecallList {
  const found = search(POOL * size)
  const ids = found.map(({ id }) => id)
  return rankList(
    Float64Array.from(found, ({ score }) => score),
    ids,
    shapeOf(ids),
  )
}

/** Lists that belong to no entity and change with each closing: new and rising items. */
export function makeHourlyLists(
  {
    interactions,
    exposure,
    throughMs,
  }: Pick<World['events'], 'interactions' | 'exposure' | 'throughMs'>,
  { newDays }: ListDefinition,
  shapeOf: ShapeOf,
): NamedList[] {
  const times = { throughMs, newDays }
  return [
    { sk: NEW_SK, list: newItems(interactions, exposure, times, shapeOf(exposure.items)) },
    { sk: RISING_SK, list: risingItems(interactions, throughMs, shapeOf(interactions.items)) },
  ]
}

/** All lists that belong to no entity. */
function makeNamedLists(
  { events, segments }: Pick<World, 'events' | 'segments'>,
  definition: ListDefinition,
  shapeOf: ShapeOf,
): NamedList[] {
  const { interactions } = events
  const ofUsers = interactions.users.map((id) => segments.get(id) ?? null)
  const popular = popularLists(interactions, ofUsers, shapeOf(interactions.items))
  return [
    ...[...popular].map((one) => ({ sk: popularRowSk(one), list: one.list })),
    ...makeHourlyLists(events, definition, shapeOf),
  ]
}

export interface ListInput {
  world: World
  tables: SpaceTables
  recommender: Recommender
  similarity: ItemSimilarity
  indexes: Readonly<Record<'in' | 'out', VectorIndex>>
}

/** The numbers of the items nearest to each row of a matrix. */
function nearestItems(
  index: VectorIndex,
  rows: Float32Array,
  dimensions: number,
  items: readonly string[],
): (row: number) => Uint32Array {
  const numberOf = new Map(items.map((id, number) => [id, number]))
  return (row) => {
    const vector = rows.subarray(row * dimensions, (row + 1) * dimensions)
    const found = index.search(vector, { k: CANDIDATES, accepts: (id) => numberOf.has(id) })
    return Uint32Array.from(found, ({ id }) => numberOf.get(id)!)
  }
}

/** Lists of items: those with events by what users did, the others by their vectors. */
function* likeItems(
  { world, tables, similarity, indexes }: ListInput,
  definition: ListDefinition,
  shapeOf: ShapeOf,
): Generator<EntityList> {
  const { items: known } = world.events.interactions
  const { items, dimensions } = tables
  const rows = rowsFor(known, items, items.in)
  const isSmall = canScoreAll(known.length, known.length)
  const lists = itemLists({
    ...{ items: known, similarity, shape: shapeOf(known) },
    ...(!isSmall && { candidates: nearestItems(indexes.in, rows, dimensions, known) }),
  })
  let next = lists.next()
  for (const [row, id] of items.ids.entries()) {
    while (!next.done && known[next.value.item]! < id) next = lists.next()
    if (!next.done && known[next.value.item] === id) yield { id, list: next.value.list }
    else {
      const vector = items.in.subarray(row * dimensions, (row + 1) * dimensions)
      const search = (k: number): Found[] =>
        indexes.in.search(vector, { k, accepts: (other) => other !== id })
      yield { id, list: searchedList(search, definition, shapeOf) }
    }
  }
}

/** All recall lists of a space. */
export function makeLists(input: ListInput, definition: ListDefinition): SpaceLists {
  const { world, tables, recommender, indexes } = input
  const { interactions, throughMs } = world.events
  const { users, items } = interactions
  const rows = rowsFor(users, tables.users, tables.users.in)
  const isSmall = canScoreAll(users.length, items.length)
  const shapeOf = shapesFor(world.items, definition)
  const ofUsers = userLists({
    ...{ known: interactions, recommender },
    activeSinceMs: throughMs - definition.activeDays * DAY_MS,
    shape: shapeOf(items),
    ...(!isSmall && { candidates: nearestItems(indexes.out, rows, tables.dimensions, items) }),
  })
  return {
    users: [...ofUsers].map(({ user, list }) => ({ id: users[user]!, list })),
    items: [...likeItems(input, definition, shapeOf)],
    named: makeNamedLists(world, definition, shapeOf),
  }
}

/** The share of items with events that some list has. */
export function coverageOf({ users, items, named }: SpaceLists, known: readonly string[]): number {
  const listed = new Set([...users, ...items, ...named].flatMap(({ list }) => list.items))
  const found = known.filter((id) => listed.has(id)).length
  return known.length > 0 ? found / known.length : 0
}
