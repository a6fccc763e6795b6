import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { searchPlanKey } from '../../functions/contract/keys.ts'
import type { SearchDefinition } from '../../functions/contract/search.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { acceptedOf } from '../../functions/registry/generations.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { indexPart } from '../../functions/search-index/index-part.ts'
import { createLedger, liveIn, readOn } from '../../functions/search-index/ledger.ts'
import { cutParts } from '../../functions/search-index/plan-parts.ts'
import { type Rebuilt, rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { loadState } from '../../functions/search-index/state.ts'
import { overtakenAtEveryCall, retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { foundIn, portsOf, type SearchWorld, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements, type Stated } from '../make/statements.ts'

const QUERIES = ['red shoe', 'blue', '"red shoe"', 'sho*', 'hat coat', 'warm wool']
const WORDS = ['red', 'blue', 'shoe', 'shoes', 'hat', 'coat', 'warm', 'wool']
const FENCE_MS = DAY0_MS + 10 * DAY_MS

const statement = fc.record({
  id: fc.integer({ min: 0, max: 9 }).map((n) => `item-${n}`),
  timeMs: fc.integer({ min: 0, max: 9 }).map((n) => DAY0_MS + n * HOUR_MS),
  attributes: fc.record({
    title: fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(' ')),
    brand: fc.constantFrom('a', 'b'),
    price: fc.integer({ min: 1, max: 9 }),
    gone: fc.boolean(),
  }),
  text: fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(' ')),
})
const drop = fc.array(statement, { minLength: 1, maxLength: 5 })
const inPartsOf = (partFiles: number): SearchDefinition => ({ ...SHOP, partFiles })

/** Before the fence all drops are of one day; later ones are of the days after it. */
const land = ({ lake }: SearchWorld, n: number, statements: readonly Stated[], fromMs = DAY0_MS) =>
  putStatements(lake, 'items', fromMs + n * HOUR_MS, statements)

/** A build as the state machine makes it. `between` runs before each step. */
async function build(
  world: SearchWorld,
  search: SearchDefinition,
  wrap: Wrap = (port) => port,
  between: () => Promise<unknown> = async () => {},
): Promise<{ rebuilt: Rebuilt; parts: number }> {
  for (let parts = 0; ; ) {
    await between()
    const rebuilt = await rebuildIndex(portsOf(world, wrap), search, FENCE_MS)
    if (rebuilt.result !== 'planned') return { rebuilt, parts }
    for (const piece of rebuilt.pieces) {
      await between()
      await indexPart(portsOf(world, wrap), searchPlanKey('feed', rebuilt.generation), piece)
      parts++
    }
  }
}

/** What one build of the same lake in one function finds. */
async function foundByOne({ lake }: SearchWorld) {
  const world = searchWorld(lake)
  await rebuildIndex(portsOf(world), SHOP, FENCE_MS + 30 * DAY_MS)
  return foundIn(world, QUERIES)
}
async function liveInLake({ lake }: SearchWorld): Promise<number> {
  const ledger = createLedger()
  await readOn(lake, 'feed', SHOP, ledger)
  return liveIn(ledger)
}
const sampleDrops = (seed: number, numRuns: number) => fc.sample(drop, { numRuns, seed })

describe('a build in parts', () => {
  test('Any parts beside any drops and repeats find what one build finds', async () => {
    const landed = fc.array(drop, { minLength: 2, maxLength: 8 })
    const sizes = fc.integer({ min: 1, max: 3 })
    const chances = fc.infiniteStream(fc.nat())
    await fc.assert(
      fc.asyncProperty(landed, landed, sizes, chances, async (before, later, partFiles, chance) => {
        const world = searchWorld()
        const keys: string[] = []
        for (const [n, statements] of before.entries()) keys.push(await land(world, n, statements))
        const isServed = chance.next().value! % 2 === 0
        if (isServed) for (const key of keys) await indexDrop(portsOf(world), SHOP, key)
        const waiting = [...later.entries()]
        const search = inPartsOf(partFiles)
        const live = async () => {
          if (chance.next().value! % 2 === 0) return
          const next = waiting.shift()
          if (next) keys.push(await land(world, next[0], next[1], FENCE_MS))
          await indexDrop(portsOf(world), search, keys[chance.next().value! % keys.length]!)
          if (next) await indexDrop(portsOf(world), search, keys.at(-1)!)
        }
        const { rebuilt } = await build(world, search, (port) => port, live)
        expect(rebuilt).toMatchObject({ live: await liveInLake(world) })
        expect(acceptedOf((await loadState(world.online, 'feed')).generations)?.generation).toBe(
          rebuilt.generation,
        )
        expect(await foundIn(world, QUERIES)).toEqual(await foundByOne(world))
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  test('A kill at any call, then a retry, ends like none', async () => {
    const given = sampleDrops(2, 4)
    const world = async () => {
      const made = searchWorld()
      for (const [n, statements] of given.entries()) await land(made, n, statements)
      return made
    }
    const search = inPartsOf(2)
    const expected = await foundByOne(await world())
    const kills = await retryAfterEveryKill(
      world,
      (made, wrap) => build(made, search, wrap),
      (made) => foundIn(made, QUERIES),
      (found) => expect(found).toEqual(expected),
    )
    expect(kills).toBeGreaterThan(50)
  })

  test('A drop that arrives at any call is in the index', async () => {
    const [late, ...given] = sampleDrops(3, 5)
    const search = inPartsOf(2)
    const calls = await overtakenAtEveryCall(
      async () => {
        const made = searchWorld()
        for (const [n, statements] of given.entries()) {
          const key = await land(made, n, statements)
          await indexDrop(portsOf(made), SHOP, key)
        }
        return made
      },
      (made, wrap) => build(made, search, wrap),
      async (made) => indexDrop(portsOf(made), search, await land(made, 0, late!, FENCE_MS)),
      async (made) => {
        await build(made, search)
        expect(await foundIn(made, QUERIES)).toEqual(await foundByOne(made))
      },
    )
    expect(calls).toBeGreaterThan(50)
  })

  test('The same files give the same bytes of a part', async () => {
    const world = searchWorld()
    for (const [n, statements] of sampleDrops(4, 6).entries()) await land(world, n, statements)
    const search = inPartsOf(3)
    const { generation, pieces } = await rebuildIndex(portsOf(world), search, FENCE_MS)
    expect(pieces).toEqual([0, 1])
    const written = async () => {
      const listed = await world.models.list('search/')
      return Promise.all(listed.map(async ({ key }) => [key, await world.models.get(key)]))
    }
    const before = new Set((await world.models.list('search/')).map(({ key }) => key))
    const work = () => indexPart(portsOf(world), searchPlanKey('feed', generation), 1)
    expect(await work()).toMatchObject({ result: 'indexed' })
    const first = await written()
    expect(await work()).toMatchObject({ result: 'done before' })
    for (const [key] of first)
      if (!before.has(key as string)) await world.models.delete(key as string)
    await work()
    expect(await written()).toEqual(first)
  })
})

describe('the first drop of a large lake', () => {
  test('It starts one build, and is in the index that is built', async () => {
    const world = searchWorld()
    const given = sampleDrops(5, 5)
    const keys: string[] = []
    for (const [n, statements] of given.entries()) keys.push(await land(world, n, statements))
    const started: [string, object][] = []
    const rebuilds = { start: async (...one: [string, object]) => started.push(one) > 0 }
    const search = inPartsOf(2)
    for (const key of keys) await indexDrop({ ...portsOf(world), rebuilds }, search, key)
    const [[name, input]] = started as [[string, { scene: string; scheduledTime: string }]]
    expect(new Set(started.map((one) => JSON.stringify(one))).size).toBe(1)
    const [building] = (await loadState(world.online, 'feed')).generations
    expect(name).toBe(`feed-${building!.generation}`)
    expect(input).toEqual({
      scene: 'feed',
      scheduledTime: new Date(DAY0_MS).toISOString(),
    })
    expect(await foundIn(world, QUERIES)).toBeNull()
    expect((await build(world, search)).parts).toBe(3)
    expect(await foundIn(world, QUERIES)).toEqual(await foundByOne(world))
  })
})

describe('the cut of a lake', () => {
  const files = fc.array(fc.record({ key: fc.uuid(), bytes: fc.integer({ min: 1, max: 50 }) }))
  const limits = fc.record({
    files: fc.integer({ min: 1, max: 5 }),
    bytes: fc.integer({ min: 1, max: 100 }),
  })
  test('Parts hold each file once, in order and within limits', () => {
    fc.assert(
      fc.property(files, limits, (list, most) => {
        const parts = cutParts(list, most)
        expect(parts.flat()).toEqual(list.map(({ key }) => key))
        const bytesOf = new Map(list.map(({ key, bytes }) => [key, bytes]))
        for (const part of parts) {
          expect(part.length).toBeGreaterThan(0)
          expect(part.length).toBeLessThanOrEqual(most.files)
          const bytes = part.reduce((sum, key) => sum + bytesOf.get(key)!, 0)
          if (part.length > 1) expect(bytes).toBeLessThanOrEqual(most.bytes)
        }
      }),
    )
  })

  test('Few files are one part, and none are no part', () => {
    const most = { files: 2, bytes: 10 }
    expect(cutParts([], most)).toEqual([])
    const list = [3, 7, 1, 20, 2].map((bytes, n) => ({ key: `${n}`, bytes }))
    expect(cutParts(list.slice(0, 2), most)).toEqual([['0', '1']])
    expect(cutParts(list, most)).toEqual([['0', '1'], ['2'], ['3'], ['4']])
  })
})
