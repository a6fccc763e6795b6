import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unitInterval } from '../../functions/math/hash.ts'
import type { Reader } from '../../functions/reader/reader.ts'
import type { RecallOptions } from '../../functions/reader/recalled.ts'
import { readmeBlock } from '../readme/blocks.ts'
import {
  ALPHA,
  CATEGORIES,
  categoryOf,
  dot,
  generationOf,
  ITEMS,
  itemsOf,
  NEW,
  POPULAR,
  pseudonymOf,
  RISING,
  recallWorld,
  rowOf,
  USERS,
  usersOf,
} from './recall-world.ts'

const NINE_MS = Date.UTC(2026, 0, 5, 9, 30)
const itemsFor = async (
  reader: Reader,
  user: string,
  options: Partial<RecallOptions> = {},
): Promise<string[]> =>
  (await reader.recall(user, { timeMs: NINE_MS, ...options })).items.map(({ item }) => item)

/** All items by a score, the greatest first, equal ones by id. */
const ranked = (scoreOf: (at: number) => number): string[] =>
  ITEMS.map((item, at) => ({ item, score: scoreOf(at) }))
    .sort((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1))
    .map(({ item }) => item)

describe('recall', () => {
  test('The index ranks items by the score of the space', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const { out, degree } = itemsOf(1)
    for (const [at, user] of USERS.entries()) {
      const vector = rowOf(usersOf(1).in, at)
      const expected = ranked(
        (item) => dot(vector, rowOf(out!, item)) + ALPHA * Math.log1p(degree[item]!),
      )
      const found = await itemsFor(reader, user, { sources: ['index'], limit: 20 })
      expect(found).toEqual(expected.slice(0, 20))
      expect(categoryOf(found[0]!)).toBe((at + 1) % CATEGORIES)
    }
  })

  test('Each source gives its items with their ranks', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const { items, generation } = await reader.recall('u0', {
      ...{ timeMs: NINE_MS, limit: 1000, recentItems: ['i03', 'i04'] },
    })
    expect(generation).toBe(generationOf(1))
    const ranksOf = (item: string) => items.find((one) => one.item === item)?.ranks
    expect(ranksOf('l0')).toEqual({ list: 1 })
    expect(ranksOf('i09')).toMatchObject({ similar: 1 })
    expect(ranksOf('i10')).toMatchObject({ similar: 2 })
    expect(ranksOf('s1')).toEqual({ similar: 3 })
    expect(ranksOf('p2')).toEqual({ popular: 2 })
    expect(ranksOf('n1')).toEqual({ new: 1 })
    expect(ranksOf('i07')).toMatchObject({ rising: 2, index: expect.any(Number) })
    for (const { score, ranks } of items) {
      const sum = Object.values(ranks).reduce((total, rank) => total + 1 / (60 + rank), 0)
      expect(score).toBeCloseTo(sum, 12)
    }
  })

  test('Items that were seen never come back', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const everything = [...ITEMS, ...POPULAR, ...NEW, ...RISING, 's1', 'l0', 'l1']
    const property = fc.asyncProperty(
      fc.subarray(everything),
      fc.subarray(ITEMS, { maxLength: 20 }),
      fc.constantFrom('u0', 'u1', 'a stranger'),
      fc.integer({ min: 1, max: 80 }),
      async (seen, recentItems, user, limit) => {
        const found = await itemsFor(reader, user, { seen, recentItems, limit })
        expect(found.filter((item) => seen.includes(item) || recentItems.includes(item))).toEqual(
          [],
        )
        expect(found.length).toBeLessThanOrEqual(limit)
        expect(new Set(found).size).toBe(found.length)
      },
    )
    await fc.assert(property, { numRuns: 60 })
  })

  test('An index that must leave out most items still fills the limit', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const accepts = (item: string): boolean => categoryOf(item) === 4
    const found = await itemsFor(reader, 'u0', { sources: ['index'], limit: 10, accepts })
    expect(found).toHaveLength(10)
    expect(found.every(accepts)).toBe(true)
  })

  test('An unknown user gets popular, new and rising items', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const found = await itemsFor(reader, 'a stranger')
    expect(found.toSorted()).toEqual([...NEW, ...POPULAR, ...RISING].toSorted())
    expect(await itemsFor(reader, 'a stranger', { sources: ['list', 'index'] })).toEqual([])
    expect(await reader.vector({ user: 'a stranger' })).toBeNull()
  })

  test('Popular items are those of the segment and hour, where listed', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const popular = (segment: string, timeMs: number) =>
      itemsFor(reader, 'u0', { sources: ['popular'], segment, timeMs })
    expect(await popular('women', NINE_MS)).toEqual(['w9'])
    expect(await popular('women', NINE_MS + 3_600_000)).toEqual(['w1'])
    expect(await popular('nobody', NINE_MS)).toEqual(POPULAR)
  })

  test('One recall is one batch read of rows', async () => {
    const world = await recallWorld()
    const calls = { get: 0, getAll: [] as number[], objects: 0 }
    const reader = await world.open({
      online: {
        get: (pk, sk) => {
          calls.get++
          return world.online.get(pk, sk)
        },
        getAll: (keys, options) => {
          calls.getAll.push(keys.length)
          return world.online.getAll(keys, options)
        },
      },
      models: {
        ...world.models,
        get: (key) => {
          calls.objects++
          return world.models.get(key)
        },
      },
    })
    await itemsFor(reader, 'u0')
    // The model, the manifest and one index; the row of placed items.
    expect(calls).toEqual({ get: 1, getAll: [5], objects: 3 })
    const recentItems = [...ITEMS, ...ITEMS]
    for (let n = 0; n < 5; n++) await itemsFor(reader, `u${n}`, { recentItems, segment: 'women' })
    expect(calls).toEqual({ get: 1, getAll: [5, 27, 27, 27, 27, 27], objects: 3 })
  })

  test.for([0, -1, 1.5, 1001, Number.NaN])('A limit of %d is refused', async (limit) => {
    const world = await recallWorld()
    const reader = await world.open()
    const message = `limit: got ${limit}, expected a whole number from 1 to 1000; nothing was recalled`
    await expect(itemsFor(reader, 'u0', { limit })).rejects.toThrow(message)
    await expect(reader.neighbours('i00', limit)).rejects.toThrow(message)
  })
})

test('The README shows a recall that works', async () => {
  const world = await recallWorld()
  const given = {
    reader: await world.open(),
    shownToday: ['i07', 'w1'],
    isInStock: (item: string) => item !== 'n2',
  }
  const code = `${readmeBlock('Recall', 'reader.recall')}\nreturn { items, generation, near }`
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
  const run = new AsyncFunction(...Object.keys(given), code)
  const { items, generation, near } = await run(...Object.values(given))
  const found = items.map(({ item }: { item: string }) => item)
  expect(found).toEqual(expect.arrayContaining(['n1', 's1', 'r1']))
  for (const item of ['i07', 'w1', 'n2', 'i03', 'i09']) expect(found).not.toContain(item)
  expect([generation, near.length]).toEqual([generationOf(1), 10])
})

describe('neighbours', () => {
  test('Neighbours of an item are those that exact search finds', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const vectors = itemsOf(1).in
    const cosine = (a: number, b: number): number => {
      const [x, y] = [rowOf(vectors, a), rowOf(vectors, b)]
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
    }
    for (const [at, item] of ITEMS.entries()) {
      const expected = ranked((other) => cosine(at, other)).filter((other) => other !== item)
      const found = await reader.neighbours(item, 15)
      expect(found.map((one) => one.item)).toEqual(expected.slice(0, 15))
      expect(found[0]!.score).toBeCloseTo(cosine(at, ITEMS.indexOf(found[0]!.item)), 6)
    }
    expect(await reader.neighbours('i00')).toHaveLength(10)
    expect(await reader.neighbours('unheard of')).toEqual([])
  })

  test('An entity has its vectors, its degree and its generation', async () => {
    const world = await recallWorld()
    const reader = await world.open()
    const { in: inward, out, degree } = itemsOf(1)
    const generation = generationOf(1)
    expect(await reader.vector({ item: 'i05' })).toEqual({
      ...{ in: rowOf(inward, 5).slice(), out: rowOf(out!, 5).slice(), degree: degree[5] },
      ...{ isPlaced: false, generation },
    })
    expect(await reader.vector({ user: 'u3' })).toMatchObject({
      ...{ in: rowOf(usersOf(1).in, 3).slice(), out: null, generation },
    })
    expect(await reader.vector({ item: 'unheard of' })).toBeNull()
  })
})

describe('recall while releases change', () => {
  test('A flip and a rollback change the generation within a poll', async () => {
    const world = await recallWorld(2)
    const reader = await world.open({ pollMs: 10_000 })
    const generation = async () => (await reader.recall('u0', { timeMs: NINE_MS })).generation
    const first = async (): Promise<number> =>
      categoryOf((await itemsFor(reader, 'u0', { sources: ['index'] }))[0]!)
    const neighbours = await reader.neighbours('i00')
    expect([await generation(), await first()]).toEqual([generationOf(1), 1])
    await world.flip(2)
    expect(await generation()).toBe(generationOf(1))
    await world.timers.pass(10_000)
    expect([await generation(), await first()]).toEqual([generationOf(2), 2])
    expect(await reader.neighbours('i00')).not.toEqual(neighbours)
    expect((await reader.vector({ item: 'i00' }))!.generation).toBe(generationOf(2))
    await world.flip(1)
    await world.timers.pass(10_000)
    expect([await generation(), await first()]).toEqual([generationOf(1), 1])
    expect(await reader.neighbours('i00')).toEqual(neighbours)
    expect(world.faults).toEqual([])
  })

  test('A user of a trial gets the space of the canary', async () => {
    const world = await recallWorld(2)
    await world.flip(1, { sequence: 2, share: 0.5, seed: 3 })
    const reader = await world.open()
    const tried = USERS.map((user) => unitInterval(pseudonymOf(user), 3) < 0.5)
    expect(new Set(tried).size).toBe(2)
    for (const [at, user] of USERS.entries()) {
      const n = tried[at] ? 2 : 1
      const { items, generation } = await reader.recall(user, {
        ...{ timeMs: NINE_MS, sources: ['index'] },
      })
      expect(generation).toBe(generationOf(n))
      expect(categoryOf(items[0]!.item)).toBe((at + n) % CATEGORIES)
      expect((await reader.vector({ user }))!.generation).toBe(generationOf(n))
    }
    // An item is everybody's.
    expect((await reader.vector({ item: 'i00' }))!.generation).toBe(generationOf(1))
  })

  test('Without a space nothing is recalled, and the error says why', async () => {
    const world = await recallWorld()
    await world.prepare(2)
    await world.flip(2)
    const reader = await world.open()
    const recalled = () => reader.recall('u0', { timeMs: NINE_MS })
    await expect(recalled()).rejects.toThrow(
      'scene feed: the served release has no space; nothing was recalled',
    )
    await world.withdraw(2)
    await reader.refresh()
    await expect(recalled()).rejects.toThrow('scene feed: no release is served')
    await expect(reader.neighbours('i00')).rejects.toThrow('scene feed: no release is served')
  })
})
