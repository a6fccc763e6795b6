import { describe, expect, test } from 'vitest'
import { embeddingsPk, retiredSk, vectorPk } from '../../functions/contract/embedding-rows.ts'
import { placedUsersKey, spaceKey, spaceUsersKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { decodeSpace } from '../../functions/core/space.ts'
import { forgetAgain, forgetUser } from '../../functions/embeddings/forget.ts'
import { spaceList } from '../../functions/embeddings/generations.ts'
import { publishPlaced } from '../../functions/embeddings/publish.ts'
import { retireSpaces } from '../../functions/embeddings/retire.ts'
import { openSpaces } from '../../functions/features/spaces.ts'
import { loadGenerations, nameGeneration } from '../../functions/registry/generations.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeTable, putGeneration, spaceBytes } from '../make/space.ts'

const OLD = nameGeneration('space', 1000)
const NEW = nameGeneration('space', 2000)
const NOW = 10 * DAY_MS

/** Two generations with the users u and v; a guest was placed in the older one by two closings. */
async function openWorld() {
  const ports = { models: memoryObjects('models'), online: memoryTable(), scene: 'feed' }
  await putGeneration(ports, OLD, 1000)
  for (const closedThroughMs of [1500, 1600]) {
    const table = makeTable(['guest', 'u'], closedThroughMs, false)
    const placed = { kind: 'user' as const, table, lists: [], closedThroughMs, isPlaced: true }
    const name = { scene: 'feed', generation: OLD }
    await publishPlaced(ports.online, name, [placed], [], closedThroughMs)
    const key = placedUsersKey('feed', OLD, closedThroughMs)
    await ports.models.put(key, spaceBytes('users', OLD, table))
  }
  await putGeneration(ports, NEW, 2000)
  return ports
}
type World = Awaited<ReturnType<typeof openWorld>>

const rowOf = ({ online }: World, generation: string, user: string) =>
  online.get(vectorPk('feed', generation, 'user', user), 'VECTOR')
const tableOf = async ({ models }: World, key: string) =>
  decodeSpace(await models.get(key), key).table
const bytesOf = ({ models }: World) =>
  new Map([...models.contents].map(([key, { body }]) => [key, Buffer.from(body).toString('hex')]))
/** All tables of users. */
const FILES = [
  spaceUsersKey('feed', OLD),
  placedUsersKey('feed', OLD, 1500),
  placedUsersKey('feed', OLD, 1600),
  spaceUsersKey('feed', NEW),
]

describe('a forgotten user', () => {
  test('A forgotten user leaves every generation, and nobody else does', async () => {
    const world = await openWorld()
    const before = new Map<string, Awaited<ReturnType<typeof tableOf>>>()
    for (const key of FILES) before.set(key, await tableOf(world, key))
    const others = bytesOf(world)
    expect(await forgetUser(world, 'u', NOW)).toEqual({ rows: 2, vectors: 4 })
    for (const generation of [OLD, NEW]) {
      expect(await rowOf(world, generation, 'u')).toBeNull()
      expect(await rowOf(world, generation, 'v')).not.toBeNull()
    }
    expect(await rowOf(world, OLD, 'guest')).not.toBeNull()
    for (const key of FILES) {
      const { ids, in: inward, degree } = before.get(key)!
      const left = await tableOf(world, key)
      const kept = ids.flatMap((id, row) => (id === 'u' ? [] : [row]))
      expect(left.ids).toEqual(kept.map((row) => ids[row]))
      expect(left.in).toEqual(inward.slice(kept[0]! * 8, (kept[0]! + 1) * 8))
      expect(left.degree).toEqual(Float64Array.from(kept, (row) => degree[row]!))
      others.delete(key)
    }
    for (const [key, bytes] of others) expect(bytesOf(world).get(key)).toBe(bytes)
  })

  test('A repeat finds nothing and writes nothing', async () => {
    const world = await openWorld()
    await forgetUser(world, 'u', NOW)
    const before = bytesOf(world)
    const counts = { rows: 0, vectors: 0 }
    let puts = 0
    const put = async (key: string, body: Uint8Array | string) => {
      puts++
      await world.models.put(key, body)
    }
    const again = { ...world, models: { ...world.models, put } }
    expect(await forgetUser(again, 'u', NOW)).toEqual(counts)
    expect(await forgetUser(again, 'a stranger', NOW)).toEqual(counts)
    expect(puts).toBe(0)
    expect(bytesOf(world)).toEqual(before)
  })

  test('What is written is what a space without the user would be', async () => {
    const world = await openWorld()
    await forgetUser(world, 'u', NOW)
    const { ids, in: inward, degree } = makeTable(['u', 'v'], 2000, false)
    const without = {
      ...{ ids: ids.slice(1), in: inward.slice(8), degree: degree.slice(1) },
      ...{ out: null, content: null },
    }
    const expected = Buffer.from(spaceBytes('users', NEW, without))
    expect(Buffer.from(await world.models.get(spaceUsersKey('feed', NEW)))).toEqual(expected)
  })

  test('The last user of a space leaves an empty table', async () => {
    const world = await openWorld()
    for (const user of ['u', 'v', 'guest']) await forgetUser(world, user, NOW)
    for (const key of FILES) expect((await tableOf(world, key)).ids).toEqual([])
    expect(await forgetUser(world, 'v', NOW)).toEqual({ rows: 0, vectors: 0 })
  })

  test('Samples have no score of a space for a forgotten user', async () => {
    const world = await openWorld()
    const served = [
      { sinceMs: 0, generation: OLD },
      { sinceMs: 100, generation: NEW },
    ]
    const reads = { scores: true, content: false }
    const before = await openSpaces(world.models, 'feed', served, reads)
    expect(before.scoreOf('u', 'a', 50)).toEqual(expect.any(Number))
    await forgetUser(world, 'u', NOW)
    const after = await openSpaces(world.models, 'feed', served, reads)
    for (const timeMs of [50, 150]) {
      expect(after.scoreOf('u', 'a', timeMs)).toBeNull()
      expect(after.scoreOf('v', 'a', timeMs)).toBe(before.scoreOf('v', 'a', timeMs))
    }
  })

  test('A call that broke off is completed by the next', async () => {
    const world = await openWorld()
    let puts = 0
    const put = async (key: string, body: Uint8Array | string) => {
      if (++puts > 2) throw new Error('S3 is away')
      await world.models.put(key, body)
    }
    const broken = { ...world, models: { ...world.models, put } }
    await expect(forgetUser(broken, 'u', NOW)).rejects.toThrow('S3 is away')
    expect(await forgetUser(world, 'u', NOW)).toEqual({ rows: 0, vectors: 2 })
    for (const key of FILES) expect((await tableOf(world, key)).ids).not.toContain('u')
  })
})

describe('users forgotten during a run', () => {
  test('A run takes out again who was forgotten since it began', async () => {
    const world = await openWorld()
    await forgetUser(world, 'u', NOW)
    // The run had read the user's events, and writes a generation with the user.
    const late = nameGeneration('space', 3000)
    await putGeneration(world, late, 3000)
    expect(await rowOf(world, late, 'u')).not.toBeNull()
    expect(await forgetAgain(world, NOW - 5 * HOUR_MS)).toEqual({ rows: 1, vectors: 1 })
    expect(await rowOf(world, late, 'u')).toBeNull()
    expect((await tableOf(world, spaceUsersKey('feed', late))).ids).toEqual(['v'])
  })

  test('A user who came back after that is placed', async () => {
    const world = await openWorld()
    await forgetUser(world, 'u', NOW)
    await putGeneration(world, nameGeneration('space', 3000), 3000)
    let reads = 0
    const get = (key: string) => {
      reads++
      return world.models.get(key)
    }
    const watched = { ...world, models: { ...world.models, get } }
    expect(await forgetAgain(watched, NOW + 2 * HOUR_MS)).toEqual({ rows: 0, vectors: 0 })
    expect(reads).toBe(0)
  })
})

test('A generation that is being deleted loses all rows all the same', async () => {
  const world = await openWorld()
  const { generations } = await loadGenerations(world.online, spaceList('feed'))
  const kept = generations.filter(({ generation }) => generation === NEW)
  const limits = { rows: 5, objects: 0 }
  await retireSpaces(world, kept, new Set(), limits)
  await forgetUser(world, 'u', NOW)
  expect(await world.online.get(embeddingsPk('feed'), retiredSk(OLD))).toEqual({
    ...{ rows: 0, isWhole: false },
  })
  for (let day = 0; day < 3; day++) await retireSpaces(world, kept, new Set(), limits)
  for (const user of ['u', 'v', 'guest']) expect(await rowOf(world, OLD, user)).toBeNull()
  for (const item of ['a', 'b', 'c'])
    expect(await world.online.get(vectorPk('feed', OLD, 'item', item), 'VECTOR')).toBeNull()
  expect(await world.models.find(spaceKey('feed', NEW, 'items'))).not.toBeNull()
})
