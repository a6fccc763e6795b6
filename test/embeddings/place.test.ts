import { beforeAll, beforeEach, expect, test } from 'vitest'
import {
  NEW_SK,
  placedSk,
  recallPk,
  vectorPk,
  vectorRowSchema,
} from '../../functions/contract/embedding-rows.ts'
import { placedItemsKey, placedUsersKey, spaceKey } from '../../functions/contract/keys.ts'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { decodeSpace } from '../../functions/core/space.ts'
import {
  type Act,
  atDay,
  closeActs,
  copyWorld,
  drawActs,
  type EmbeddingWorld,
  embedAt,
  oneWeek,
  placeAt,
  stateItems,
} from '../make/embedding-world.ts'
import { DAY0_MS } from '../make/events.ts'
import { putSnapshot, verdict } from '../make/verdicts.ts'

const hour = (n: number): number => DAY0_MS + (7 * 24 + n) * HOUR_MS
/** When the hours through this one are closed and placed. */
const after = (n: number): number => hour(n) + HOUR_MS + 25 * MINUTE_MS

const act = (user: string, item: string, timeMs: number): Act => ({ user, item, timeMs })
/** In the first hour, four users of taste 0 find a new item, and a new user acts on four items of taste 2. */
const FIRST: Act[] = [
  ...['u0000', 'u0006', 'u0012', 'u0018'].map((user, n) => act(user, 'i0120', hour(0) + n)),
  ...['i0002', 'i0008', 'i0014', 'i0020'].map((item, n) => act('v0001', item, hour(0) + n)),
]
/** In the second, another new user finds the new item. The others are known. */
const SECOND: Act[] = [
  ...['i0120', 'i0000', 'i0006'].map((item, n) => act('v0002', item, hour(1) + n)),
  act('u0001', 'i0001', hour(1) + 9),
]

let trained: EmbeddingWorld
let world: EmbeddingWorld
let generation: string
beforeAll(async () => {
  trained = await oneWeek()
  generation = (await embedAt(trained, 7)).generation!
  await stateItems(trained, [120, 121], hour(0) - 1)
  await closeActs(trained, FIRST, hour(1))
})
beforeEach(() => {
  world = copyWorld(trained)
})
const rowOf = async (id: string, own = generation) => {
  const kind = id.startsWith('i') ? 'item' : 'user'
  const row = await world.online.get(vectorPk('feed', own, kind, id), 'VECTOR')
  return row && vectorRowSchema.parse(row)
}
const tasteOf = (id: string): number => Number(id.slice(1)) % 6
const placedIn = async (key: string) => decodeSpace(await world.models.get(key), key).table

test('New items and users get vectors and lists of their taste', async () => {
  expect(await placeAt(world, after(1))).toMatchObject({ items: 2, users: 1 })
  const item = (await rowOf('i0120'))!
  expect(item).toMatchObject({ isPlaced: true, closedThroughMs: hour(1) })
  expect(item.items!.slice(0, 4).filter((id) => tasteOf(id) === 0).length).toBeGreaterThanOrEqual(3)
  const user = (await rowOf('v0001'))!
  expect(user.items!.filter((id) => tasteOf(id) === 2)).toHaveLength(5)
  expect(user.items).not.toContain('i0002')
  // Content alone places an item that no one has found, and a placed item is in others' lists from now on.
  expect((await rowOf('i0121'))!.degree).toBe(0)
  expect((await placedIn(placedItemsKey('feed', generation, hour(1)))).ids).toEqual([
    ...['i0120', 'i0121'],
  ])
  const fresh = await world.online.get(recallPk('feed', generation), NEW_SK)
  expect(fresh!['items']).toContain('i0120')
})

test('Vectors of trained items and users stay, and their rows, too', async () => {
  const before = [await rowOf('i0001'), await rowOf('u0001')]
  await closeActs(world, SECOND, hour(2))
  await placeAt(world, after(2))
  expect([await rowOf('i0001'), await rowOf('u0001')]).toEqual(before)
})

test('A repeat changes nothing, and a late call moves nothing backwards', async () => {
  await closeActs(world, SECOND, hour(2))
  await placeAt(world, after(2))
  const ids = ['i0120', 'v0001', 'v0002']
  const rows = await Promise.all(ids.map((id) => rowOf(id)))
  const objects = [...world.models.contents.keys()]
  for (const time of [after(2), after(1)])
    expect(await placeAt(world, time)).toMatchObject({ items: 0, users: 0, rows: 0 })
  expect(await Promise.all(ids.map((id) => rowOf(id)))).toEqual(rows)
  expect([...world.models.contents.keys()]).toEqual(objects)
  const row = await world.online.get('feed#embeddings', placedSk(generation))
  expect(row).toMatchObject({ closedThroughMs: hour(2) })
})

test('Hour by hour and all at once end in the same items', async () => {
  await placeAt(world, after(1))
  await closeActs(world, SECOND, hour(2))
  await placeAt(world, after(2))
  const stepwise = world
  const rows = [await rowOf('i0120'), await rowOf('v0002')]
  world = copyWorld(trained)
  await closeActs(world, SECOND, hour(2))
  await placeAt(world, after(2))
  const key = placedItemsKey('feed', generation, hour(2))
  expect(world.models.contents.get(key)!.body).toEqual(stepwise.models.contents.get(key)!.body)
  expect([await rowOf('i0120'), await rowOf('v0002')]).toEqual(rows)
  // A user without an event since is not written again.
  const users = placedUsersKey('feed', generation, hour(2))
  expect((await placedIn(users)).ids).toEqual(['v0001', 'v0002'])
  const { contents } = stepwise.models
  expect(decodeSpace(contents.get(users)!.body, users).table.ids).toEqual(['v0002'])
})

test('Every kept generation gets the newcomers in its own vectors', async () => {
  await closeActs(world, drawActs([7], 150, 120, 3), atDay(8) - 2 * HOUR_MS)
  const changed = { ...world.scene, embeddings: { ...world.scene.embeddings!, seed: 9 } }
  const second = (await embedAt({ ...world, scene: changed }, 8)).generation!
  const late = { ...act('v0009', 'i0003', atDay(8)) }
  await closeActs(world, [late], atDay(8) + HOUR_MS)
  await placeAt(world, atDay(8) + 3 * HOUR_MS)
  const both = [await rowOf('v0009'), await rowOf('v0009', second)]
  expect(both.map((row) => row?.isPlaced)).toEqual([true, true])
  expect(both[0]!.in).not.toEqual(both[1]!.in)
  // What the second one was trained with is new in the first one alone.
  expect((await rowOf('v0001'))!.isPlaced).toBe(true)
  expect((await rowOf('v0001', second))!.isPlaced).toBeUndefined()
})

test('An item whose events a verdict takes away is placed no more', async () => {
  await placeAt(world, after(1))
  expect(await rowOf('i0120')).not.toBeNull()
  const excluded = verdict({ subject: 'item', id: 'i0120', fromMs: hour(0), throughMs: hour(9) })
  const about = { scene: 'feed', madeMs: hour(1), previousMs: null, detectorsDigest: 'd' }
  const screened = { screenedFromMs: DAY0_MS, screenedThroughMs: hour(1), inputsDigest: 'i' }
  await putSnapshot(world.lake, { ...about, ...screened }, [excluded])
  await closeActs(world, [act('v0003', 'i0004', hour(1))], hour(2))
  await placeAt(world, after(2))
  // Its content still places it; nobody's events do.
  expect((await rowOf('i0120'))!.degree).toBe(0)
})

test('Without a generation or a closing nothing is placed', async () => {
  const empty = { items: 0, users: 0, rows: 0, closedThroughMs: null }
  expect(await placeAt(await oneWeek(), after(1))).toEqual(empty)
  expect(await placeAt(world, DAY0_MS)).toEqual(empty)
  expect(world.models.contents.has(spaceKey('feed', generation, 'items'))).toBe(true)
})
