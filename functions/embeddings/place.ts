import { committedThrough } from '../closing/committed-closing.ts'
import {
  embeddingsPk,
  type PlacedRow,
  placedRowSchema,
  placedSk,
  VECTOR_SK,
  vectorPk,
} from '../contract/embedding-rows.ts'
import type { Generation } from '../contract/generations.ts'
import { placedItemsKey, placedUsersKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import type { VectorTable } from '../contract/space.ts'
import { DAY_MS } from '../contract/time.ts'
import { sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace, encodeSpace } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import { loadGenerations } from '../registry/generations.ts'
import { rowOf, visitCommon } from './align/space-tables.ts'
import { embeddingsOf, spaceList } from './generations.ts'
import { LIMITS, type ReadEvents, readEvents, type VisitFiles } from './graph/read-events.ts'
import { newcomerEvents } from './keep-events.ts'
import { makeHourlyLists, type ShapeOf, shapesFor } from './make-lists.ts'
import { contentById, withoutRows } from './make-tables.ts'
import { listsOfPlaced } from './placed-lists.ts'
import { type Placed, placeNewcomers } from './placement/place-newcomers.ts'
import { type NamedList, publishPlaced } from './publish.ts'
import { type ReadTimes, readEntities, type World } from './read-world.ts'
import type { Interactions } from './recommend/interactions.ts'
import { findSpace, type LoadedSpace, placementOf } from './served-space.ts'

export interface PlacePorts {
  lake: ObjectStore
  models: ObjectStore
  online: Pick<TableStore, 'get' | 'putIfGreater' | 'deleteAll'>
  scene: Scene
  /** Absent: every call reads all files. */
  visitFiles?: VisitFiles
}
export interface PlacedCounts {
  /** New items and users with a vector in the newest generation. */
  items: number
  users: number
  /** Rows that changed, in all generations. */
  rows: number
  /** Null: there is no generation, or no closing yet. */
  closedThroughMs: number | null
}

const NOTHING: PlacedCounts = { items: 0, users: 0, rows: 0, closedThroughMs: null }

/** A generation that has not seen the closing yet. */
interface Waiting {
  space: LoadedSpace
  /** The items that users had acted on when it was trained: all others are new to it. */
  trained: VectorTable
  isTrained: ReadonlySet<string>
  before: PlacedRow | null
  /** The closing that it has seen. */
  sinceMs: number
}

/** Null: it has seen this closing or a later one, or other code wrote it. */
async function findWaiting(
  { models, online, scene }: PlacePorts,
  { generation }: Generation,
  closedThroughMs: number,
): Promise<Waiting | null> {
  const row = await online.get(embeddingsPk(scene.scene), placedSk(generation))
  const before = row && placedRowSchema.parse(row)
  if (before && before.closedThroughMs >= closedThroughMs) return null
  const space = await findSpace(models, scene.scene, generation)
  if (!space || space.items.header.dataThroughMs >= closedThroughMs) return null
  const { table, header } = space.items
  const trained = withoutRows(table, (_, at) => table.degree[at] === 0)
  const sinceMs = before?.closedThroughMs ?? header.dataThroughMs
  return { space, trained, isTrained: new Set(trained.ids), before, sinceMs }
}

/** What all generations of a scene are placed by. */
interface Hour extends Pick<World, 'items'> {
  times: ReadTimes
  events: ReadEvents
  shapeOf: ShapeOf
  lists: readonly NamedList[]
}

/** For rising items: a day, and the week before it. */
const RISING_DAYS = 8

async function readHour(
  { lake, scene, visitFiles }: PlacePorts,
  times: ReadTimes,
  waiting: readonly Waiting[],
): Promise<Hour> {
  const { lists } = embeddingsOf(scene)
  const { scheduledMs, closedThroughMs } = times
  // An item is new where its first event is young, so older events must be read as well.
  const days = Math.max(RISING_DAYS, 2 * lists.newDays)
  const trainedMs = waiting.map(({ space }) => space.items.header.dataThroughMs)
  const window = {
    fromMs: Math.max(0, Math.min(...trainedMs, closedThroughMs - days * DAY_MS)),
    ...{ throughMs: closedThroughMs, nowMs: scheduledMs },
  }
  const events = await readEvents(lake, scene, window, LIMITS, visitFiles)
  const isNew = (id: string): boolean => waiting.some(({ isTrained }) => !isTrained.has(id))
  const { items } = await readEntities(lake, scene, times, isNew)
  const shapeOf = shapesFor(items, lists)
  return { times, events, items, shapeOf, lists: makeHourlyLists(events, lists, shapeOf) }
}

/** Places whom the training has not met. Items that no user had acted on by then are met now. */
function placeIn({ space, trained, isTrained }: Waiting, { events, items }: Hour) {
  const { dimensions, contentDimensions, dataThroughMs } = space.items.header
  const { users } = space.tables
  const userIds = new Set(users.ids)
  const interactions = newcomerEvents(events.interactions, dataThroughMs, {
    isUser: (id) => userIds.has(id),
    isItem: (id) => isTrained.has(id),
  })
  const met = new Set(space.items.table.ids)
  const acted = new Set(interactions.items)
  // Content alone placed the others when the generation was built.
  const content = contentById(items.filter(({ id }) => acted.has(id) || !met.has(id)))
  const input = { dimensions, contentDimensions, items: trained, users, interactions, content }
  return { interactions, placed: placeNewcomers(placementOf(space.items), input) }
}

/** Rows of the ids that are wanted. */
const rowsOf = (table: VectorTable, isWanted: (id: string) => boolean): VectorTable =>
  withoutRows(table, (id) => !isWanted(id))

/** Users, and items, with an event since the last placement. */
function changedSince(
  { users, items, offsets, targets, timesMs }: Interactions,
  sinceMs: number,
): { users: Set<string>; items: Set<string> } {
  const changed = { users: new Set<string>(), items: new Set<string>() }
  for (const [user, id] of users.entries())
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) {
      if (timesMs[e]! < sinceMs) continue
      changed.users.add(id)
      changed.items.add(items[targets[e]!]!)
    }
  return changed
}

/** What the closing before placed. Null: nothing. */
const placedBefore = async (
  { models }: PlacePorts,
  row: PlacedRow | null,
): Promise<VectorTable | null> => row && decodeSpace(await models.get(row.key), row.key).table

/** Items whose vectors are others than before: new ones, and those of which a later verdict took events away. */
function movedSince(before: VectorTable | null, now: VectorTable): Set<string> {
  const moved = new Set(now.ids)
  const width = now.in.length / Math.max(1, now.ids.length)
  if (before)
    visitCommon(before.ids, now.ids, (row, other) => {
      const isSame = (a: Float32Array, b: Float32Array): boolean =>
        rowOf(a, row, width).every((value, i) => value === b[other * width + i])
      if (isSame(before.in, now.in) && isSame(before.out!, now.out!)) moved.delete(now.ids[other]!)
    })
  return moved
}

/** Writes the tables of what is placed now, and the row that names the items. Rows are written before it. */
async function putTables(
  { models, scene }: PlacePorts,
  space: LoadedSpace,
  { items, users }: Pick<Placed, 'items' | 'users'>,
  closedThroughMs: number,
): Promise<PlacedRow> {
  const { scene: name } = scene
  const { generation } = space
  const header = { ...space.items.header, dataThroughMs: closedThroughMs }
  const itemsKey = placedItemsKey(name, generation, closedThroughMs)
  const bytes = encodeSpace({ ...header, kind: 'items' }, items)
  await models.put(itemsKey, bytes)
  if (users.ids.length > 0)
    await models.put(
      placedUsersKey(name, generation, closedThroughMs),
      encodeSpace({ ...header, kind: 'users' }, users),
    )
  return { key: itemsKey, sha256: sha256Hex(bytes), closedThroughMs }
}

/** Takes rows back of items that are placed no more: a later verdict took their events away. */
async function takeBack(
  { online, scene }: PlacePorts,
  space: LoadedSpace,
  gone: readonly string[],
  closedThroughMs: number,
): Promise<void> {
  const name = { scene: scene.scene, generation: space.generation }
  const trained = new Set(space.items.table.ids)
  const isGone = new Set(gone)
  const table = rowsOf(space.items.table, (id) => isGone.has(id))
  const items = { kind: 'item' as const, table, lists: [], closedThroughMs }
  await publishPlaced(online, name, [items], [], closedThroughMs)
  const keys = gone
    .filter((id) => !trained.has(id))
    .map((id) => ({ pk: vectorPk(name.scene, name.generation, 'item', id), sk: VECTOR_SK }))
  await online.deleteAll(keys)
}

/** Places newcomers in one generation. */
async function placeInGeneration(
  ports: PlacePorts,
  waiting: Waiting,
  hour: Hour,
): Promise<Pick<PlacedCounts, 'items' | 'users' | 'rows'>> {
  const { models, online, scene } = ports
  const { space, before, sinceMs } = waiting
  const { closedThroughMs } = hour.times
  const name = { scene: scene.scene, generation: space.generation }
  const { interactions, placed } = placeIn(waiting, hour)
  const changed = changedSince(interactions, sinceMs)
  const earlier = await placedBefore(ports, before)
  const moved = movedSince(earlier, placed.items)
  const items = rowsOf(placed.items, (id) => changed.items.has(id) || moved.has(id))
  const users = rowsOf(placed.users, (id) => changed.users.has(id))
  const lists = await listsOfPlaced(
    models,
    space,
    { allItems: placed.items, items, users, interactions },
    embeddingsOf(scene).lists,
    hour.shapeOf,
  )
  const row = await putTables(ports, space, { items: placed.items, users }, closedThroughMs)
  const about = { closedThroughMs, isPlaced: true }
  const rows = await publishPlaced(
    online,
    name,
    [
      { kind: 'item', table: items, lists: lists.items, ...about },
      { kind: 'user', table: users, lists: lists.users, ...about },
    ],
    hour.lists,
    closedThroughMs,
  )
  const isPlaced = new Set(placed.items.ids)
  const gone = earlier?.ids.filter((id) => !isPlaced.has(id)) ?? []
  if (gone.length > 0) await takeBack(ports, space, gone, closedThroughMs)
  const pk = embeddingsPk(name.scene)
  await online.putIfGreater(pk, placedSk(name.generation), row, 'closedThroughMs')
  return { items: placed.items.ids.length, users: users.ids.length, rows }
}

/**
 * Places the newcomers of all closings since the training in every generation that is kept: no training, and vectors of
 * the trained stay. Each closing reads all events since the oldest training, so a call that was missed is made up by
 * the next one; a repeat, and a call that comes late, change nothing.
 */
export async function placeScene(ports: PlacePorts, scheduledMs: number): Promise<PlacedCounts> {
  const { lake, online, scene } = ports
  const { generations } = await loadGenerations(online, spaceList(scene.scene))
  const accepted = generations.filter(({ status }) => status === 'accepted')
  const closedThroughMs = await committedThrough(lake, scene, scheduledMs)
  if (accepted.length === 0 || closedThroughMs === null) return NOTHING
  const found: Waiting[] = []
  for (const one of accepted) {
    const waiting = await findWaiting(ports, one, closedThroughMs)
    if (waiting) found.push(waiting)
  }
  const counts = { ...NOTHING, closedThroughMs }
  if (found.length === 0) return counts
  const hour = await readHour(ports, { scheduledMs, closedThroughMs }, found)
  for (const waiting of found) {
    const { items, users, rows } = await placeInGeneration(ports, waiting, hour)
    counts.rows += rows
    if (waiting.space.generation !== accepted[0]!.generation) continue
    counts.items = items
    counts.users = users
  }
  return counts
}
