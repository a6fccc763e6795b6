import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphLinksKey } from '../../functions/contract/keys.ts'
import { MAX_VISITED } from '../../functions/features/link-search.ts'
import { linkGraph, openLinks } from '../../functions/features/links.ts'
import { type Fact, makeLinks } from '../make/links.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const SHOP: Fact[] = [
  ['phone', 'has-brand', 'brand:acme'],
  ['case', 'has-brand', 'brand:acme'],
  ['case', 'has-brand', 'brand:leathers'],
  ['cup', 'has-brand', 'brand:kiln'],
  ['case', 'complement-of', 'item:phone'],
  ['sofa', 'in-category', 'category:seats'],
]
const shop = linkGraph(makeLinks(SHOP))

describe('the links of a generation', () => {
  test("What is shared is a share of the first item's", () => {
    expect(shop.sharedOf('has-brand', 'phone', 'case')).toBe(1)
    expect(shop.sharedOf('has-brand', 'case', 'phone')).toBe(0.5)
    expect(shop.sharedOf('has-brand', 'cup', 'phone')).toBe(0)
    expect(shop.sharedOf('has-brand', 'phone', 'phone')).toBe(1)
  })

  test('Items without links of the relation share nothing known', () => {
    for (const other of ['sofa', 'unknown']) {
      expect(shop.sharedOf('has-brand', 'phone', other)).toBeNull()
      expect(shop.sharedOf('has-brand', other, 'phone')).toBeNull()
    }
    expect(shop.sharedOf('unknown', 'phone', 'case')).toBeNull()
  })

  test('A relation has a direction', () => {
    expect(shop.isRelated('complement-of', 'case', 'phone')).toBe(true)
    expect(shop.isRelated('complement-of', 'phone', 'case')).toBe(false)
    expect(shop.isRelated('has-brand', 'case', 'phone')).toBe(false)
    expect(shop.isRelated('complement-of', 'case', 'unknown')).toBeNull()
  })

  test('A distance has no direction', () => {
    expect(shop.hopsBetween('case', 'phone', 3)).toBe(1)
    expect(shop.hopsBetween('phone', 'case', 3)).toBe(1)
    expect(shop.hopsBetween('phone', 'case', 3, ['has-brand'])).toBe(2)
    expect(shop.hopsBetween('phone', 'case', 1, ['has-brand'])).toBe(2)
    expect(shop.hopsBetween('phone', 'phone', 3)).toBe(0)
    expect(shop.hopsBetween('phone', 'cup', 3)).toBe(4)
    expect(shop.hopsBetween('phone', 'unknown', 3)).toBeNull()
  })
})

const fact = fc.tuple(
  fc.integer({ min: 0, max: 7 }).map((n) => `i${n}`),
  fc.constantFrom('has-brand', 'complement-of'),
  fc.oneof(
    fc.integer({ min: 0, max: 4 }).map((n) => `brand:b${n}`),
    fc.integer({ min: 0, max: 8 }).map((n) => `item:i${n}`),
  ),
)

/** Distances by Floyd and Warshall. */
function allDistances(facts: readonly Fact[]): (from: string, to: string) => number {
  const ids = [...new Set(facts.flatMap(([item, , entity]) => [`item:${item}`, entity]))]
  const far = new Map(ids.map((id) => [id, new Map(ids.map((to) => [to, id === to ? 0 : 1e9]))]))
  for (const [item, , entity] of facts)
    for (const [a, b] of [
      [`item:${item}`, entity],
      [entity, `item:${item}`],
    ] as const)
      if (a !== b) far.get(a)!.set(b, 1)
  for (const by of ids)
    for (const a of ids)
      for (const b of ids) {
        const around = far.get(a)!.get(by)! + far.get(by)!.get(b)!
        if (around < far.get(a)!.get(b)!) far.get(a)!.set(b, around)
      }
  return (from, to) => far.get(`item:${from}`)?.get(`item:${to}`) ?? 1e9
}

describe('distances', () => {
  test('A distance is the shortest way, cut at the most hops', () => {
    fc.assert(
      fc.property(
        fc.array(fact, { maxLength: 16 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(undefined, ['has-brand']),
        (facts, maxHops, relations) => {
          const graph = linkGraph(makeLinks(facts))
          const used = facts.filter(
            ([, relation]) => !relations || relations.some((one) => one === relation),
          )
          const distance = allDistances(used)
          const known = new Set(facts.flatMap(([item, , id]) => [`item:${item}`, id]))
          for (let a = 0; a < 9; a++)
            for (let b = 0; b < 9; b++) {
              const isKnown = known.has(`item:i${a}`) && known.has(`item:i${b}`)
              const plain = a === b ? 0 : Math.min(distance(`i${a}`, `i${b}`), maxHops + 1)
              expect(graph.hopsBetween(`i${a}`, `i${b}`, maxHops, relations)).toBe(
                isKnown ? plain : null,
              )
            }
        },
      ),
    )
  })

  test('Equal facts in any order give equal answers', () => {
    fc.assert(
      fc.property(fc.array(fact, { minLength: 1, maxLength: 12 }), fc.nat(), (facts, turn) => {
        const at = turn % facts.length
        const [one, other] = [facts, [...facts.slice(at), ...facts.slice(0, at)]].map((own) =>
          linkGraph(makeLinks(own)),
        )
        for (let n = 0; n < 8; n++) {
          expect(one!.sharedOf('has-brand', `i${n}`, 'i0')).toBe(
            other!.sharedOf('has-brand', `i${n}`, 'i0'),
          )
          expect(one!.hopsBetween(`i${n}`, 'i0', 3)).toBe(other!.hopsBetween(`i${n}`, 'i0', 3))
        }
      }),
    )
  })

  test('A search is bounded, and one brand of any size is found', () => {
    const names = Array.from(
      { length: MAX_VISITED + 5 },
      (_, n) => `i${String(n).padStart(6, '0')}`,
    )
    const facts: Fact[] = names.map((item) => [item, 'has-brand', 'brand:b'])
    facts.push(['x', 'complement-of', `item:${names[5]}`])
    facts.push(['y', 'complement-of', `item:${names.at(-1)}`])
    const graph = linkGraph(makeLinks(facts))
    expect(graph.hopsBetween(names.at(-1)!, names[0]!, 3)).toBe(2)
    expect(graph.hopsBetween('x', names[0]!, 3)).toBe(3)
    // The last item of the brand is not visited.
    expect(graph.hopsBetween('y', names[0]!, 3)).toBe(4)
  })
})

describe('the links that were served', () => {
  test('A sample follows the links that were served before its impression', async () => {
    const models = memoryObjects()
    const put = (generation: string, facts: Fact[]) =>
      models.put(graphLinksKey('feed', generation), JSON.stringify(makeLinks(facts)))
    await put('a', [
      ['x', 'has-brand', 'brand:one'],
      ['y', 'has-brand', 'brand:one'],
    ])
    await put('b', [
      ['x', 'has-brand', 'brand:one'],
      ['y', 'has-brand', 'brand:two'],
    ])
    const links = await openLinks(models, 'feed', [
      { sinceMs: 10, generation: 'a' },
      { sinceMs: 20, generation: 'b' },
      { sinceMs: 30, generation: null },
    ])
    const shared = [9, 10, 19, 20, 29, 30].map(
      (timeMs) => links.servedAt(timeMs)?.sharedOf('has-brand', 'x', 'y') ?? null,
    )
    expect(shared).toEqual([null, 1, 1, 0, 0, null])
  })

  test('A generation whose links are gone has missing values', async () => {
    const models = memoryObjects()
    const facts: Fact[] = [['x', 'has-brand', 'brand:one']]
    await models.put(graphLinksKey('feed', 'b'), JSON.stringify(makeLinks(facts)))
    const links = await openLinks(models, 'feed', [
      { sinceMs: 10, generation: 'a' },
      { sinceMs: 20, generation: 'b' },
    ])
    expect(links.servedAt(10)).toBeNull()
    expect(links.servedAt(20)?.sharedOf('has-brand', 'x', 'x')).toBe(1)
  })

  test('A damaged object is refused with its key', async () => {
    const key = graphLinksKey('feed', 'a')
    const served = [{ sinceMs: 0, generation: 'a' }]
    const wrong = { relations: ['has-brand'], entities: ['brand:b'], items: { x: [[0, [1]]] } }
    for (const text of ['{', '{}', JSON.stringify(wrong)]) {
      const models = memoryObjects()
      await models.put(key, text)
      await expect(openLinks(models, 'feed', served)).rejects.toThrow(key)
    }
  })
})
