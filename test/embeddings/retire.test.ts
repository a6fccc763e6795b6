import { describe, expect, test } from 'vitest'
import {
  ANY_SEGMENT,
  placedSk,
  popularSk,
  recallPk,
  vectorPk,
} from '../../functions/contract/embedding-rows.ts'
import type { Generation } from '../../functions/contract/generations.ts'
import {
  placedItemsKey,
  placedUsersKey,
  spaceKey,
  spaceUsersKey,
} from '../../functions/contract/keys.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { spaceList } from '../../functions/embeddings/generations.ts'
import { publishPlaced } from '../../functions/embeddings/publish.ts'
import { retireSpaces } from '../../functions/embeddings/retire.ts'
import { loadGenerations, nameGeneration } from '../../functions/registry/generations.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeTable, putGeneration, spaceBytes } from '../make/space.ts'

const OLD = nameGeneration('space', 1000)
const NEW = nameGeneration('space', 2000)

async function twoGenerations() {
  const ports = { models: memoryObjects('models'), online: memoryTable(), scene: 'feed' }
  await putGeneration(ports, OLD, 1000)
  // A new item and a new user were placed.
  for (const [kind, id, keyOf] of [
    ['item', 'new', placedItemsKey],
    ['user', 'guest', placedUsersKey],
  ] as const) {
    const table = makeTable([id], 7, kind === 'item')
    const placed = [{ kind, table, lists: [], closedThroughMs: 1500, isPlaced: true }]
    await publishPlaced(ports.online, { scene: 'feed', generation: OLD }, placed, [], 1500)
    await ports.models.put(keyOf('feed', OLD, 1500), spaceBytes(`${kind}s`, OLD, table))
  }
  await putGeneration(ports, NEW, 2000)
  const { generations } = await loadGenerations(ports.online, spaceList('feed'))
  return { ports, kept: generations.filter(({ generation }) => generation === NEW) }
}
type World = Awaited<ReturnType<typeof twoGenerations>>

/** The rows of a generation that are left, by what they are of. */
async function rowsOf({ ports: { online } }: World, generation: string): Promise<string[]> {
  const names = [
    ...['a', 'b', 'c', 'new'].map((id) => ['item', id] as const),
    ...['u', 'v', 'guest'].map((id) => ['user', id] as const),
  ]
  const keys = names.map(([kind, id]) => ({
    pk: vectorPk('feed', generation, kind, id),
    sk: 'VECTOR',
  }))
  const list = { pk: recallPk('feed', generation), sk: popularSk(ANY_SEGMENT, '*') }
  const found = await online.getAll([...keys, list])
  return [...names.map(([, id]) => id), 'popular'].filter((_, i) => found[i])
}
const objectsOf = ({ ports: { models } }: World, generation: string): string[] =>
  [...models.contents.keys()].filter((key) => key.includes(generation))

describe('retired spaces', () => {
  test('A retired space loses all rows and objects, and no other does', async () => {
    const world = await twoGenerations()
    expect(await rowsOf(world, OLD)).toHaveLength(8)
    const whole = { isWhole: true, rows: 7, objects: 7 }
    expect(await retireSpaces(world.ports, world.kept, new Set())).toEqual(whole)
    expect(await rowsOf(world, OLD)).toEqual([])
    expect(objectsOf(world, OLD)).toEqual([])
    expect(await rowsOf(world, NEW)).toEqual(['a', 'b', 'c', 'u', 'v', 'popular'])
    expect(objectsOf(world, NEW)).toHaveLength(5)
    const none = { isWhole: true, rows: 0, objects: 0 }
    expect(await retireSpaces(world.ports, world.kept, new Set())).toEqual(none)
  })

  test('Each call deletes so much at most, and the next continues', async () => {
    const world = await twoGenerations()
    const limits = { rows: 3, objects: 4 }
    const calls = []
    for (let day = 0; day < 5; day++)
      calls.push(await retireSpaces(world.ports, world.kept, new Set(), limits))
    expect(calls.map(({ rows }) => rows)).toEqual([3, 3, 1, 0, 0])
    expect(calls.map(({ objects }) => objects)).toEqual([0, 0, 4, 3, 0])
    expect(calls.map(({ isWhole }) => isWhole)).toEqual([false, false, false, true, true])
    expect(await rowsOf(world, OLD)).toEqual([])
    expect(objectsOf(world, OLD)).toEqual([])
  })

  test('Tables that samples read stay until they do not', async () => {
    const world = await twoGenerations()
    await retireSpaces(world.ports, world.kept, new Set([OLD]))
    expect(await rowsOf(world, OLD)).toEqual([])
    const tables = [spaceKey('feed', OLD, 'items'), spaceUsersKey('feed', OLD)]
    expect(objectsOf(world, OLD).sort()).toEqual(tables.sort())
    const again = await retireSpaces(world.ports, world.kept, new Set([OLD]))
    expect(again).toEqual({ isWhole: true, rows: 0, objects: 0 })
    await retireSpaces(world.ports, world.kept, new Set())
    expect(objectsOf(world, OLD)).toEqual([])
  })

  test('A generation that began after the list was read stays', async () => {
    const world = await twoGenerations()
    const before: Generation[] = [
      { generation: OLD, fenceMs: 1000, status: 'accepted', reason: '' },
    ]
    const done = await retireSpaces(world.ports, before, new Set())
    expect(done).toEqual({ isWhole: true, rows: 0, objects: 0 })
    expect(objectsOf(world, NEW)).toHaveLength(5)
  })

  test('Only tables of placed items that newer ones replaced are deleted', async () => {
    const world = await twoGenerations()
    const { models, online } = world.ports
    const times = [0, 10, 20, 30, 40].map((hours) => 2000 + hours * HOUR_MS)
    for (const keyOf of [placedItemsKey, placedUsersKey])
      for (const timeMs of times) models.drop(keyOf('feed', NEW, timeMs), 'x')
    const row = { key: 'k', sha256: 's', closedThroughMs: times.at(-1)! }
    await online.put('feed#embeddings', placedSk(NEW), row)
    await retireSpaces(world.ports, world.kept, new Set())
    const left = objectsOf(world, NEW).filter((key) => key.includes('/placed/'))
    expect(left.sort()).toEqual(
      [
        ...times.slice(2).map((timeMs) => placedItemsKey('feed', NEW, timeMs)),
        ...times.map((timeMs) => placedUsersKey('feed', NEW, timeMs)),
      ].sort(),
    )
  })
})
