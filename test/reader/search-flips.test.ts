import { describe, expect, test } from 'vitest'
import { searchDefinitionKey } from '../../functions/contract/keys.ts'
import { type Parts, SEARCH_PART } from '../../functions/contract/part.ts'
import { DAY_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { openIndex } from '../../functions/reader/open-index.ts'
import { openSearch } from '../../functions/reader/search.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { loadState } from '../../functions/search-index/state.ts'
import { DAY0_MS } from '../make/events.ts'
import { foundIn, portsOf, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements } from '../make/statements.ts'

const FLIPS = 30
const CHANGES = 1000
const ITEMS = 100

const partsOf = (generation: string): Parts => ({
  [SEARCH_PART]: {
    ...{ key: '', sha256: null, kind: 'index', base: null, generation, throughMs: 0 },
  },
})

const item = (n: number, version: number) => ({
  id: `item-${n}`,
  timeMs: DAY0_MS,
  attributes: {
    title: `red shoe v${version}`,
    brand: 'a',
    price: n,
    gone: (n + version) % 10 === 0,
  },
})

describe('searches while the index changes', () => {
  test('No search fails in 30 flips and rollbacks amid 1,000 changes', async () => {
    const world = searchWorld()
    const ports = portsOf(world)
    const all = Array.from({ length: ITEMS }, (_, n) => item(n, 0))
    const first = await putStatements(world.lake, 'items', DAY0_MS, all)
    await indexDrop(ports, SHOP, first)
    await rebuildIndex(portsOf(world), SHOP, DAY0_MS + 8 * DAY_MS)
    const { generations } = await loadState(world.online, 'feed')
    expect(generations.map(({ status }) => status)).toEqual(['accepted', 'accepted'])

    let served = 0
    const faults: unknown[] = []
    const { search } = openSearch(
      openIndex({
        ...{ scene: 'feed', models: world.models, online: world.online, searchMs: 0 },
        servedParts: () => partsOf(generations[served % 2]!.generation),
        timer: () => () => {},
        onFault: (fault) => faults.push(fault),
      }),
    )
    let searches = 0
    let isOver = false
    const searching = (async () => {
      while (!isOver) {
        const { hits, total } = await search('red shoe', { limit: 1000, documents: true })
        searches++
        expect(hits.length).toBe(total)
        expect(total).toBeGreaterThan(0.75 * ITEMS)
      }
    })()
    for (let change = 0; change < CHANGES; change++) {
      if (change % Math.floor(CHANGES / FLIPS) === 0) served++
      const arrivalMs = DAY0_MS + 9 * DAY_MS + change * MINUTE_MS
      const changed = [item((change * 37) % ITEMS, 1 + Math.floor(change / ITEMS))]
      await indexDrop(ports, SHOP, await putStatements(world.lake, 'items', arrivalMs, changed))
    }
    isOver = true
    await searching
    expect(faults).toEqual([])
    expect(served).toBeGreaterThanOrEqual(FLIPS)
    expect(searches).toBeGreaterThan(FLIPS)
    // Nothing was lost and nothing came back: both generations find what a new build finds.
    const fresh = searchWorld(world.lake)
    await rebuildIndex(portsOf(fresh), SHOP, DAY0_MS + 30 * DAY_MS)
    const expected = await foundIn(fresh, ['red shoe', 'v10'])
    for (const n of [0, 1])
      expect(await foundIn(world, ['red shoe', 'v10'], generations[n]!.generation)).toEqual(
        expected,
      )
  })

  test('A generation of other code is refused by name', async () => {
    const world = searchWorld()
    const all = Array.from({ length: 20 }, (_, n) => item(n, 0))
    const first = await putStatements(world.lake, 'items', DAY0_MS, all)
    await indexDrop(portsOf(world), SHOP, first)
    await rebuildIndex(portsOf(world), SHOP, DAY0_MS + 8 * DAY_MS)
    const [newer, older] = (await loadState(world.online, 'feed')).generations
    const key = searchDefinitionKey('feed', newer!.generation)
    const meaning = JSON.parse(new TextDecoder().decode(await world.models.get(key)))
    await world.models.put(key, JSON.stringify({ ...meaning, layoutVersion: 0 }))

    let served = older!.generation
    const faults: unknown[] = []
    const { search } = openSearch(
      openIndex({
        ...{ scene: 'feed', models: world.models, online: world.online, searchMs: 0 },
        servedParts: () => partsOf(served),
        timer: () => () => {},
        onFault: (fault) => faults.push(fault),
      }),
    )
    const before = await search('red shoe')
    served = newer!.generation
    expect(await search('red shoe')).toEqual(before)
    expect(String(faults)).toMatch(/was built by other code/)
  })
})
