import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { foundIn, portsOf, type SearchWorld, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements, type Stated } from '../make/statements.ts'

const QUERIES = ['red shoe', 'blue', '"red shoe"', 'sho*', 'hat coat', 'bleu~', 'warm wool']
const WORDS = ['red', 'blue', 'shoe', 'shoes', 'hat', 'coat', 'warm', 'wool']

const statement = fc.record({
  id: fc.integer({ min: 0, max: 11 }).map((n) => `item-${n}`),
  timeMs: fc.integer({ min: 0, max: 9 }).map((n) => DAY0_MS + n * HOUR_MS),
  attributes: fc.record({
    title: fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(' ')),
    brand: fc.constantFrom('a', 'b'),
    price: fc.integer({ min: 1, max: 9 }),
    gone: fc.boolean().map((isGone) => isGone),
  }),
  text: fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(' ')),
})
const drops = fc.array(fc.array(statement, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 14,
})

/** Writes each drop's statements, an hour after the one before. */
async function landed(world: SearchWorld, given: readonly Stated[][]): Promise<string[]> {
  const keys = []
  for (const [n, statements] of given.entries())
    keys.push(await putStatements(world.lake, 'items', DAY0_MS + DAY_MS + n * HOUR_MS, statements))
  return keys
}

/** What one full build of the same lake finds. */
async function foundByBuild({ lake }: SearchWorld) {
  const world = searchWorld(lake)
  await rebuildIndex(portsOf(world), SHOP, DAY0_MS + 30 * DAY_MS)
  return foundIn(world, QUERIES)
}

describe('an index in any schedule', () => {
  test('Any order and repetition of drops finds what one build finds', async () => {
    await fc.assert(
      fc.asyncProperty(drops, fc.infiniteStream(fc.nat()), async (given, chances) => {
        const world = searchWorld()
        const keys = await landed(world, given)
        // The first drop comes when the lake has only this one; the others in any order, some twice.
        const order = [...keys, ...keys.filter(() => chances.next().value! % 3 === 0)]
          .map((key) => ({ key, place: chances.next().value! }))
          .sort((a, b) => a.place - b.place)
        const ports = portsOf(world)
        for (const { key } of order) await indexDrop(ports, SHOP, key)
        expect(await foundIn(world, QUERIES)).toEqual(await foundByBuild(world))
      }),
      { numRuns: 60, seed: 1 },
    )
  })

  test('A kill at any call, then a retry, ends like none', async () => {
    const [first, ...later] = fc
      .sample(drops, { numRuns: 20, seed: 7 })
      .find((list) => list.length > 9)!
    const world = async () => {
      const made = searchWorld()
      const keys = [await putStatements(made.lake, 'items', DAY0_MS, first!)]
      await indexDrop(portsOf(made), SHOP, keys[0]!)
      return { ...made, keys: [...keys, ...(await landed(made, later))] }
    }
    const work = async (made: Awaited<ReturnType<typeof world>>, wrap: Wrap) => {
      for (const key of made.keys) await indexDrop(portsOf(made, wrap), SHOP, key)
    }
    const calm = await world()
    await work(calm, (port) => port)
    const expected = await foundByBuild(calm)
    const kills = await retryAfterEveryKill(
      world,
      work,
      (made) => foundIn(made, QUERIES),
      (found) => expect(found).toEqual(expected),
    )
    expect(kills).toBeGreaterThan(50)
  })

  test('Two writers at once lose nothing', async () => {
    const world = searchWorld()
    const given = fc.sample(drops, { numRuns: 1, seed: 3 })[0]!
    const keys = await landed(world, [...given, ...given.map((one) => one.toReversed())])
    await indexDrop(portsOf(world), SHOP, keys[0]!)
    await Promise.all(keys.map((key) => indexDrop(portsOf(world), SHOP, key)))
    expect(await foundIn(world, QUERIES)).toEqual(await foundByBuild(world))
  })

  test('A drop that arrives during a build is in both generations', async () => {
    const world = searchWorld()
    const [first, second] = fc.sample(drops, { numRuns: 2, seed: 5 })
    const keys = await landed(world, first!)
    for (const key of keys) await indexDrop(portsOf(world), SHOP, key)
    let late: string | null = null
    const lake = new Proxy(world.lake, {
      get: (target, name) =>
        name !== 'list'
          ? Reflect.get(target, name)
          : async (prefix: string) => {
              const listed = await target.list(prefix)
              if (late === null) {
                const statements = second!.flat()
                late = await putStatements(target, 'items', DAY0_MS + 20 * DAY_MS, statements)
                await indexDrop(portsOf(world), SHOP, late)
              }
              return listed
            },
    })
    const rebuilt = await rebuildIndex({ ...portsOf(world), lake }, SHOP, DAY0_MS + 25 * DAY_MS)
    expect(rebuilt.result).toBe('accepted')
    expect(await foundIn(world, QUERIES)).toEqual(await foundByBuild(world))
  })
})
