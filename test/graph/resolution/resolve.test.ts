import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimSchema } from '../../../functions/contract/claims.ts'
import { mergeClaims } from '../../../functions/graph/resolution/merge-claims.ts'
import type { EntityRecord } from '../../../functions/graph/resolution/records.ts'
import { resolve } from '../../../functions/graph/resolution/resolve.ts'
import { resolveOne } from '../../../functions/graph/resolution/resolve-one.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { abtBuy } from '../../make/entity-pairs-shops.ts'

const shuffle = <T>(values: readonly T[], seed: number): T[] => {
  const uniform = seededUniform(seed)
  return values
    .map((value) => ({ value, key: uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)
}
const named = (prefix: string, titles: readonly string[]): EntityRecord[] =>
  titles.map((title, at) => ({ id: `${prefix}${at}`, attributes: { title } }))

describe('Resolve', () => {
  test('The order of records and attributes changes nothing', () => {
    const { left, right } = abtBuy(1, 0.1)
    const turned = (records: readonly EntityRecord[]): EntityRecord[] =>
      shuffle(records, 7).map(({ id, attributes }) => ({
        id,
        attributes: Object.fromEntries(Object.entries(attributes).reverse()),
      }))
    expect(resolve({ left: turned(left), right: turned(right) })).toEqual(resolve({ left, right }))
    expect(resolveOne(turned(left))).toEqual(resolveOne(left))
  })

  test('A match says what speaks for it', () => {
    const { matches, model } = resolve(abtBuy(2, 0.1))
    for (const { weight, agreement } of matches)
      expect(Object.values(agreement).reduce((a, b) => a + b, 0)).toBeCloseTo(weight, 9)
    expect(model.comparisons.map(({ name }) => name)).toContain('codes')
  })

  test('Doubtful pairs are between both thresholds and say whether they are merged', () => {
    const { matches, doubtful } = resolve(abtBuy(2, 0.2), { doubtful: [0.2, 0.8] })
    const merged = new Set(matches.map(({ left, right }) => `${left} ${right}`))
    expect(doubtful.length).toBeGreaterThan(0)
    for (const { left, right, probability, isMerged } of doubtful) {
      expect(probability).toBeGreaterThan(0.2)
      expect(probability).toBeLessThan(0.8)
      expect(isMerged).toBe(merged.has(`${left} ${right}`))
    }
  })

  test('A different model number keeps two products apart', () => {
    const { left, right } = abtBuy(3, 0.2)
    const title = (model: string): string => `Sony Bravia 40' Black LCD HDTV - ${model}`
    const own = (id: string, model: string): EntityRecord => ({
      id,
      attributes: { name: title(model) },
    })
    const { matches } = resolve({
      left: [...left, own('x1', 'KDL40V5100'), own('x2', 'KDL40V4100')],
      right: [...right, own('y1', 'KDL-40V5100'), own('y2', 'KDL-40V4100')],
    })
    const found = matches.filter(({ left: id }) => id.startsWith('x'))
    expect(found.map((match) => [match.left, match.right])).toEqual([
      ['x1', 'y1'],
      ['x2', 'y2'],
    ])
  })

  test('Attributes of other names are found by what they hold', () => {
    const { left, right } = abtBuy(4, 0.2)
    const renamed = right.map(({ id, attributes: { name, price, ...rest } }) => ({
      id,
      attributes: { ...rest, label: name, cost: price },
    }))
    const { model } = resolve({ left, right: renamed })
    const pairs = model.attributes.map((one) => [one.left, one.right, one.kind])
    expect(pairs).toContainEqual(['name', 'label', 'headline'])
  })

  test('An id that comes twice is refused', () => {
    const twice = named('a', ['x']).concat(named('a', ['y']))
    expect(() => resolve({ left: twice, right: [] })).toThrow('two records of the id "a0"')
    expect(() => resolveOne(twice)).toThrow(RangeError)
  })
})

describe('Bad records', () => {
  test('Empty sources and records match nothing', () => {
    expect(resolve({ left: [], right: [] }).matches).toEqual([])
    expect(resolve({ left: named('a', ['x']), right: [] }).matches).toEqual([])
    expect(resolveOne([]).groups).toEqual([])
    expect(resolveOne(named('a', ['only one'])).groups).toEqual([])
    const empty = (prefix: string): EntityRecord[] => named(prefix, ['', ' ', '---'])
    expect(resolve({ left: empty('a'), right: empty('b') }).matches).toEqual([])
  })

  test('Any values give finite weights and probabilities', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double(),
      fc.constantFrom(null, undefined, true, 'KDL-40V5100', '$12.50', '2007', '\ud800', 'éè 日本'),
      fc.array(fc.string(), { maxLength: 3 }),
    )
    const attributes = fc.dictionary(fc.constantFrom('title', 'price', '__proto__', ''), value)
    const records = (prefix: string) =>
      fc
        .array(attributes, { maxLength: 12 })
        .map((list): EntityRecord[] =>
          list.map((own, at) => ({ id: `${prefix}${at}`, attributes: own })),
        )
    fc.assert(
      fc.property(records('a'), records('b'), (left, right) => {
        const { matches, doubtful } = resolve({ left, right })
        for (const { weight, probability } of [...matches, ...doubtful]) {
          expect(Number.isFinite(weight)).toBe(true)
          expect(probability).toBeGreaterThanOrEqual(0)
          expect(probability).toBeLessThanOrEqual(1)
        }
        resolveOne(left)
      }),
    )
  })

  test('Equal records without number stay bounded', () => {
    const alike = (prefix: string): EntityRecord[] =>
      named(prefix, Array(3000).fill('all the same'))
    const { matches, model } = resolve({ left: alike('a'), right: alike('b') })
    expect(model.candidates).toBeLessThan(100 * 3000)
    expect(matches.length).toBeLessThanOrEqual(2 * 3000)
    expect(resolveOne(alike('a')).model.candidates).toBeLessThan(100 * 3000)
  })

  test('An entity of 100,000 aliases and a long text are bounded', () => {
    const { left, right } = abtBuy(5, 0.1)
    const aliases = Array.from({ length: 100_000 }, (_, at) => `alias ${at}`)
    const strange: EntityRecord = {
      id: 'strange',
      attributes: { name: aliases, description: 'word '.repeat(1_000_000) },
    }
    const { model } = resolve({ left: [...left, strange], right })
    expect(model.candidates).toBeLessThan(100 * (left.length + right.length))
  })
})

describe('Merges as claims', () => {
  const context = {
    ...{ source: 'ab'.repeat(16), validFromMs: 5 },
    leftEntity: (id: string) => `item:${id}`,
    rightEntity: (id: string) => `item:${id}`,
  }

  test('Each merge is one valid claim, whatever the order', () => {
    const matches = [
      { left: 'b', right: 'a', probability: 0.7 },
      { left: 'a', right: 'b', probability: 0.9 },
      { left: 'c', right: 'd', probability: 1 },
    ]
    const claims = mergeClaims(matches, context)
    expect(claims.map(({ subject, object, confidence }) => [subject, object, confidence])).toEqual([
      ['item:a', 'item:b', 0.9],
      ['item:c', 'item:d', 1],
    ])
    for (const claim of claims) expect(claimSchema.safeParse(claim).success).toBe(true)
    expect(mergeClaims([...matches].reverse(), context)).toEqual(claims)
  })

  test('An entity is not merged with itself', () => {
    expect(mergeClaims([{ left: 'a', right: 'a', probability: 0.9 }], context)).toEqual([])
  })
})
