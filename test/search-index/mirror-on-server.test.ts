import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { QuartermasterError } from '../../functions/core/errors.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { mirrorDrop } from '../../functions/search-index/mirror-drop.ts'
import { rebuildIndex } from '../../functions/search-index/rebuild.ts'
import { DAY0_MS } from '../make/events.ts'
import { foundIn, portsOf, type SearchWorld, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements, type Stated } from '../make/statements.ts'
import { openServer } from './opensearch/node/open-server.ts'

const { skipped, opened } = await openServer()

const item = (n: number, more: Partial<Stated['attributes']> = {}): Stated => ({
  ...{ id: `item-${n}`, timeMs: DAY0_MS },
  attributes: { title: `red lamp ${n}`, brand: n % 2 ? 'odd' : 'even', price: n, ...more },
})

async function land(world: SearchWorld, hours: number, items: Stated[]): Promise<string> {
  const key = await putStatements(world.lake, 'items', DAY0_MS + hours * HOUR_MS, items)
  await indexDrop(portsOf(world), SHOP, key)
  return key
}
const mirror = (world: SearchWorld, key: string, server = opened.server) => {
  const { lake, models, online } = world
  const endpoint = opened.node.url
  return mirrorDrop({ lake, models, online, scene: 'feed', server, endpoint }, SHOP, key)
}
/** The ids that the alias finds, in order. */
async function aliased(query: object = { match_all: {} }): Promise<string[]> {
  await opened.ask('POST', '/_refresh')
  const body = { query, size: 1000, _source: ['id'] }
  const answer = (await opened.ask('POST', '/feed/_search', body)) as {
    hits: { hits: { _source: { id: string } }[] }
  }
  return answer.hits.hits.map(({ _source }) => _source.id).sort()
}
const indexes = async (): Promise<string[]> =>
  Object.keys((await opened.ask('GET', '/feed-*')) as object).sort()

describe.skipIf(skipped !== '')(`the mirror in OpenSearch${skipped}`, () => {
  const world = searchWorld()

  test('A drop waits until the first generation is built', async () => {
    const key = await putStatements(world.lake, 'items', DAY0_MS, [item(0), item(1)])
    await expect(mirror(world, key)).rejects.toThrow(/first generation is not built yet/)
    await indexDrop(portsOf(world), SHOP, key)
    expect(await mirror(world, key)).toMatchObject({ result: 'mirrored', refused: 0 })
    expect(await aliased()).toEqual(['item-0', 'item-1'])
  })

  test('Newer, older, gone and repeated statements end as in our index', async () => {
    const keys = [
      await land(world, 1, [item(1, { title: 'blue chair' }), item(2)]),
      await land(world, 2, [item(0, { gone: true })]),
      await land(world, 3, [item(3)]),
    ]
    for (const key of [...keys.toReversed(), ...keys]) await mirror(world, key)
    const ours = await foundIn(world, ['red', 'blue'])
    expect(ours!.live).toBe(3)
    const red = { match: { 'fields.title': 'red' } }
    expect(await aliased(red)).toEqual(ours!.found[0]!.hits.map(({ id }) => id).sort())
    expect(await aliased({ match: { 'fields.title': 'blue' } })).toEqual(['item-1'])
  })

  test('A server that is down stops nothing but the mirror', async () => {
    const key = await land(world, 4, [item(4)])
    const down = { send: () => Promise.reject(new QuartermasterError('no answer')) }
    await expect(
      mirrorDrop(
        {
          ...{ lake: world.lake, models: world.models, online: world.online, scene: 'feed' },
          ...{ server: down, endpoint: opened.node.url, options: { waitsMs: [] } },
        },
        SHOP,
        key,
      ),
    ).rejects.toThrow(/no answer/)
    expect((await foundIn(world, ['red']))!.live).toBe(4)
    await mirror(world, key)
    expect(await aliased()).toContain('item-4')
  })

  test('A new generation gets the whole lake and the alias', async () => {
    const [first] = await indexes()
    await rebuildIndex(portsOf(world), SHOP, DAY0_MS + 8 * DAY_MS)
    await mirror(world, await land(world, 200, [item(5)]))
    expect(await indexes()).toHaveLength(2)
    const alias = (await opened.ask('GET', '/_alias/feed')) as Record<string, unknown>
    expect(Object.keys(alias)).not.toContain(first)
    expect(await aliased()).toEqual(['item-1', 'item-2', 'item-3', 'item-4', 'item-5'])
  })

  test('Indexes of generations that were retired are deleted', async () => {
    const [first] = await indexes()
    for (const days of [16, 24]) await rebuildIndex(portsOf(world), SHOP, DAY0_MS + days * DAY_MS)
    await mirror(world, await land(world, 600, [item(6)]))
    expect(await indexes()).toHaveLength(3)
    expect(await indexes()).not.toContain(first)
    expect(await aliased()).toHaveLength(6)
  })
})
