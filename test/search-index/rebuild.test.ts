import { describe, expect, test } from 'vitest'
import { searchDefinitionKey } from '../../functions/contract/keys.ts'
import { type SearchDefinition, searchSchema } from '../../functions/contract/search.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { CorruptArtifact } from '../../functions/core/errors.ts'
import { acceptedOf } from '../../functions/registry/generations.ts'
import { overlapOf, rankBiasedOverlap } from '../../functions/search-index/gate.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { chooseMerge } from '../../functions/search-index/merge-policy.ts'
import { rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { retireGenerations } from '../../functions/search-index/retire.ts'
import { loadState } from '../../functions/search-index/state.ts'
import { DAY0_MS } from '../make/events.ts'
import { foundIn, portsOf, type SearchWorld, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements, type Stated } from '../make/statements.ts'

const NOUNS = ['lamp', 'chair', 'table', 'shelf', 'carpet', 'mirror', 'basket', 'pillow']
const COLOURS = ['red', 'blue', 'green', 'white', 'black']
const items = Array.from({ length: 80 }, (_, n) => ({
  id: `item-${n}`,
  timeMs: DAY0_MS,
  attributes: {
    title: `${COLOURS[n % 5]} ${NOUNS[Math.floor(n / 5) % 8]} number${n}`,
    brand: n % 2 ? 'odd' : 'even',
  },
}))

async function shop(): Promise<SearchWorld> {
  const world = searchWorld()
  const key = await putStatements(world.lake, 'items', DAY0_MS, items)
  await indexDrop(portsOf(world), SHOP, key)
  return world
}
const rebuild = (world: SearchWorld, search: SearchDefinition, days: number) =>
  rebuildIndex(portsOf(world), search, DAY0_MS + days * DAY_MS)
const generationsOf = async (world: SearchWorld) =>
  (await loadState(world.online, 'feed')).generations

/** The same index by a chain that makes one term of a whole title. */
const BROKEN = searchSchema.parse({
  ...SHOP,
  fields: { ...SHOP.fields, title: { from: 'attributes.title', analyzer: 'keyword' } },
})

describe('a rebuild', () => {
  test('An unchanged index is accepted with an overlap of one', async () => {
    const world = await shop()
    expect(await rebuild(world, SHOP, 1)).toMatchObject({ result: 'not due' })
    expect(await rebuild(world, SHOP, 7)).toMatchObject({
      ...{ result: 'accepted', live: 80, reason: 'overlap 100.0 % on 80 queries' },
    })
  })

  test('A broken analyzer is refused with queries that show it', async () => {
    const world = await shop()
    const { result, reason } = await rebuild(world, BROKEN, 1)
    expect(result).toBe('refused')
    expect(reason).toMatch(/the first ten hits have 10\.0 % in common, expected 50\.0 % or more/)
    expect(reason).toMatch(/see the queries "[a-z]+ [a-z]+ number\d+"/)
    const accepted = acceptedOf(await generationsOf(world))
    expect(accepted!.reason).toBe('the first one')
    const found = await foundIn(world, ['red lamp'])
    expect(found!.found[0]!.hits.length).toBeGreaterThan(0)
    // It is compared once; the next day nothing has changed.
    expect(await rebuild(world, BROKEN, 2)).toMatchObject({ result: 'not due' })
    expect(await rebuild(world, SHOP, 3)).toMatchObject({ result: 'accepted' })
  })

  test('An index of an empty catalogue has no document and finds nothing', async () => {
    const world = searchWorld()
    expect(await rebuild(world, SHOP, 1)).toMatchObject({ result: 'accepted', live: 0 })
    const key = await putStatements(world.lake, 'items', DAY0_MS + 2 * DAY_MS, items)
    await indexDrop(portsOf(world), SHOP, key)
    expect((await foundIn(world, ['red lamp']))!.live).toBe(80)
  })

  test('Three generations stay; the objects of others are deleted', async () => {
    const world = await shop()
    for (const days of [7, 14, 21, 28]) await rebuild(world, SHOP, days)
    const kept = await generationsOf(world)
    expect(kept).toHaveLength(3)
    expect(await retireGenerations({ ...world, scene: 'feed' }, kept)).toBe(0)
    const left = new Set((await world.models.list('search/')).map(({ key }) => key.split('/')[2]!))
    expect([...left].sort()).toEqual(kept.map(({ generation }) => generation).sort())
    expect((await foundIn(world, ['lamp']))!.live).toBe(80)
  })

  test('A generation that a release names stays, however old', async () => {
    const world = await shop()
    const [first] = await generationsOf(world)
    const released = { served: first!.generation, pinned: new Set([first!.generation]) }
    for (const days of [7, 14, 21, 28]) {
      const fenceMs = DAY0_MS + days * DAY_MS
      await rebuildIndex(portsOf(world), SHOP, fenceMs, { released })
    }
    const kept = await generationsOf(world)
    expect(kept.map(({ generation }) => generation)).toContain(first!.generation)
    expect(kept).toHaveLength(3)
    await retireGenerations({ ...world, scene: 'feed' }, kept)
    expect((await foundIn(world, ['lamp'], first!.generation))!.live).toBe(80)
  })

  test('A build that was stopped is continued by the next drop', async () => {
    const world = searchWorld()
    const key = await putStatements(world.lake, 'items', DAY0_MS, items)
    const ports = portsOf(world)
    const stopped = {
      ...ports,
      models: new Proxy(world.models, {
        get: (target, name) =>
          name === 'put'
            ? (at: string, body: Uint8Array) =>
                at.includes('segments/')
                  ? Promise.reject(new Error('killed'))
                  : target.put(at, body)
            : Reflect.get(target, name),
      }),
    }
    await expect(indexDrop(stopped, SHOP, key)).rejects.toThrow('killed')
    expect((await generationsOf(world)).map(({ status }) => status)).toEqual(['building'])
    await indexDrop(ports, SHOP, key)
    expect((await generationsOf(world)).map(({ status }) => status)).toEqual(['accepted'])
    expect((await foundIn(world, ['lamp']))!.live).toBe(80)
  })

  test('Drops that arrive first at once build one generation', async () => {
    const world = searchWorld()
    const keys = []
    for (const n of [0, 1, 2, 3])
      keys.push(
        await putStatements(world.lake, 'items', DAY0_MS + n, items.slice(20 * n, 20 * n + 20)),
      )
    const results = await Promise.allSettled(
      keys.map((key) => indexDrop(portsOf(world), SHOP, key)),
    )
    for (const [n, { status }] of results.entries())
      if (status === 'rejected') await indexDrop(portsOf(world), SHOP, keys[n]!)
    const found = await foundIn(world, ['lamp'])
    expect(found!.live).toBe(80)
    expect((await generationsOf(world)).filter(({ status }) => status === 'building')).toEqual([])
  })

  test('The next drop builds again what other code built', async () => {
    const world = await shop()
    const [first] = await generationsOf(world)
    const key = searchDefinitionKey('feed', first!.generation)
    const meaning = JSON.parse(new TextDecoder().decode(await world.models.get(key)))
    await world.models.put(key, JSON.stringify({ ...meaning, layoutVersion: 0 }))
    // Its name has the digest of its own meaning, as that code made it.
    await world.online.put('feed#search', 'STATE', {
      n: 9,
      generations: [{ ...first!, generation: first!.generation.replace(/^.{8}/, '00000000') }],
    })
    const old = searchDefinitionKey('feed', first!.generation.replace(/^.{8}/, '00000000'))
    await world.models.put(old, JSON.stringify({ ...meaning, layoutVersion: 0 }))
    const later = await putStatements(world.lake, 'items', DAY0_MS + HOUR_MS, [items[0]!])
    await indexDrop(portsOf(world), SHOP, later)
    const [newest] = await generationsOf(world)
    expect(newest).toMatchObject({
      ...{ status: 'accepted', reason: 'the served one was built by other code' },
    })
    expect((await foundIn(world, ['lamp'], newest!.generation))!.live).toBe(80)
  })

  test('A changed byte of a snapshot or a segment is refused', async () => {
    const world = await shop()
    for (const part of ['snapshots/', '.index']) {
      const [{ key }] = (await world.models.list('search/')).filter((one) =>
        one.key.includes(part),
      ) as { key: string }[] as [{ key: string }]
      const bytes = (await world.models.get(key)).slice()
      const changed = bytes.slice()
      changed[changed.length >> 1]! ^= 1
      await world.models.put(key, changed)
      await expect(foundIn(world, ['lamp']), part).rejects.toThrow(CorruptArtifact)
      await world.models.put(key, bytes)
    }
  })
})

describe('statements that an index cannot take as they are', () => {
  test('Values of other types become text, or are absent', async () => {
    const world = await shop()
    const odd: Stated[] = [
      { id: 'a', timeMs: DAY0_MS, attributes: { title: 4711, brand: ['x', 'y'], price: 'cheap' } },
      { id: 'b', timeMs: DAY0_MS, attributes: { title: true, price: 3 } },
      { id: 'c', timeMs: DAY0_MS, text: 'word '.repeat(200_000) },
      ...[{ id: 'd', timeMs: DAY0_MS, attributes: Object.fromEntries(wide()) }],
    ]
    const key = await putStatements(world.lake, 'items', DAY0_MS + HOUR_MS, odd)
    await indexDrop(portsOf(world), SHOP, key)
    const found = await foundIn(world, ['4711', 'true', 'word', 'attribute5'])
    expect(found!.found.map(({ hits }) => hits.map(({ id }) => id))).toEqual([
      ...[['a'], ['b'], ['c'], []],
    ])
    expect(found!.found[0]!.facets).toEqual({
      brand: [
        { value: 'x', count: 1 },
        { value: 'y', count: 1 },
      ],
    })
  })
})
const wide = (): [string, string][] =>
  Array.from({ length: 100_000 }, (_, n) => [`name${n}`, `attribute${n}`])

describe('the gate and the policies', () => {
  test('Overlap and rank-biased overlap have their known values', () => {
    expect([overlapOf([], []), overlapOf(['a'], []), overlapOf(['a', 'b'], ['b', 'c'])]).toEqual([
      ...[1, 0, 0.5],
    ])
    expect(rankBiasedOverlap(['a', 'b', 'c'], ['a', 'b', 'c'])).toBeCloseTo(1, 12)
    expect(rankBiasedOverlap(['a', 'b'], ['c', 'd'])).toBe(0)
    // By hand, p = 0.9: 0.1 · 0 + 0.1 · 0.9 · 1 + 0.81 · 1.
    expect(rankBiasedOverlap(['a', 'b'], ['b', 'a'])).toBeCloseTo(0.9, 12)
  })

  test('Eight segments of a level are merged, and one mostly deleted alone', () => {
    const of = (live: number, count = live) => ({
      ...{ digest: 'd', indexBytes: 1, documentsBytes: 1, count, live },
      deletions: count === live ? null : 'x',
    })
    expect(chooseMerge(Array.from({ length: 7 }, () => of(5)))).toBeNull()
    expect(chooseMerge([of(9000), ...Array.from({ length: 9 }, () => of(5))])).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8],
    ])
    expect(chooseMerge([of(9000), of(40, 100)])).toEqual([1])
    const huge = { ...of(9000), documentsBytes: 2 ** 30 }
    expect(chooseMerge(Array.from({ length: 8 }, () => huge))).toBeNull()
  })
})
