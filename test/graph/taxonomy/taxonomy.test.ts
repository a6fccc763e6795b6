import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fact } from '../../../functions/contract/claims.ts'
import { strongComponents } from '../../../functions/graph/taxonomy/cycles.ts'
import { ancestorsOf, buildTaxonomy } from '../../../functions/graph/taxonomy/taxonomy.ts'

const broader = (edge: string, confidence = 0.9): Fact => {
  const [subject, object] = edge.split(' < ').map((name) => `category:${name}`) as [string, string]
  return {
    ...{ subject, relation: 'broader', object, isEntity: true, confidence },
    ...{ sourceCount: 1, sources: [], validFromMs: 0 },
  }
}
const nodesOf = (facts: readonly Fact[]) =>
  buildTaxonomy(facts).nodes.map(
    ({ id, broader: up, depth }) =>
      `${id.slice(9)} ${depth} ${up.map((one) => one.slice(9)).join(',')}`,
  )

describe('the taxonomy', () => {
  test('Depth is the longest way up', () => {
    expect(nodesOf([broader('knife < kitchen'), broader('kitchen < home')])).toEqual([
      ...['home 0 ', 'kitchen 1 home', 'knife 2 kitchen'],
    ])
  })

  test('What others imply is left out', () => {
    const { nodes, implied } = buildTaxonomy([
      ...[broader('c < b'), broader('b < a'), broader('c < a'), broader('c < x')],
    ])
    expect(nodes.find(({ id }) => id === 'category:c')!.broader).toEqual([
      'category:b',
      'category:x',
    ])
    expect(implied).toBe(1)
    expect(nodes.find(({ id }) => id === 'category:a')!.narrower).toEqual(['category:b'])
  })

  test('A cycle is broken at its weakest claim and reported', () => {
    const facts = [broader('a < b', 0.9), broader('b < c', 0.5), broader('c < a', 0.7)]
    expect(buildTaxonomy(facts).broken).toEqual([
      {
        ...{ narrower: 'category:b', broader: 'category:c', confidence: 0.5 },
        cycle: ['category:b', 'category:c', 'category:a', 'category:b'],
      },
    ])
    expect(nodesOf(facts)).toEqual(['a 1 b', 'b 0 ', 'c 2 a'])
  })

  test('Equally weak claims are broken at the last by id', () => {
    const facts = [broader('a < b'), broader('b < a'), broader('b < b')]
    const { broken } = buildTaxonomy(facts)
    expect(broken.map(({ narrower, cycle }) => [narrower, cycle.length])).toEqual([
      ...[
        ['category:b', 3],
        ['category:b', 2],
      ],
    ])
    expect(buildTaxonomy([...facts].reverse())).toEqual(buildTaxonomy(facts))
  })

  test('Weak claims and literals are ignored and counted', () => {
    const literal: Fact = { ...broader('a < b'), isEntity: false, object: 'Home' }
    const { nodes, ignored } = buildTaxonomy([broader('a < b', 0.1), literal], 0.3)
    expect([nodes, ignored]).toEqual([[], 2])
  })

  test('A chain of 100,000 is no deeper than memory', () => {
    const chain = Array.from({ length: 30_000 }, (_, n) => broader(`n${n} < n${n + 1}`))
    const { nodes } = buildTaxonomy([...chain, broader('n30000 < n0', 0.1)])
    expect(Math.max(...nodes.map(({ depth }) => depth))).toBeGreaterThan(29_000)
    expect(nodes).toHaveLength(30_001)
  })

  test('Any facts give an order without cycles that keeps all ways up', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
    const fact = fc
      .tuple(name, name, fc.constantFrom(0.1, 0.5, 0.9))
      .map(([a, b, confidence]) => broader(`${a} < ${b}`, confidence))
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 20 }), fc.nat(), (facts, turn) => {
        const taxonomy = buildTaxonomy(facts)
        const { nodes, broken } = taxonomy
        const byId = new Map(nodes.map((node) => [node.id, node]))
        for (const node of nodes)
          for (const up of node.broader) expect(byId.get(up)!.depth).toBeLessThan(node.depth)
        const isBroken = (one: Fact): boolean =>
          broken.some((b) => b.narrower === one.subject && b.broader === one.object)
        for (const one of facts)
          expect(
            isBroken(one) || ancestorsOf(byId, one.subject).includes(one.object as string),
          ).toBe(true)
        // Each broken claim is a weakest one of a cycle of claims.
        const strengthOf = (a: string, b: string): number =>
          Math.max(
            ...facts.filter((f) => f.subject === a && f.object === b).map((f) => f.confidence),
          )
        for (const { cycle, confidence } of broken)
          for (let at = 1; at < cycle.length; at++)
            expect(strengthOf(cycle[at - 1]!, cycle[at]!)).toBeGreaterThanOrEqual(confidence)
        const turned = [...facts.slice(turn % 21), ...facts.slice(0, turn % 21)]
        expect(buildTaxonomy(turned)).toEqual(taxonomy)
      }),
      { numRuns: 300 },
    )
  })

  test('Strong components are those that lead to each other', () => {
    const targets = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), {
      ...{ minLength: 8, maxLength: 8 },
    })
    fc.assert(
      fc.property(targets, (graph) => {
        const { component, rank } = strongComponents(graph)
        expect([...rank].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
        // Warshall 1962: which node leads to which.
        const reach = graph.map((own, n) => graph.map((_, m) => n === m || own.includes(m)))
        for (let k = 0; k < 8; k++)
          for (const row of reach) if (row[k]) for (let m = 0; m < 8; m++) row[m] ||= reach[k]![m]!
        const leads = (a: number, b: number): boolean => reach[a]![b]!
        for (const [a, own] of graph.entries())
          for (const b of own)
            expect(component[a] === component[b] || rank[a]! < rank[b]!).toBe(true)
        for (let a = 0; a < 8; a++)
          for (let b = 0; b < 8; b++)
            expect(component[a] === component[b]).toBe(leads(a, b) && leads(b, a))
      }),
    )
  })
})
