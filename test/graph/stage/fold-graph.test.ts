import { describe, expect, test } from 'vitest'
import {
  claimManifestPrefix,
  GRAPH_EXPORTS,
  graphExportKey,
  graphLearnedKey,
  graphLinksKey,
  graphManifestKey,
  graphNamesKey,
  graphReportKey,
} from '../../../functions/contract/claim-keys.ts'
import { entityRowSchema } from '../../../functions/contract/graph.ts'
import {
  entityNamesSchema,
  graphManifestSchema,
  graphReportSchema,
  itemLinksSchema,
  learnedSchema,
} from '../../../functions/contract/graph-objects.ts'
import { getJson } from '../../../functions/core/objects.ts'
import {
  atHour,
  closeClicks,
  copyGraphWorld,
  dropDocuments,
  dropItems,
  firstNumbers,
  foldAt,
  graphOfWorld,
  graphWorld,
  shopItem,
  shopItems,
} from '../../make/graph-world.ts'

const GUIDE = [
  '# Knives',
  '',
  'Acme makes sharp things, such as Thing 3. Bolt makes pans.',
  '',
  '## Santoku',
  '',
  'A santoku is a knife.',
].join('\n')
const guide = (text = GUIDE) => ({
  ...{ id: 'guide', timeMs: atHour(0), title: 'A guide', text },
  attributes: { format: 'markdown' },
})

/** A shop with a catalogue, a document and a week of clicks. */
async function makeShop() {
  const world = graphWorld()
  await dropItems(world, 0, shopItems(firstNumbers(12)))
  await dropDocuments(world, 0, [guide()])
  await closeClicks(world)
  return world
}

describe('a full build', () => {
  test('Catalogue, documents and behaviour make one graph', async () => {
    const world = await makeShop()
    const built = await foldAt(world, 0)
    expect(built).toMatchObject({ result: 'accepted', reason: 'the first one' })
    const { rows, state } = await graphOfWorld(world, built.generation!)
    const acme = entityRowSchema.parse(rows['brand:acme'])
    expect(acme.name).toBe('Acme')
    expect(acme.incoming['has-brand']!.values.map(({ value }) => value)).toEqual([
      'item:i0',
      'item:i4',
      'item:i8',
    ])
    expect(acme.incoming['mentions']!.values).toMatchObject([{ value: 'document:guide' }])
    const item = entityRowSchema.parse(rows['item:i0'])
    expect(item.facts['weight']!.values).toMatchObject([{ value: 100, unit: 'g' }])
    expect(item.facts['co-viewed-with']!.values.map(({ value }) => value).sort()).toEqual([
      'item:i1',
      'item:i2',
    ])
    expect(item.incoming['searched-with']!.values).toMatchObject([{ value: 'query:group-0' }])
    expect(rows['category:kitchen/knives']).toMatchObject({
      facts: { broader: { values: [{ value: 'category:kitchen' }] } },
    })
    expect(state).toMatchObject({ n: 1, pending: null, facts: built.facts })
    expect(state.entities).toBe(Object.keys(rows).length)
  })

  test('No row and no object names a user', async () => {
    const world = await makeShop()
    await foldAt(world, 0)
    const text = JSON.stringify([...world.rows])
    for (const { body } of world.models.contents.values())
      expect(Buffer.from(body).toString('latin1')).not.toMatch(/\bu\d+\b/)
    expect(text).not.toMatch(/"u\d+"/)
  })

  test('All its objects are there, and its report counts them', async () => {
    const world = await makeShop()
    const { generation } = await foldAt(world, 0)
    const { models } = world
    const name = ['feed', generation!] as const
    const manifest = await getJson(models, graphManifestKey(...name), graphManifestSchema)
    const learned = await getJson(models, graphLearnedKey(...name), learnedSchema)
    expect(learned.names).toContainEqual(['Acme', 'brand:acme'])
    const names = await getJson(models, graphNamesKey(...name), entityNamesSchema)
    const kitchen = names.entities.find(({ id }) => id === 'category:kitchen')!
    expect(kitchen.names).toEqual(['Kitchen'])
    expect(kitchen.narrower.map((at) => names.entities[at]!.id)).toEqual([
      'category:kitchen/knives',
      'category:kitchen/pans',
    ])
    const links = await getJson(models, graphLinksKey(...name), itemLinksSchema)
    expect(links.relations).toEqual(['has-brand', 'in-category'])
    expect(
      links.items['i1']!.map(([relation, places]) => [
        links.relations[relation],
        places.map((at) => links.entities[at]),
      ]),
    ).toEqual([
      ['has-brand', ['brand:bolt']],
      ['in-category', ['category:kitchen/pans']],
    ])
    const report = await getJson(models, graphReportKey(...name), graphReportSchema)
    expect(report).toMatchObject({
      isAccepted: true,
      n: 1,
      relations: { 'has-brand': { facts: 12 } },
    })
    expect(report.claims['behaviour']).toBeGreaterThan(0)
    expect(manifest.facts).toBe(
      Object.values(report.relations).reduce((sum, { facts }) => sum + facts, 0),
    )
    for (const file of GRAPH_EXPORTS) {
      const key = graphExportKey({ scene: 'feed', generation: generation!, n: 1, name: file })
      expect((await models.get(key)).byteLength).toBeGreaterThan(50)
    }
  })

  test('A build that is stopped anywhere ends in the same bytes', async () => {
    const whole = await makeShop()
    const { generation } = await foldAt(copyGraphWorld(whole), 0)
    const expected = copyGraphWorld(whole)
    await foldAt(expected, 0)
    for (let stop = 1; stop < 60; stop += 11) {
      const world = copyGraphWorld(whole)
      let left = stop
      const put = (key: string, body: Uint8Array | string): Promise<void> => {
        if (left-- <= 0) throw new Error('stopped')
        return world.models.put(key, body)
      }
      const broken = { models: { ...world.models, put } }
      await foldAt(world, 0, broken).catch(() => {})
      // The schedule comes an hour later, and finds what was left.
      const again = await foldAt(world, 1)
      expect(again.generation).toBe(generation)
      const [a, b] = [
        await graphOfWorld(world, generation!),
        await graphOfWorld(expected, generation!),
      ]
      expect({ snapshot: a.snapshot, rows: a.rows }).toEqual({ snapshot: b.snapshot, rows: b.rows })
    }
  })

  test('With nothing to build of, nothing is built', async () => {
    const world = graphWorld()
    expect(await foldAt(world, 0)).toMatchObject({ generation: null, result: 'empty' })
    expect(world.rows.size).toBe(0)
  })

  test('A changed definition builds again, a changed gate does not', async () => {
    const world = await makeShop()
    const first = await foldAt(world, 0)
    const graph = world.scene.graph!
    world.scene = { ...world.scene, graph: { ...graph, gate: { minKept: 0.9, minFacts: 1 } } }
    expect(await foldAt(world, 1)).toMatchObject({ result: 'not due' })
    world.scene = { ...world.scene, graph: { ...graph, maxFanOut: 2 } }
    const second = await foldAt(world, 2)
    expect(second).toMatchObject({ result: 'accepted' })
    expect(second.generation).not.toBe(first.generation)
    // Claims are there already: the second build makes none but for the new names' texts.
    const manifests = await world.lake.list(claimManifestPrefix('feed'))
    expect(manifests.filter(({ key }) => key.includes('/catalogue/'))).toHaveLength(2)
  })
})

describe('odd input', () => {
  test('An entity of many thousand aliases has a row that fits', async () => {
    const world = graphWorld()
    const drops = firstNumbers(4).map((part) =>
      firstNumbers(50).map((n) =>
        shopItem(part * 50 + n, {
          ...{ title: 'x', brand: 'One', category: 'c', weight: 1 },
          alias: firstNumbers(62).map((k) => `alias ${part}-${n}-${k}`),
        }),
      ),
    )
    // All items are merged into one: each says that it is the same as the first.
    world.scene.graph!.catalogue['same'] = { relation: 'same-as', entity: 'item', confidence: 0.9 }
    for (const items of drops)
      await dropItems(
        world,
        0,
        items.map((item) => ({ ...item, attributes: { ...item.attributes, same: 'i0' } })),
      )
    const { generation } = await foldAt(world, 0)
    const { rows } = await graphOfWorld(world, generation!)
    const row = entityRowSchema.parse(rows['item:i0'])
    const { values, leftOut } = row.facts['alias']!
    expect(values.length + leftOut).toBe(4 * 50 * 62)
    expect(values).toHaveLength(world.scene.graph!.maxFanOut)
    expect(JSON.stringify(row).length).toBeLessThan(400_000)
  })

  test('A cycle in the taxonomy is broken and counted', async () => {
    const world = graphWorld({
      catalogue: { kind: { relation: 'in-category', entity: 'category', broader: 'above' } },
      shards: 4,
    })
    await dropItems(world, 0, [
      { id: 'a', timeMs: atHour(0), attributes: { kind: 'knives', above: 'tools' } },
      { id: 'b', timeMs: atHour(0), attributes: { kind: 'tools', above: 'things' } },
      { id: 'c', timeMs: atHour(0), attributes: { kind: 'things', above: 'knives' } },
    ])
    const { generation } = await foldAt(world, 0)
    const key = graphReportKey('feed', generation!)
    const report = await getJson(world.models, key, graphReportSchema)
    expect(report.taxonomy).toEqual({ nodes: 3, depth: 2, brokenCycles: 1 })
  })

  test('Contradictory units keep both values with their confidence', async () => {
    const world = graphWorld({
      catalogue: { weight: { relation: 'weight', unit: 'g' } },
      ...{ provider: 'shop', shards: 4 },
    })
    const say = (hour: number, id: string, weight: string) =>
      dropItems(world, hour, [{ id, timeMs: atHour(hour), attributes: { weight, shop: id } }])
    await say(0, 'a', '0.5 kg')
    await say(0, 'b', '20 cm')
    const { generation } = await foldAt(world, 0)
    const { rows } = await graphOfWorld(world, generation!)
    expect(rows['item:a']).toMatchObject({
      facts: { weight: { values: [{ value: 500, unit: 'g' }] } },
    })
    const weightOf = (id: string) => entityRowSchema.parse(rows[id]).facts['weight']!.values[0]!
    expect(weightOf('item:b')).toMatchObject({ value: 20, unit: 'cm' })
    expect(weightOf('item:b').confidence).toBeLessThan(weightOf('item:a').confidence)
  })
})
