import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../../functions/contract/embeddings.ts'
import { CorruptArtifact } from '../../../functions/core/errors.ts'
import { buildGraph } from '../../../functions/embeddings/graph/build-graph.ts'
import type { Described } from '../../../functions/embeddings/graph/described-items.ts'
import { graphBytes } from '../../../functions/embeddings/graph/edges.ts'
import {
  decodeGraph,
  encodeGraph,
  graphDigest,
} from '../../../functions/embeddings/graph/encode-graph.ts'
import { type Graph, NODE_KINDS } from '../../../functions/embeddings/graph/graph.ts'
import { type Act, actsOf } from './interactions.ts'

const DEFINITION = embeddingsSchema.parse({
  graph: { attributes: ['genre', 'brand'], documentItem: 'about' },
}).graph
const SHARES = { session: 0.5, attribute: 0.2, document: 0.1 }

/** `kind id – kind id` → weight, each edge at both of its ends. */
function edgesOf({ kinds, ids, offsets, targets, weights }: Graph): Map<string, number> {
  const nameOf = (node: number): string => `${NODE_KINDS[kinds[node]!]} ${ids[node]}`
  const edges = new Map<string, number>()
  for (const [node] of ids.entries())
    for (let at = offsets[node]!; at < offsets[node + 1]!; at++)
      edges.set(`${nameOf(node)} – ${nameOf(targets[at]!)}`, weights[at]!)
  return edges
}
const build = (
  acts: readonly Act[],
  items: readonly Described[] = [],
  documents: readonly Described[] = [],
): Graph => buildGraph({ interactions: actsOf(acts), items, documents }, DEFINITION, 1, SHARES)
const about = (id: string, attributes: Described['attributes']): Described => ({ id, attributes })

/** Σ of the weights at a node, `<kind> <id>`, of its edges to nodes of one kind. */
function weightAt(graph: Graph, name: string, kind: (typeof NODE_KINDS)[number]): number {
  const { kinds, ids, offsets, targets, weights } = graph
  const node = ids.findIndex((id, n) => `${NODE_KINDS[kinds[n]!]} ${id}` === name)
  let sum = 0
  for (let at = offsets[node]!; at < offsets[node + 1]!; at++)
    if (kinds[targets[at]!] === NODE_KINDS.indexOf(kind)) sum += weights[at]!
  return sum
}

/** Two tastes: users have ten of the items of one of them, a day each but for two. */
const tastes = Array.from({ length: 60 }).flatMap((_, user) =>
  Array.from({ length: 10 }, (_, n): Act => {
    const item = `i${(user % 2) * 20 + ((user + n * 3) % 20)}`
    return [`u${user}`, item, n < 2 ? n : n * 1440]
  }),
)

describe('the graph', () => {
  test('Events of a user with an item are one edge', () => {
    const graph = build([
      ...([
        ['u', 'a', 0],
        ['u', 'b', 1],
        ['u', 'a', 2],
        ['v', 'a', 9],
      ] as const),
    ])
    expect(graph.ids).toEqual(['u', 'v', 'a', 'b'])
    expect([...graph.kinds]).toEqual([0, 0, 1, 1])
    const rounded = [...edgesOf(graph)].map(([name, weight]) => [name, Math.round(weight)])
    expect(rounded).toEqual([
      ['user u – item a', 2],
      ['user u – item b', 1],
      ['user v – item a', 1],
      ['item a – user u', 2],
      ['item a – user v', 1],
      ['item b – user u', 1],
    ])
  })

  test('An edge has equal weights at both ends, and targets ascend', () => {
    const items = ['i1', 'i2', 'i3', 'new'].map((id, n) => about(id, { genre: [`g${n % 2}`, 'x'] }))
    const graph = build(tastes, items, [about('d1', { about: ['i1', 'new'] })])
    const edges = edgesOf(graph)
    for (const [name, weight] of edges) {
      expect(edges.get(name.split(' – ').reverse().join(' – '))).toBe(weight)
      expect(weight).toBeGreaterThan(0)
    }
    for (const [node] of graph.ids.entries()) {
      const targets = [...graph.targets.subarray(graph.offsets[node], graph.offsets[node + 1])]
      expect(targets).toEqual([...new Set(targets)].sort((a, b) => a - b))
    }
  })

  test('Permuted inputs give the same digest', () => {
    const act = fc.tuple(
      fc.constantFrom('u1', 'u2', 'u3', 'u4'),
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 0, max: 300 }),
    )
    const items = ['a', 'b', 'c', 'x'].map((id, n) =>
      about(id, { genre: `g${n >> 1}`, brand: 'z' }),
    )
    const documents = ['d1', 'd2', 'd3'].map((id) => about(id, { about: ['a', 'x', 'unknown'] }))
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        // Equal times are in the order of the log, and that is no input that may be permuted.
        const unique = [...new Map(acts.map((one) => [one.join(), one])).values()]
        const graph = build(unique, items, documents)
        const turned = build(unique.toReversed(), items.toReversed(), documents.toReversed())
        expect(graphDigest(turned)).toBe(graphDigest(graph))
      }),
      { numRuns: 30 },
    )
  })

  test('Edges of sessions weigh at most their share at any item', () => {
    // Items of a pair are always seen together, by different users.
    const acts = Array.from({ length: 300 }, (_, n): Act[] => {
      const [user, pair] = [`u${n >> 1}`, (n * 7) % 25]
      return [
        [user, `a${pair}`, n * 1440],
        [user, `b${pair}`, n * 1440 + 1],
      ]
    }).flat()
    const graph = build(acts)
    for (const item of graph.ids.filter((id) => /^[ab]/.test(id))) {
      const bySession = weightAt(graph, `item ${item}`, 'item')
      expect(bySession).toBeGreaterThan(0)
      expect(bySession).toBeLessThanOrEqual(
        SHARES.session * weightAt(graph, `item ${item}`, 'user') + 1e-5,
      )
    }
  })

  test('Edges of attributes weigh at most their share at any item', () => {
    const items = Array.from({ length: 40 }, (_, n) =>
      about(`i${n}`, { genre: [`g${n % 3}`, `h${n % 7}`, 'all'], brand: `only ${n}` }),
    )
    const graph = build(tastes, [...items, about('new', { genre: 'g1' })])
    const mean = tastes.length / 40
    for (const { id } of items) {
      const byUser = weightAt(graph, `item ${id}`, 'user')
      const byAttribute = weightAt(graph, `item ${id}`, 'attribute')
      expect(byAttribute).toBeGreaterThan(0)
      expect(byAttribute).toBeLessThanOrEqual(SHARES.attribute * (byUser + mean) + 1e-5)
    }
    // It has less than a mean item's share, because one genre says less than two.
    const ofNew = weightAt(graph, 'item new', 'attribute')
    expect(ofNew).toBeGreaterThan(0)
    expect(ofNew).toBeLessThan(SHARES.attribute * mean)
    expect(graph.ids).not.toContain('brand=only 1')
  })

  test('A value that all items have is no node', () => {
    const items = ['a', 'b', 'c'].map((id, n) => about(id, { genre: ['all', `g${n >> 1}`] }))
    expect(build([], items).ids).toEqual(['a', 'b', 'genre=g0'])
  })

  test('Documents of an item share its weight', () => {
    const acts = [...(['u', 'v', 'w', 'x'] as const)].map((user): Act => [user, 'a', 0])
    const documents = [
      about('d1', { about: 'a' }),
      about('d2', { about: ['a', 'unknown'] }),
      about('d3', { about: 'unknown' }),
      about('d4', {}),
    ]
    const graph = build(acts, [about('b', {})], documents)
    expect(graph.ids).toEqual(['u', 'v', 'w', 'x', 'a', 'd1', 'd2'])
    // Four users, and four as the mean item has.
    expect(weightAt(graph, 'item a', 'document')).toBeCloseTo(SHARES.document * 8, 4)
    expect(weightAt(graph, 'document d1', 'item')).toBeCloseTo(SHARES.document * 4, 4)
  })

  test('An empty week has no nodes', () => {
    const graph = build([])
    expect([graph.ids, [...graph.offsets], [...graph.targets]]).toEqual([[], [0], []])
  })

  test('One item of a hundred thousand users is a node like others', () => {
    const acts = Array.from({ length: 100_000 }, (_, n): Act => [`u${n}`, n % 50 ? 'hub' : 'b', n])
    const graph = build(acts)
    expect(graph.offsets.at(-1)! / 2).toBe(100_000)
    expect(weightAt(graph, 'item hub', 'user')).toBeGreaterThan(97_000)
    expect(graphBytes(graph.ids.length, graph.targets.length / 2)).toBe(100_002 * 69 + 1_600_000)
  })

  test('Edges that have decayed to nothing are left out', () => {
    const interactions = actsOf(
      [
        ['u', 'a', 0],
        ['v', 'b', 7 * 1440],
      ],
      0.01,
    )
    const graph = buildGraph({ interactions, items: [], documents: [] }, DEFINITION, 1)
    expect([...edgesOf(graph).keys()]).toEqual(['user v – item b', 'item b – user v'])
  })
})

describe('graph.qmg', () => {
  const header = {
    ...{ scene: 'feed', generation: '0123abcd-0000000000001', dataFromMs: 1, dataThroughMs: 2 },
    ...{ codeDigest: 'c', configurationDigest: 'd' },
  }
  const items = ['i1', 'i2', 'é'].map((id) => about(id, { genre: 'g' }))
  const graph = build(tastes, [...items, about('x', {})])

  test('The bytes of a graph give it back', () => {
    const { header: read, graph: decoded } = decodeGraph(encodeGraph(header, graph), 'graph.qmg')
    expect(decoded).toEqual(graph)
    expect(graphDigest(decoded)).toBe(graphDigest(graph))
    expect(read.nodes).toEqual({ user: 60, item: 41, document: 0, attribute: 1 })
    expect(read.edges).toBe(graph.targets.length / 2)
  })

  test('A changed or wrong graph is refused', () => {
    const bytes = encodeGraph(header, graph)
    const flipped = bytes.slice()
    flipped[2000]! ^= 1
    expect(() => decodeGraph(flipped, 'a.qmg')).toThrow(CorruptArtifact)
    const wrong = { ...graph, targets: graph.targets.map((_, at) => (at === 0 ? 9999 : 0)) }
    expect(() => decodeGraph(encodeGraph(header, wrong), 'a.qmg')).toThrow(
      /a\.qmg: expected the sections of a graph of \d+ nodes and \d+ edges/,
    )
  })
})
