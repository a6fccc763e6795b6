import { describe, expect, test } from 'vitest'
import {
  claimManifestPrefix,
  graphLearnedKey,
  graphLinksKey,
  graphReportKey,
} from '../../../functions/contract/claim-keys.ts'
import { entityRowSchema } from '../../../functions/contract/graph.ts'
import {
  graphReportSchema,
  itemLinksSchema,
  learnedSchema,
} from '../../../functions/contract/graph-objects.ts'
import { getJson } from '../../../functions/core/objects.ts'
import type {
  LanguageModel,
  Question,
} from '../../../functions/graph/extract/language-model/port.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import {
  atHour,
  dropDocuments,
  dropItems,
  firstNumbers,
  foldAt,
  graphOfWorld,
  graphWorld,
} from '../../make/graph-world.ts'

const WORDS = 'red blue steel oak long short wide thin light heavy garden kitchen hand power'.split(
  ' ',
)
/** The same products as shops write them: a model number, some words, and a weight. */
async function shops(names: readonly string[]) {
  const world = graphWorld({
    catalogue: {
      title: { relation: 'name' },
      brand: { relation: 'has-brand', entity: 'brand' },
      weight: { relation: 'weight', unit: 'g' },
    },
    ...{ provider: 'shop', resolution: {}, shards: 8, links: ['has-brand'] },
  })
  const uniform = seededUniform(11)
  const pick = (): string => WORDS[Math.floor(uniform() * WORDS.length)]!
  const products = firstNumbers(60).map((n) => ({
    model: `${'abcdefgh'[n % 8]}${1000 + 37 * n}x`,
    words: [pick(), pick(), pick()],
    brand: `Brand ${n % 9}`,
    weight: 100 + 13 * n,
  }))
  for (const shop of names)
    await dropItems(
      world,
      0,
      products.map(({ model, words, brand, weight }, n) => ({
        ...{ id: `${shop}${n}`, timeMs: atHour(0) },
        attributes: {
          ...{ shop, brand },
          title:
            shop !== 'west'
              ? `${brand} ${words.join(' ')} ${model}`
              : `${words[0]} ${model} ${brand}`,
          // The west is wrong about the weight of every third product.
          weight: `${shop === 'west' && n % 3 === 0 ? weight + 50 : weight} g`,
        },
      })),
    )
  return world
}

describe('a graph of several providers', () => {
  test('Equal items become one entity, and both ids lead to it', async () => {
    const world = await shops(['east', 'west'])
    const { generation } = await foldAt(world, 0)
    const report = await getJson(
      world.models,
      graphReportKey('feed', generation!),
      graphReportSchema,
    )
    expect(report.merges).toBeGreaterThan(54)
    expect(report.claims['resolution']).toBe(report.merges)
    const { rows } = await graphOfWorld(world, generation!)
    const merged = entityRowSchema.parse(rows['item:east5'])
    expect(merged.facts['same-as']!.values).toMatchObject([{ value: 'item:west5' }])
    expect(entityRowSchema.parse(rows['item:west5'])).toMatchObject({
      facts: {},
      incoming: { 'same-as': { values: [{ value: 'item:east5' }] } },
    })
    const links = await getJson(world.models, graphLinksKey('feed', generation!), itemLinksSchema)
    expect(links.items['west5']).toEqual(links.items['east5'])
    expect(links.items['west5']).toBeDefined()
    const again = await foldAt(world, 1)
    expect(again).toMatchObject({ result: 'not due', folded: [{ result: 'unchanged', drops: 0 }] })
  })

  test('A provider that two others contradict is trusted less', async () => {
    const world = await shops(['east', 'north', 'west'])
    const { generation } = await foldAt(world, 0)
    const learned = await getJson(world.models, graphLearnedKey('feed', generation!), learnedSchema)
    const { east, north, west } = Object.fromEntries(learned.accuracies) as Record<string, number>
    expect(west!).toBeLessThan(Math.min(east!, north!) - 0.1)
    const { rows } = await graphOfWorld(world, generation!)
    // The weight of product 3 is 139 g in two shops and 189 g in the west.
    const weight = entityRowSchema.parse(rows['item:east3']).facts['weight']!.values
    expect(weight.map(({ value }) => value)).toEqual([139, 189])
    expect(weight[0]!.confidence).toBeGreaterThan(0.9)
    expect(weight[1]!.confidence).toBeLessThan(0.1)
  })

  test('A drop about a merged item changes the row of its group', async () => {
    const world = await shops(['east', 'west'])
    const first = await foldAt(world, 0)
    const before = await graphOfWorld(world, first.generation!)
    const restated = (weight: string, hour: number) => ({
      ...{ id: 'west3', timeMs: atHour(hour) },
      attributes: { shop: 'west', brand: 'Brand 3', title: 'Other', weight },
    })
    await dropItems(world, 1, [restated('139 g', 1)])
    await foldAt(world, 1)
    const { rows } = await graphOfWorld(world, first.generation!)
    const weight = entityRowSchema.parse(rows['item:east3']).facts['weight']!.values
    expect(weight).toMatchObject([{ value: 139, sourceCount: 2 }])
    const changed = Object.keys(rows).filter(
      (id) => JSON.stringify(rows[id]) !== JSON.stringify(before.rows[id]),
    )
    expect(changed).toEqual(['item:east3'])
  })
})

describe('a graph with a language model', () => {
  const definition = {
    catalogue: { title: { relation: 'name' } },
    languageModel: { kind: 'bedrock', modelId: 'm', relations: ['made-of'], maxCharacters: 500 },
    shards: 4,
  }
  /** Answers about each passage with its first and its last word. */
  const model = (asked: Question[]): LanguageModel => ({
    id: 'echo',
    async ask(question) {
      asked.push(question)
      const words = question.data
        .split('\n')
        .slice(1, -1)
        .join(' ')
        .match(/\p{L}+/gu)!
      const claims = [{ subject: words[0], relation: 'made-of', object: words.at(-1) }]
      return { text: JSON.stringify({ claims }) }
    },
  })
  const makeWorld = async () => {
    const world = graphWorld(definition)
    const text = `# Pans\n\nPans are made of **iron**.\n\n${'Long text. '.repeat(60)}\n\nPots use copper`
    await dropDocuments(world, 0, [
      { id: 'd', timeMs: atHour(0), text, attributes: { format: 'markdown' } },
    ])
    return { world, text }
  }

  test('Its claims have their place, and are asked for once', async () => {
    const { world, text } = await makeWorld()
    const asked: Question[] = []
    const { generation } = await foldAt(world, 0, { model: model(asked) })
    expect(asked.length).toBeGreaterThanOrEqual(2)
    const { rows } = await graphOfWorld(world, generation!)
    const row = entityRowSchema.parse(rows['topic:pots'] ?? rows['topic:pans'])
    expect(Object.keys(row.facts)).toContain('made-of')
    const before = asked.length
    await foldAt(world, 7 * 24 + 1, { model: model(asked) })
    expect(asked).toHaveLength(before)
    const found = (await world.lake.list(`${claimManifestPrefix('feed')}language-model/`)).length
    expect(found).toBe(2)
    expect(text).toContain('copper')
  })

  test('Without a model, the scene has the claims of the others', async () => {
    const { world } = await makeWorld()
    expect(await foldAt(world, 0)).toMatchObject({ result: 'accepted' })
    expect(await world.lake.list(`${claimManifestPrefix('feed')}language-model/`)).toEqual([])
  })
})
