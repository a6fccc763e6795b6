import { describe, expect, test } from 'vitest'
import { embeddingsPk, placedSk } from '../../functions/contract/embedding-rows.ts'
import { spaceManifestKey, vectorIndexKey } from '../../functions/contract/keys.ts'
import { categoryOf, generationOf, itemsOf, recallWorld, rowOf } from './recall-world.ts'

const TIME_MS = Date.UTC(2026, 0, 5, 9)
const PLACED_MS = 60_000
const itemsOnly = ({ items }: { items: { item: string }[] }) => items.map(({ item }) => item)

describe('placed items', () => {
  test('A placed item is found by neighbours and by recall', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const asked = { timeMs: TIME_MS, sources: ['index'] as const }
    expect(itemsOnly(await reader.recall('u0', asked))).not.toContain('fresh')
    await world.place(1, 'fresh', 1)
    // The row that names placed items is read once in a minute.
    expect(itemsOnly(await reader.recall('u0', asked))).not.toContain('fresh')
    await world.timers.pass(PLACED_MS)
    const limit = 11
    const found = itemsOnly(await reader.recall('u0', { ...asked, limit }))
    expect(found).toContain('fresh')
    expect(found.every((item) => item === 'fresh' || categoryOf(item) === 1)).toBe(true)
    expect((await reader.vector({ item: 'fresh' }))!.isPlaced).toBe(true)
    const near = await reader.neighbours('fresh')
    expect(near.every(({ item }) => categoryOf(item) === 1)).toBe(true)
    const back = await reader.neighbours(near[0]!.item, limit)
    expect(back.map(({ item }) => item)).toContain('fresh')
    expect(world.faults).toEqual([])
  })

  test('An item that is placed again replaces its vector of training', async () => {
    const world = await recallWorld()
    await world.place(1, 'i00', 3)
    const reader = await world.open()
    const near = await reader.neighbours('i00', 9)
    expect(near.map(({ item }) => categoryOf(item))).toEqual(Array(9).fill(3))
    const back = await reader.neighbours('i06', 59)
    expect(back.filter(({ item }) => item === 'i00')).toHaveLength(1)
    expect(back.findIndex(({ item }) => item === 'i00')).toBeGreaterThan(8)
  })

  test('After a fault the former placed items stay', async () => {
    const world = await recallWorld()
    await world.place(1, 'fresh', 1)
    const reader = await world.open()
    const near = async () => (await reader.neighbours('i01', 12)).map(({ item }) => item)
    expect(await near()).toContain('fresh')
    const row = (await world.online.get(embeddingsPk('feed'), placedSk(generationOf(1))))!
    await world.online.put(embeddingsPk('feed'), placedSk(generationOf(1)), {
      ...{ ...row, key: `${row['key']}.next`, sha256: 'f'.repeat(64) },
    })
    await world.timers.pass(PLACED_MS)
    expect(await near()).toContain('fresh')
    expect(world.faults).toHaveLength(1)
    expect(world.faults[0]).toMatch(/^reading the placed items of feed: no object .*\.next/)
    // The table answers nothing that can be parsed, and then what it answered first.
    await world.online.put(embeddingsPk('feed'), placedSk(generationOf(1)), { key: 7 })
    await world.timers.pass(PLACED_MS)
    expect(await near()).toContain('fresh')
    expect(world.faults).toHaveLength(2)
    await world.online.put(embeddingsPk('feed'), placedSk(generationOf(1)), row)
    await world.timers.pass(PLACED_MS)
    expect(await near()).toContain('fresh')
    expect(world.faults).toHaveLength(2)
  })
})

describe('a damaged space', () => {
  const damage = (world: Awaited<ReturnType<typeof recallWorld>>, key: string) => {
    const { body } = world.models.contents.get(key)!
    const other = body.slice()
    other[other.length - 1]! ^= 1
    world.models.drop(key, other)
    return () => void world.models.drop(key, body)
  }

  test('An index with another digest is refused by name', async () => {
    const world = await recallWorld()
    const key = vectorIndexKey('feed', generationOf(1), 'in')
    const repair = damage(world, key)
    const reader = await world.open()
    const refusal = new RegExp(
      `^${key}: got SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64} as written$`,
    )
    await expect(reader.neighbours('i00')).rejects.toThrow(refusal)
    // It is not read again for each call.
    repair()
    await expect(reader.neighbours('i00')).rejects.toThrow(refusal)
    await world.timers.pass(PLACED_MS)
    expect(await reader.neighbours('i00')).toHaveLength(10)
  })

  test('A manifest that is not the released one is refused', async () => {
    const world = await recallWorld()
    damage(world, spaceManifestKey('feed', generationOf(1)))
    const reader = await world.open()
    await expect(reader.neighbours('i00')).rejects.toThrow(/generation\.json: got SHA-256/)
  })

  test('Other sources answer where the index cannot', async () => {
    const world = await recallWorld()
    damage(world, vectorIndexKey('feed', generationOf(1), 'out'))
    const reader = await world.open()
    const { items } = await reader.recall('u0', { timeMs: TIME_MS })
    expect(items.map(({ item }) => item)).toEqual(expect.arrayContaining(['l0', 'p1', 'n1', 'r1']))
    expect(items.every(({ ranks }) => ranks.index === undefined)).toBe(true)
    expect(world.faults).toHaveLength(1)
    expect(world.faults[0]).toMatch(/^searching the vector index of feed: .*out\.qmv: got SHA-256/)
    await expect(reader.recall('u0', { timeMs: TIME_MS, sources: ['index'] })).rejects.toThrow(
      /out\.qmv: got SHA-256/,
    )
  })

  test('A read that failed is tried again after a minute', async () => {
    const world = await recallWorld()
    let isDown = true
    const reader = await world.open({
      models: {
        ...world.models,
        get: (key) =>
          isDown && key.endsWith('.qmv')
            ? Promise.reject(new Error('S3 is away'))
            : world.models.get(key),
      },
    })
    await expect(reader.neighbours('i00')).rejects.toThrow('S3 is away')
    isDown = false
    await world.timers.pass(PLACED_MS)
    expect(await reader.neighbours('i00')).toHaveLength(10)
  })
})

test('Only the last three spaces stay in memory', async () => {
  const world = await recallWorld(5)
  const gets: string[] = []
  const reader = await world.open({
    models: {
      ...world.models,
      get: (key) => {
        if (key.endsWith('.qmv')) gets.push(key.split('/')[2]!)
        return world.models.get(key)
      },
    },
  })
  for (const n of [1, 2, 3, 2, 1, 4, 1, 3]) {
    await world.flip(n)
    await reader.refresh()
    const { in: inward } = (await reader.vector({ item: 'i00' }))!
    expect(inward).toEqual(rowOf(itemsOf(n).in, 0).slice())
    await reader.neighbours('i00')
  }
  expect(gets).toEqual([1, 2, 3, 4, 3].map(generationOf))
})
