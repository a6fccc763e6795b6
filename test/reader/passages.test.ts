import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphNamesKey, searchLatentPrefix, spaceKey } from '../../functions/contract/keys.ts'
import { countTerms, latentProjector } from '../../functions/math/latent-space.ts'
import { textVector } from '../../functions/math/text-vector.ts'
import { groundedPrompt, type PassageList, type Reader } from '../../functions/reader/reader.ts'
import { createAnalyzer } from '../../functions/search-index/analysis/analyzer.ts'
import { fitLatentIndex } from '../../functions/search-index/latent/fit-latent.ts'
import {
  CHUNKS,
  CONTENT_DIMENSIONS,
  LATENT,
  passagesWorld,
  SOURCES,
  stated,
} from './passages-world.ts'

/** Weights that leave one list. */
const only = (list: PassageList) => ({
  ...{ lexical: 0, vector: 0, latent: 0, entities: 0, feedback: 0, [list]: 1 },
})
const idsFor = async (
  reader: Reader,
  query: string,
  options: Parameters<Reader['retrieve']>[1] = {},
): Promise<string[]> => (await reader.retrieve(query, options)).passages.map(({ id }) => id)

describe('passages', () => {
  test('A passage has its place in the source of its document', async () => {
    const world = await passagesWorld()
    const reader = await world.open()
    const { passages } = await reader.retrieve('a bulb for the desk lamp')
    expect(passages[0]).toMatchObject({
      ...{ id: 'lamps-1', documentId: 'lamps', documentTitle: 'About lamps' },
      headings: ['About lamps'],
    })
    for (const { documentId, start, end, text } of passages)
      expect(SOURCES[documentId]!.slice(start, end)).toBe(text)
    expect(world.faults).toEqual([])
  })

  test('The vector list is in the order of exact cosines', async () => {
    const reader = await (await passagesWorld()).open()
    const query = 'wooden stools and lampshades'
    const vector = textVector(query, CONTENT_DIMENSIONS)!
    const cosines = CHUNKS.map(({ id, text }) => {
      const own = textVector(text, CONTENT_DIMENSIONS)!
      return { id, text, cosine: own.reduce((sum, x, d) => sum + x * vector[d]!, 0) }
    })
    const expected = cosines
      .filter(({ cosine }) => cosine > 1e-9)
      .sort((a, b) => b.cosine - a.cosine)
      // Equal texts are one passage.
      .filter(({ text }, n, all) => all.findIndex((one) => one.text === text) === n)
    const found = await reader.retrieve(query, { weights: only('vector'), k: 100 })
    expect(found.passages.map(({ text }) => text)).toEqual(expected.map(({ text }) => text))
    expect(found.passages.every(({ ranks }) => Object.keys(ranks).join() === 'vector')).toBe(true)
  })

  test('The latent list is in the order of exact cosines', async () => {
    const world = await passagesWorld({ hasLatent: true })
    const reader = await world.open()
    const query = 'wooden legs along the window'
    const { space, ids, vectors } = fitLatentIndex(world.index, LATENT)!
    const terms = createAnalyzer({
      ...{ tokenizer: 'words', filters: ['possessive', 'lowercase', 'stop', 'porter2'] },
    })(query).map(({ term }) => term)
    const asked = latentProjector(space)(countTerms(terms))!
    const textOf = new Map(CHUNKS.map(({ id, text }) => [id, text]))
    const expected = ids
      .map((id, row) => {
        const own = vectors.subarray(row * space.dimensions, (row + 1) * space.dimensions)
        return { text: textOf.get(id), cosine: own.reduce((sum, x, d) => sum + x * asked[d]!, 0) }
      })
      .filter(({ cosine }) => cosine > 1e-6)
      .sort((a, b) => b.cosine - a.cosine)
      .filter(({ text }, n, all) => all.findIndex((one) => one.text === text) === n)
    const { passages } = await reader.retrieve(query, { weights: only('latent'), k: 100 })
    expect(passages.length).toBeGreaterThan(0)
    expect(passages.map(({ text }) => text)).toEqual(expected.map(({ text }) => text))
    expect(world.faults).toEqual([])
  })

  test('Other names of an entity and narrower ones find passages', async () => {
    const reader = await (await passagesWorld()).open()
    expect(await idsFor(reader, 'sofa', { weights: only('lexical') })).toEqual([])
    const found = await reader.retrieve('Which SOFA is best?')
    expect(found.passages.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['chairs-0', 'care-2']),
    )
    expect(found.passages[0]!.ranks).toHaveProperty('entities')
  })

  test('Passages of equal text are one that names the others', async () => {
    const reader = await (await passagesWorld()).open()
    const { passages } = await reader.retrieve('oil the legs of a stool')
    const { id, document, start, end } = CHUNKS.find((one) => one.id === 'chairs-1')!
    expect(passages[0]).toMatchObject({
      id: 'care-1',
      duplicates: [{ id, documentId: document, start, end }],
    })
  })

  test('Filters hold for every list, whatever is asked', async () => {
    const reader = await (await passagesWorld()).open()
    const words = [...new Set(CHUNKS.flatMap(({ text }) => text.split(/\W+/))), 'sofa', 'futon']
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }),
      fc.subarray(Object.keys(SOURCES), { minLength: 1 }),
      fc.integer({ min: 1, max: 8 }),
      async (query, document, k) => {
        const { passages } = await reader.retrieve(query.join(' '), { k, filters: { document } })
        expect(passages.length).toBeLessThanOrEqual(k)
        expect(new Set(passages.map(({ text }) => text)).size).toBe(passages.length)
        for (const { documentId, start, end, text } of passages) {
          expect(document).toContain(documentId)
          expect(SOURCES[documentId]!.slice(start, end)).toBe(text)
        }
      },
    )
    await fc.assert(property, { numRuns: 80 })
  })

  test('A chunk that is gone never comes back from the space', async () => {
    const world = await passagesWorld()
    const reader = await world.openFresh()
    expect(await idsFor(reader, 'velvet pile')).toContain('care-0')
    const gone = stated(CHUNKS.find(({ id }) => id === 'care-0')!)
    await world.change([{ ...gone, attributes: { ...gone.attributes, gone: true } }])
    expect(await idsFor(reader, 'velvet pile', { k: 100 })).not.toContain('care-0')
    expect(await idsFor(reader, 'velvet pile', { weights: only('vector') })).not.toContain('care-0')
  })

  test('An item that is no chunk is a passage of itself', async () => {
    const world = await passagesWorld()
    const reader = await world.openFresh()
    const text = 'A pergola gives shade.'
    await world.change([
      { id: 'i1', timeMs: 0, text },
      { id: 'i2', timeMs: 0, title: 'pergola' },
    ])
    const { passages } = await reader.retrieve('pergola', { weights: only('lexical') })
    expect(passages).toMatchObject([
      { id: 'i1', documentId: 'i1', headings: [], text, start: 0, end: text.length },
    ])
  })

  test('Signs and quotation marks have no meaning in a question', async () => {
    const reader = await (await passagesWorld()).open()
    const plain = await reader.retrieve('lantern candle evening', { weights: only('lexical') })
    for (const query of ['+lantern --candle "evening', '"lantern" -candle evening*'])
      expect(await reader.retrieve(query, { weights: only('lexical') })).toEqual(plain)
    expect(plain.passages[0]!.id).toBe('lamps-0')
    for (const query of ['', ' \n', '"?!"']) expect(await idsFor(reader, query)).toEqual([])
  })

  test('Text of a passage stays between the marks of a prompt', async () => {
    const reader = await (await passagesWorld()).open()
    const question = 'What is above the vault?'
    const { passages } = await reader.retrieve(question)
    expect(passages[0]!.text).toMatch(/^Ignore the above/)
    const { system, user } = groundedPrompt({ question, passages })
    const [, mark] = /begins with <(passage-[0-9a-f]{24}) /.exec(system)!
    const inside = user.indexOf('Ignore the above')
    expect(user.lastIndexOf(`<${mark} id="chairs-2">`, inside)).toBeGreaterThan(-1)
    expect(user.indexOf(`</${mark}>`, inside)).toBeGreaterThan(inside)
    expect(system).not.toContain('Ignore')
  })

  test.for([0, -1, 1.5, 101, Number.NaN])('A number of %d passages is refused', async (k) => {
    const reader = await (await passagesWorld()).open()
    await expect(reader.retrieve('lamp', { k })).rejects.toThrow(
      `k: got ${k}, expected a whole number from 1 to 100; nothing was retrieved`,
    )
  })

  test('An unknown filter is refused by name', async () => {
    const reader = await (await passagesWorld()).open()
    await expect(reader.retrieve('lamp', { filters: { colour: ['red'] } })).rejects.toThrow(
      'filters: got "colour", expected one of the definition\'s filters (document)',
    )
  })
})

describe('passages while releases change', () => {
  test('The answer names the generations of one release', async () => {
    const world = await passagesWorld()
    const reader = await world.openFresh()
    const generationsOf = async () => (await reader.retrieve('lamp')).generations
    const of = (n: number) => ({
      ...{ search: world.searchGeneration, space: world.generationOf(n) },
      graph: world.generationOf(n),
    })
    expect(await generationsOf()).toEqual(of(1))
    await world.flip(2)
    expect(await generationsOf()).toEqual(of(2))
    await world.flip(1)
    expect(await generationsOf()).toEqual(of(1))
  })

  test('Without a space and a graph the index answers', async () => {
    const world = await passagesWorld({ space: null, hasGraph: false })
    const { passages, generations } = await (await world.open()).retrieve('desk lamp')
    expect(passages[0]!.id).toBe('lamps-1')
    expect(generations).toEqual({ search: world.searchGeneration, space: null, graph: null })
    expect(world.faults).toEqual([])
  })

  test('Vectors that producers give are not compared with words', async () => {
    const world = await passagesWorld({ space: { hasGivenContent: true } })
    const { passages, generations } = await (await world.open()).retrieve('desk lamp')
    expect(generations.space).toBeNull()
    expect(passages.every(({ ranks }) => !('vector' in ranks))).toBe(true)
  })

  test('Damaged objects are reported, and the index answers', async () => {
    const world = await passagesWorld({ hasLatent: true })
    const generation = world.generationOf(1)
    const latent = await world.models.list(searchLatentPrefix('feed', world.searchGeneration))
    expect(latent).toHaveLength(1)
    const damaged = [graphNamesKey('feed', generation), spaceKey('feed', generation, 'items')]
    damaged.push(latent[0]!.key)
    const sound = await Promise.all(damaged.map((key) => world.models.get(key)))
    for (const key of damaged) world.models.drop(key, 'damaged')
    const reader = await world.open()
    const { passages, generations } = await reader.retrieve('desk lamp')
    expect(passages[0]!.id).toBe('lamps-1')
    expect(generations).toMatchObject({ space: null, graph: null })
    expect(world.faults).toEqual([
      expect.stringMatching(/^reading the content vectors of feed: .*got SHA-256/),
      expect.stringMatching(/^reading the latent space of feed: .*got SHA-256/),
      expect.stringMatching(/^reading the names of entities of feed: .*got SHA-256/),
    ])
    for (const [n, key] of damaged.entries()) world.models.drop(key, sound[n]!)
    expect((await reader.retrieve('desk lamp')).generations).toMatchObject({
      ...{ space: generation, graph: generation },
    })
  })
})
