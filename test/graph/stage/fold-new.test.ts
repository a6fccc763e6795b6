import { describe, expect, test } from 'vitest'
import { graphReportKey } from '../../../functions/contract/claim-keys.ts'
import { graphReportSchema } from '../../../functions/contract/graph-objects.ts'
import { dropManifestKey } from '../../../functions/contract/keys.ts'
import { getJson } from '../../../functions/core/objects.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import {
  builtGraphWorld,
  copyGraphWorld,
  dropDocuments,
  dropItems,
  firstNumbers,
  foldAt,
  GRAPH_CHANGES,
  type GraphWorld,
  gone,
  graphOfWorld,
  graphWorldWithGoing,
  SHOP_GRAPH,
  shopItem,
  shopItems,
  shopText,
} from '../../make/graph-world.ts'

describe('folding new drops', () => {
  test('What is folded drop by drop equals what is folded at once', async () => {
    const { world, generation } = await builtGraphWorld()
    const atOnce = copyGraphWorld(world)
    for (const [at, change] of GRAPH_CHANGES.entries()) {
      await change(world, at + 1)
      await change(atOnce, at + 1)
      const { folded } = await foldAt(world, at + 1)
      expect(folded).toMatchObject([{ generation, result: 'folded', drops: 1 }])
    }
    await foldAt(atOnce, GRAPH_CHANGES.length)
    const [a, b] = [await graphOfWorld(world, generation), await graphOfWorld(atOnce, generation)]
    expect(a.snapshot).toEqual(b.snapshot)
    expect(a.rows).toEqual(b.rows)
    expect(a.state).toMatchObject({ facts: b.state.facts, entities: b.state.entities })
    expect(a.rows['document:d2']).toBeUndefined()
    expect(a.rows['item:i50']).toBeDefined()
    const n = (world: GraphWorld) =>
      [...world.models.contents.keys()]
        .filter((key) => key.endsWith('facts.parquet'))
        .sort()
        .at(-1)!
    expect(await world.models.get(n(world))).toEqual(await atOnce.models.get(n(atOnce)))
  })

  test('Drops in any order of arrival end in one graph', async () => {
    const { world, generation } = await builtGraphWorld()
    const uniform = seededUniform(5)
    const ends: unknown[] = []
    for (let draw = 0; draw < 5; draw++) {
      const own = copyGraphWorld(world)
      const order = firstNumbers(GRAPH_CHANGES.length)
        .map((n) => [uniform(), n] as const)
        .sort(([a], [b]) => a - b)
        .map(([, n]) => n)
      // The statements have their times from their drops; only when their manifests come differs.
      const late = new Map<string, Uint8Array>()
      for (const [at, change] of GRAPH_CHANGES.entries()) {
        const before = new Set(own.lake.contents.keys())
        await change(own, at + 1)
        for (const [key, { body }] of own.lake.contents)
          if (!before.has(key) && key.startsWith('manifests/')) {
            late.set(`${at}`, body)
            late.set(`${at} key`, Buffer.from(key))
            own.lake.contents.delete(key)
          }
      }
      for (const [step, n] of order.entries()) {
        await own.lake.put(Buffer.from(late.get(`${n} key`)!).toString(), late.get(`${n}`)!)
        await foldAt(own, GRAPH_CHANGES.length + step + 1)
      }
      const { snapshot, rows } = await graphOfWorld(own, generation)
      ends.push({ snapshot, rows })
    }
    for (const end of ends) expect(end).toEqual(ends[0])
  })

  test('Chunks claim the entities of their document and no names', async () => {
    const world = graphWorldWithGoing()
    const chunk = { ...shopItem(1), id: 'chunk' }
    const attributes = { ...chunk.attributes, document: 'd1', title: 'Knives' }
    await dropItems(world, 0, [shopItem(0), { ...chunk, attributes }])
    await dropDocuments(world, 0, [shopText('d1', 'Knives and Acme')])
    const { generation } = await foldAt(world, 0)
    const { rows } = await graphOfWorld(world, generation!)
    const facts = (id: string) => (rows[id]!['facts'] ?? {}) as Record<string, unknown>
    expect(Object.keys(facts('item:chunk'))).toEqual(['has-brand', 'in-category'])
    expect(facts('document:d1')['mentions']).toMatchObject({
      values: [{ value: 'brand:acme' }, { value: 'category:kitchen/knives' }],
    })
  })

  test('A source that comes and goes leaves no trace', async () => {
    const { world, generation } = await builtGraphWorld()
    const before = await graphOfWorld(world, generation)
    await dropItems(world, 1, [shopItem(99, { brand: 'Novel' })])
    await foldAt(world, 1)
    expect((await graphOfWorld(world, generation)).rows['brand:novel']).toBeDefined()
    await dropItems(world, 2, [gone(99)])
    await foldAt(world, 2)
    const after = await graphOfWorld(world, generation)
    const { withdrawn: _was, ...was } = before.snapshot
    const { withdrawn: _is, ...is } = after.snapshot
    expect(is).toEqual(was)
    expect(after.rows).toEqual(before.rows)
  })

  test('A weekly build of equal names equals the graph that was kept', async () => {
    // Providers are the same and no text is read, so what is learned is the same.
    const world = graphWorldWithGoing({ ...SHOP_GRAPH, behaviour: {} })
    await dropItems(world, 0, shopItems(firstNumbers(20)))
    const first = await foldAt(world, 0)
    await dropItems(world, 1, [shopItem(3, { brand: 'Dune' }), gone(5)])
    await dropItems(world, 2, [shopItem(60), shopItem(5)])
    for (const hour of [1, 2]) await foldAt(world, hour)
    const second = await foldAt(world, 7 * 24 + 3)
    expect(second).toMatchObject({ result: 'accepted' })
    const kept = await graphOfWorld(world, first.generation!)
    const built = await graphOfWorld(world, second.generation!)
    expect(built.snapshot).toEqual(kept.snapshot)
    expect(built.rows).toEqual(kept.rows)
  })

  test('A drop that is delivered again changes nothing', async () => {
    const { world, generation } = await builtGraphWorld()
    await dropItems(world, 1, [shopItem(3, { brand: 'Dune' })])
    await foldAt(world, 1)
    const before = await graphOfWorld(world, generation)
    await dropItems(world, 1, [shopItem(3, { brand: 'Dune' })])
    const { folded } = await foldAt(world, 2)
    expect(folded).toMatchObject([{ drops: 0, touched: 0, rows: 0 }])
    const after = await graphOfWorld(world, generation)
    expect(after.snapshot).toEqual(before.snapshot)
    expect(after.rows).toEqual(before.rows)
    // The same statement in another drop is news only in its time.
    await dropItems(world, 3, [shopItem(3, { brand: 'Dune' })])
    expect((await foldAt(world, 3)).folded).toMatchObject([{ drops: 1, touched: 4 }])
  })

  test('A manifest that comes late is still folded', async () => {
    const { world, generation } = await builtGraphWorld()
    const manifest = await dropItems(world, 1, [shopItem(70)])
    const body = await world.lake.get(manifest)
    await world.lake.delete(manifest)
    await dropItems(world, 2, [shopItem(71)])
    await foldAt(world, 2)
    await world.lake.put(manifest, body)
    const { folded } = await foldAt(world, 3)
    expect(folded).toMatchObject([{ drops: 1 }])
    const { rows } = await graphOfWorld(world, generation)
    expect([rows['item:i70'], rows['item:i71']].every(Boolean)).toBe(true)
    expect(manifest).toBe(dropManifestKey('feed', parse(manifest)))
  })

  test('Withdrawing reads the shards of what the source claimed, and no more', async () => {
    const world = graphWorldWithGoing({ ...SHOP_GRAPH, shards: 256 })
    await dropItems(world, 0, shopItems(firstNumbers(400)))
    await foldAt(world, 0)
    await dropItems(world, 1, [gone(7)])
    const reads: string[] = []
    const get = (key: string): Promise<Uint8Array> => {
      reads.push(key)
      return world.models.get(key)
    }
    const { folded } = await foldAt(world, 1, { models: { ...world.models, get } })
    // Its item, its brand, its category and the category above.
    expect(folded).toMatchObject([{ drops: 1, touched: 4, shards: 4 }])
    expect(reads.filter((key) => key.includes('/claims/'))).toHaveLength(4)
    expect(reads.filter((key) => key.includes('/withdrawn/')).length).toBeLessThanOrEqual(1)
  })

  test('Only rows of touched entities are written', async () => {
    const { world } = await builtGraphWorld()
    await dropItems(world, 1, [shopItem(3, { brand: 'Novel' })])
    const written: string[] = []
    const putAll: typeof world.online.putAll = (rows) => {
      written.push(...rows.map(({ pk }) => pk.slice('feed#entity#'.length)))
      return world.online.putAll(rows)
    }
    const { folded } = await foldAt(world, 1, { online: { ...world.online, putAll } })
    // The statement is of another time, so its item's shelf is, too.
    const touched = ['brand:dune', 'brand:novel', 'category:kitchen/knives', 'item:i3']
    expect(written.sort()).toEqual(touched)
    expect(folded).toMatchObject([{ rows: written.length }])
  })

  test('The report follows, and counts what is gone', async () => {
    const { world, generation } = await builtGraphWorld()
    await GRAPH_CHANGES[1]!(world, 1)
    await foldAt(world, 1)
    const report = await getJson(
      world.models,
      graphReportKey('feed', generation),
      graphReportSchema,
    )
    expect(report).toMatchObject({ n: 2, withdrawnSources: 1, isAccepted: true })
    expect(report.entities['item']).toBe(39)
  })
})

const parse = (key: string) => {
  const [, arrivalMs, drop] = /(\d{13})-([0-9a-f]{32})\.json$/.exec(key)!
  return { arrivalMs: Number(arrivalMs), drop: drop! }
}
