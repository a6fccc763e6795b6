import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Claim, claimSchema } from '../../../functions/contract/claims.ts'
import { createFold } from '../../../functions/graph/fold/fold.ts'
import { createFusion, fuse } from '../../../functions/graph/fusion/fuse-claims.ts'
import { learnSourceAccuracy } from '../../../functions/graph/fusion/learn-accuracy.ts'
import type { SourceAccuracies } from '../../../functions/graph/fusion/value-probabilities.ts'
import { drawsOf, shuffled } from '../../make/entity-pairs.ts'

const sourceNamed = (name: string | number): string => String(name).padStart(32, '0')
const claim = (own: Partial<Claim> & Pick<Claim, 'object'>): Claim => ({
  ...{ subject: 'item:i1', relation: 'colour', isEntity: false, source: sourceNamed(1) },
  ...{ extractor: 'test@1', confidence: 1, validFromMs: 0 },
  ...own,
})
const said = (by: number, object: string | number, own: Partial<Claim> = {}): Claim =>
  claim({ object, source: sourceNamed(by), ...own })

/** Providers of planted accuracies each state one of 11 values of each item. The true one is `v0`. */
function plant(accuracies: readonly number[], items: number, seed: number): Claim[] {
  const draws = drawsOf(seed)
  return Array.from({ length: items }, (_, item) =>
    accuracies.map((accuracy, by) =>
      said(by, draws.chance(accuracy) ? 'v0' : `v${draws.int(1, 10)}`, {
        subject: `item:i${item}`,
      }),
    ),
  ).flat()
}
const NOBODY = { accuracies: new Map<string, number>(), prior: 0.8 }
const confidencesOf = (
  claims: readonly Claim[],
  sources: SourceAccuracies = NOBODY,
): [string | number, number][] =>
  fuse(claims, sources).map(({ object, confidence }) => [object, confidence])

describe('Learned accuracy of sources', () => {
  test('Planted accuracies are found again', () => {
    const planted = [0.95, 0.9, 0.8, 0.7, 0.5, 0.3]
    for (const seed of [1, 2, 3]) {
      const { accuracies } = learnSourceAccuracy(plant(planted, 500, seed))
      for (const [by, accuracy] of planted.entries())
        expect(Math.abs(accuracies.get(sourceNamed(by))! - accuracy)).toBeLessThan(0.05)
    }
  })

  test('One accurate source outvotes two bad ones, where a majority would not', () => {
    const claims = plant([0.97, 0.95, 0.9, 0.35, 0.3], 400, 4)
    const learned = learnSourceAccuracy(claims)
    const disputed = [said(0, 'right'), said(3, 'wrong'), said(4, 'wrong')]
    const [best] = confidencesOf(disputed, learned).sort(([, a], [, b]) => b - a)
    expect(best![0]).toBe('right')
    expect(confidencesOf(disputed).sort(([, a], [, b]) => b - a)[0]![0]).toBe('wrong')
  })

  test('A source with few claims stays near the prior', () => {
    const { accuracies, prior } = learnSourceAccuracy([said(1, 'red'), said(2, 'blue')])
    for (const accuracy of accuracies.values()) expect(Math.abs(accuracy - prior)).toBeLessThan(0.1)
    expect(learnSourceAccuracy([])).toEqual({ accuracies: new Map(), prior })
  })

  test('A claim that nobody confirms or contradicts teaches nothing', () => {
    const lonely = Array.from({ length: 50 }, (_, at) => said(7, 'x', { subject: `item:l${at}` }))
    expect(learnSourceAccuracy(lonely).accuracies.size).toBe(0)
  })

  test('Order and repetition of claims change nothing', () => {
    const claims = plant([0.9, 0.7, 0.4], 60, 5)
    const turned = shuffled(drawsOf(6), [...claims, ...claims.slice(0, 50)])
    expect(learnSourceAccuracy(turned)).toEqual(learnSourceAccuracy(claims))
    expect(fuse(turned, NOBODY)).toEqual(fuse(claims, NOBODY))
  })

  test('Claims of one provider are weighed together', () => {
    const providerOf = ({ extractor }: Claim): string => extractor
    const claims = [1, 2, 3].map((by) => said(by, 'red'))
    const [alone] = fuse([said(1, 'red')], NOBODY, { providerOf })
    const [repeated] = fuse(claims, NOBODY, { providerOf })
    expect(repeated!.confidence).toBe(alone!.confidence)
    expect(repeated!.sourceCount).toBe(3)
  })
})

describe('Fusion', () => {
  test('The formula of ACCU is met', () => {
    // n = 10 wrong values: odds 10 · 0.8 / 0.2 = 40 for each source, 1 for each of the 9 values nobody names.
    const found = new Map(confidencesOf([said(1, 'red'), said(2, 'red'), said(3, 'blue')]))
    expect(found.get('red')).toBeCloseTo(1600 / (1600 + 40 + 9), 12)
    expect(found.get('blue')).toBeCloseTo(40 / (1600 + 40 + 9), 12)
  })

  test('Confidences of a single-valued relation sum to one at most', () => {
    const own = fc.record({
      object: fc.oneof(fc.constantFrom('red', 'Red', 'blue'), fc.integer({ min: -3, max: 200 })),
      source: fc.nat(5).map(sourceNamed),
      confidence: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(own.map(claim), { minLength: 1, maxLength: 30 }), (claims) => {
        const facts = fuse(claims, learnSourceAccuracy(claims))
        const sum = facts.reduce((total, { confidence }) => total + confidence, 0)
        expect(sum).toBeLessThanOrEqual(1 + 1e-9)
        for (const { confidence } of facts) expect(confidence).toBeGreaterThan(0)
        expect(fuse([...claims].reverse(), learnSourceAccuracy(claims))).toEqual(facts)
      }),
    )
  })

  test('Contradictory values are both kept', () => {
    const facts = fuse([said(1, 'red'), said(2, 'blue')], NOBODY)
    expect(facts.map(({ object }) => object)).toEqual(['blue', 'red'])
    expect(facts[0]!.confidence).toBeCloseTo(facts[1]!.confidence, 12)
  })

  test('Values of a relation to entities do not exclude each other', () => {
    const entities = ['category:shoes', 'category:sale'].flatMap((object) =>
      [1, 2, 3].map((by) => said(by, object, { relation: 'in-category', isEntity: true })),
    )
    for (const [, confidence] of confidencesOf(entities)) expect(confidence).toBeGreaterThan(0.9)
  })

  test('A provider that names only other values speaks against one', () => {
    const tagged = (by: number, object: string): Claim =>
      said(by, object, { relation: 'in-category', isEntity: true })
    const both = new Map(confidencesOf([tagged(1, 'category:a'), tagged(2, 'category:b')]))
    const alone = new Map(confidencesOf([tagged(1, 'category:a')]))
    expect(both.get('category:a')!).toBeLessThan(alone.get('category:a')!)
  })

  test('Numbers are compared in one unit and with tolerance', () => {
    const weights = [
      said(1, 1.5, { unit: 'kg' }),
      said(2, 1500, { unit: 'g' }),
      said(3, 1.505, { unit: 'kg' }),
      said(4, 3, { unit: 'kg' }),
      said(5, 1.5, { unit: 'l' }),
    ]
    const facts = fuse(weights, NOBODY)
    expect(facts.map(({ object, unit, sourceCount }) => [object, unit, sourceCount])).toEqual([
      [1.5, 'kg', 3],
      [1.5, 'l', 1],
      [3, 'kg', 1],
    ])
  })

  test('Spellings of one text are one fact, by the most confident spelling', () => {
    const [fact, ...others] = fuse([said(1, 'RED '), said(2, 'red'), said(3, 'red')], NOBODY)
    expect(others).toEqual([])
    expect(fact!.object).toBe('red')
  })

  test('A confident claim counts more than a doubtful one', () => {
    const found = new Map(confidencesOf([said(1, 'red'), said(2, 'blue', { confidence: 0.3 })]))
    expect(found.get('red')!).toBeGreaterThan(3 * found.get('blue')!)
  })

  test('An entity of 100,000 aliases and as many values is fused', () => {
    const many = Array.from({ length: 100_000 }, (_, at) =>
      said(at % 1000, `name ${at}`, { relation: at % 2 ? 'alias' : 'colour' }),
    )
    const facts = fuse(many, learnSourceAccuracy(many.slice(0, 2000)))
    expect(facts.length).toBe(100_000)
    const colours = facts.filter(({ relation }) => relation === 'colour')
    expect(colours.reduce((sum, { confidence }) => sum + confidence, 0)).toBeLessThanOrEqual(1)
  })

  test('The fold of learned fusion is named by what was learned', () => {
    const claims = plant([0.9, 0.8, 0.3], 30, 7)
    for (const one of claims) expect(claimSchema.safeParse(one).success).toBe(true)
    const learned = createFusion(learnSourceAccuracy(claims))
    expect(learned.name).toMatch(/^accu@1-[0-9a-f]{16}$/)
    expect(learned.name).not.toBe(createFusion(NOBODY).name)
    const [once, twice] = [claims, [...claims].reverse()].map((own) => {
      const fold = createFold(learned.fuse)
      fold.add(own)
      return fold
    })
    expect(once!.all()).toEqual(twice!.all())
    once!.add([said(9, 'later')])
    once!.withdraw(sourceNamed(9))
    expect(once!.all()).toEqual(twice!.all())
  })
})
