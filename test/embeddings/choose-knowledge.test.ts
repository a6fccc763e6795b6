import { describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import type { ItemLinks } from '../../functions/contract/graph-objects.ts'
import { spaceComparisonKey } from '../../functions/contract/keys.ts'
import { spaceComparisonSchema } from '../../functions/contract/space-comparison.ts'
import { getJson } from '../../functions/core/objects.ts'
import {
  chooseKnowledge,
  type KnowledgeInput,
} from '../../functions/embeddings/choose-knowledge.ts'
import {
  describeByLinks,
  withLinkAttributes,
} from '../../functions/embeddings/graph/linked-items.ts'
import { findServedLinks } from '../../functions/embeddings/served-links.ts'
import { planLessons } from '../../functions/embeddings/train-spaces.ts'
import { murmur3 } from '../../functions/math/hash.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { atDay, embedAt, oneWeek, SMALL } from '../make/embedding-world.ts'
import { type Fact, makeLinks, putLinks } from '../make/links.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'
import { type Act, actsOf } from './graph/interactions.ts'

const [ITEMS, USERS, TASTES, ACTS] = [400, 300, 20, 5]
const named = (kind: string, n: number): string => `${kind}${String(n).padStart(4, '0')}`
const ITEM_IDS = Array.from({ length: ITEMS }, (_, n) => named('i', n))

/** Each user acts on few of the many items of one taste. */
function sparseActs(): Act[] {
  const uniform = seededUniform(5)
  return Array.from({ length: USERS * ACTS }, (_, n): Act => {
    const user = n % USERS
    const taste = uniform() < 0.9 ? user % TASTES : Math.floor(uniform() * TASTES)
    const item = TASTES * Math.floor((uniform() * ITEMS) / TASTES) + taste
    return [named('u', user), named('i', item), n * 60]
  })
}
const interactions = actsOf(sparseActs())
const linksBy = (groupOf: (item: number) => number) =>
  makeLinks(ITEM_IDS.map((id, n): Fact => [id, 'has-brand', `brand:b${groupOf(n)}`]))

const input = (links: ItemLinks | null, walks = SMALL.walks): KnowledgeInput => ({
  lessons: planLessons(interactions),
  links: links && { generation: 'g1', links },
  world: {
    documents: [],
    items: ITEM_IDS.map((id) => ({
      ...{ id, attributes: {}, content: null, title: '', category: null },
    })),
  },
  scene: {
    training: makeScene().training,
    embeddings: embeddingsSchema.parse({ dimensions: 16, walks, graph: { knowledge: true } }),
  },
})
const nodesOf = ({ graphs }: ReturnType<typeof chooseKnowledge>): string[] =>
  graphs.all.ids.filter((id) => id.startsWith('link:'))

describe('the links of a knowledge graph as edges', () => {
  test('Links that tell sparse tastes find more held-out events', () => {
    const chosen = chooseKnowledge(input(linksBy((n) => n % TASTES)))
    expect(chosen.knowledge).toMatchObject({ graph: 'g1', isTaken: true })
    expect(chosen.knowledge.test!.low).toBeGreaterThan(0)
    expect(nodesOf(chosen)).toHaveLength(TASTES)
  })

  test('Links that find fewer held-out events are not taken', () => {
    const chosen = chooseKnowledge(input(linksBy((n) => murmur3(`x${n}`) % TASTES)))
    const { with: linked, without } = chosen.knowledge.choice!
    expect(linked).toBeLessThan(without)
    expect(chosen.knowledge.isTaken).toBe(false)
    expect(nodesOf(chosen)).toEqual([])
  })

  test('Relations that behaviour taught are no edges', () => {
    const facts = ITEM_IDS.map(
      (id, n): Fact => [id, 'co-purchased-with', `item:${ITEM_IDS[n % 9]}`],
    )
    const links = makeLinks([
      ...facts,
      ['i0000', 'has-brand', 'brand:b'],
      ['i0001', 'has-brand', 'brand:b'],
    ])
    const described = describeByLinks([{ id: 'i0000', attributes: { price: 3 } }], links)
    expect(described).toEqual([
      { id: 'i0000', attributes: { price: 3, 'link:has-brand': ['brand:b'] } },
    ])
    const { graph } = SMALL
    expect(withLinkAttributes(graph, links).attributes).toEqual(['category', 'link:has-brand'])
  })

  test('Without a served graph, or room to compare, there are none', () => {
    expect(chooseKnowledge(input(null)).knowledge).toEqual({
      ...{ graph: null, isTaken: false, reason: 'no knowledge graph was served' },
      ...{ users: 0, choice: null, test: null },
    })
    const long = { ...SMALL.walks, perNode: 200, length: 200, window: 20 }
    const chosen = chooseKnowledge(
      input(
        linksBy((n) => n % TASTES),
        long,
      ),
    )
    expect(chosen.knowledge).toMatchObject({ graph: 'g1', isTaken: false, choice: null })
    expect(chosen.knowledge.reason).toMatch(/^the graph is too large to train it twice as often: /)
  })

  test('The comparison of a build says what was found', async () => {
    const walks = { ...SMALL.walks, perNode: 5, length: 10 }
    const world = await oneWeek({ ...SMALL, walks, graph: { ...SMALL.graph, knowledge: true } })
    const asked: number[] = []
    const links = makeLinks(ITEM_IDS.slice(0, 120).map((id, n) => [id, 'about', `topic:t${n % 6}`]))
    const linksAt = async (timeMs: number) => {
      asked.push(timeMs)
      return { generation: 'g1', links }
    }
    const { generation } = await embedAt(world, 7, { linksAt })
    const key = spaceComparisonKey('feed', generation!)
    const { knowledge } = await getJson(world.models, key, spaceComparisonSchema)
    expect(knowledge).toMatchObject({ graph: 'g1', users: 150 })
    expect(knowledge!.isTaken).toBe(knowledge!.choice!.with >= knowledge!.choice!.without)
    expect(asked).toEqual([atDay(7)])
  })

  test('The links are those of the graph that was served then', async () => {
    const models = memoryObjects()
    const [one, two] = [linksBy((n) => n % 2), linksBy((n) => n % 3)]
    await putLinks(models, 'feed', 'one', one)
    await putLinks(models, 'feed', 'two', two)
    const releases = ['one', 'two'].map((generation, n) => ({
      ...{ sequence: n + 1, parts: { graph: { generation } } },
    }))
    const decisions = [1, 2].map((to) => ({ kind: 'flip', from: to - 1, to, timeMs: 10 * to }))
    const registry = { releases: async () => releases, decisions: async () => decisions }
    const ports = { models, scene: 'feed', registry: registry as never }
    const found = (timeMs: number) => findServedLinks(ports, timeMs)
    expect(await found(9)).toBeNull()
    expect(await found(10)).toEqual({ generation: 'one', links: one })
    expect(await found(25)).toEqual({ generation: 'two', links: two })
  })
})
