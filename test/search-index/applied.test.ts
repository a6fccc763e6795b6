import { describe, expect, test } from 'vitest'
import { MAX_APPLIED } from '../../functions/contract/search-index.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { acceptedOf } from '../../functions/registry/generations.ts'
import { flipSnapshot } from '../../functions/search-index/add-documents.ts'
import { BATCH_DOCUMENTS } from '../../functions/search-index/build.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { loadSnapshot } from '../../functions/search-index/open-snapshot.ts'
import { loadPointer, loadState } from '../../functions/search-index/state.ts'
import { DAY0_MS } from '../make/events.ts'
import { portsOf, type SearchWorld, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements } from '../make/statements.ts'

const stated = (id: string, timeMs = DAY0_MS) => ({
  id,
  timeMs,
  attributes: { title: `red ${id}` },
})

const land = ({ lake }: SearchWorld, n: number, statements = [stated(`item-${n}`)]) =>
  putStatements(lake, 'items', DAY0_MS + DAY_MS + n * HOUR_MS, statements)

/** A world whose index was built from its first drop. */
async function builtWorld() {
  const world = searchWorld()
  await indexDrop(portsOf(world), SHOP, await land(world, 0))
  return world
}

async function snapshotOf({ models, online }: SearchWorld) {
  const { generation } = acceptedOf((await loadState(online, 'feed')).generations)!
  return loadSnapshot(models, (await loadPointer(online, 'feed', generation))!)
}

/** The keys of clean files that are read during some work. */
function readsOf({ lake }: SearchWorld) {
  const keys: string[] = []
  const watched = new Proxy(lake, {
    get: (target, name) =>
      name !== 'get'
        ? Reflect.get(target, name)
        : (key: string) => {
            if (key.startsWith('clean/')) keys.push(key)
            return target.get(key)
          },
  })
  return { watched, keys }
}

describe('drops that are applied', () => {
  test('A snapshot notes its drop, and a repeat reads no statements', async () => {
    const world = await builtWorld()
    const key = await land(world, 1)
    expect(await indexDrop(portsOf(world), SHOP, key)).toEqual({ result: 'indexed', documents: 1 })
    const before = await snapshotOf(world)
    expect(before.applied).toHaveLength(1)
    const { watched, keys } = readsOf(world)
    const again = await indexDrop({ ...portsOf(world), lake: watched }, SHOP, key)
    expect(again).toEqual({ result: 'applied', documents: 0 })
    expect(keys).toEqual([])
    expect(await snapshotOf(world)).toEqual(before)
    await indexDrop({ ...portsOf(world), lake: watched }, SHOP, await land(world, 2))
    expect(keys).toHaveLength(1)
  })

  test('A drop of several batches is noted with its last one', async () => {
    const world = await builtWorld()
    const many = Array.from({ length: BATCH_DOCUMENTS + 1 }, (_, n) => stated(`many-${n}`))
    const key = await land(world, 1, many)
    let moves = 0
    const online = new Proxy(world.online, {
      get: (target, name) =>
        name !== 'putIfUnchanged'
          ? Reflect.get(target, name)
          : (...row: Parameters<typeof target.putIfUnchanged>) => {
              if (++moves === 2) throw new Error('the function was stopped')
              return target.putIfUnchanged(...row)
            },
    })
    await expect(indexDrop({ ...portsOf(world), online }, SHOP, key)).rejects.toThrow('stopped')
    const half = await snapshotOf(world)
    expect(half).toMatchObject({ live: 1 + BATCH_DOCUMENTS, applied: [] })
    expect(await indexDrop(portsOf(world), SHOP, key)).toEqual({ result: 'indexed', documents: 1 })
    const whole = await snapshotOf(world)
    expect(whole.live).toBe(2 + BATCH_DOCUMENTS)
    expect(whole.applied).toHaveLength(1)
  })

  test('The oldest notes are forgotten, and their drops still change nothing', async () => {
    const world = await builtWorld()
    const first = await land(world, 1)
    await indexDrop(portsOf(world), SHOP, first)
    const { generation } = await snapshotOf(world)
    const before = (await loadPointer(world.online, 'feed', generation))!
    const others = Array.from({ length: MAX_APPLIED }, (_, n) => `other-${n}`)
    const { n, ...same } = await snapshotOf(world)
    await flipSnapshot(portsOf(world), before, { ...same, n: n + 1, applied: others })
    expect(await indexDrop(portsOf(world), SHOP, first)).toEqual({
      result: 'indexed',
      documents: 0,
    })
    expect((await snapshotOf(world)).live).toBe(same.live)
    await indexDrop(portsOf(world), SHOP, await land(world, 2))
    const { applied } = await snapshotOf(world)
    expect(applied).toHaveLength(MAX_APPLIED)
    expect(applied.slice(0, -1)).toEqual(others.slice(1))
  })
})
