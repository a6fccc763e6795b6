import { describe, expect, test } from 'vitest'
import { graphSchema } from '../../../functions/contract/graph.ts'
import { checkClaims } from '../../../functions/graph/claims/claim.ts'
import {
  extractStatement,
  type Statement,
} from '../../../functions/graph/extract/catalogue/catalogue.ts'
import {
  convert,
  parseQuantity,
  unitNamed,
} from '../../../functions/graph/extract/catalogue/units.ts'

const { catalogue } = graphSchema.parse({
  catalogue: {
    title: { relation: 'name' },
    brand: { relation: 'has-brand', entity: 'brand' },
    path: { relation: 'in-category', entity: 'category', pathSeparator: '>' },
    type: { relation: 'of-type', entity: 'type', broader: 'family' },
    length: { relation: 'length', unit: 'mm', confidence: 1 },
    isVegan: { relation: 'is-vegan' },
    guide: { relation: 'part-of', entity: 'document' },
  },
})
const statement = (
  attributes: Statement['attributes'],
  fields: Partial<Statement> = {},
): Statement => ({
  ...{ kind: 'item', id: 'i1', attributes, title: null, knowableMs: 5 },
  ...fields,
})
const said = (attributes: Statement['attributes'], fields: Partial<Statement> = {}): string[] =>
  extractStatement(statement(attributes, fields), catalogue).claims.map(
    ({ subject, relation, object, unit, confidence }) =>
      `${subject} ${relation} ${object}${unit ? ` ${unit}` : ''} ${confidence}`,
  )

describe('claims of the catalogue', () => {
  test('An attribute becomes an entity with its name', () => {
    expect(said({ brand: 'ACME  Tools', colour: 'red' })).toEqual([
      'brand:acme-tools name ACME Tools 0.9',
      'item:i1 has-brand brand:acme-tools 0.9',
    ])
  })

  test("A document's id is taken as it is, without a name", () => {
    expect(said({ guide: 'Guides/Oven A.md' })).toEqual([
      'item:i1 part-of document:Guides/Oven A.md 0.9',
    ])
  })

  test('A path of categories is a chain of broader ones', () => {
    expect(said({ path: 'Home > Kitchen >Knives' })).toEqual([
      'category:home name Home 0.9',
      'category:home/kitchen broader category:home 0.9',
      'category:home/kitchen name Kitchen 0.9',
      'category:home/kitchen/knives broader category:home/kitchen 0.9',
      'category:home/kitchen/knives name Knives 0.9',
      'item:i1 in-category category:home/kitchen/knives 0.9',
    ])
  })

  test('A parent attribute names the broader entity', () => {
    expect(said({ type: 'Chef knife', family: 'Knife' })).toContain(
      'type:chef-knife broader type:knife 0.9',
    )
  })

  test.each([
    ['12 cm', '120 mm 1'],
    ['120mm', '120 mm 1'],
    ['0.12 Metres', '120 mm 1'],
    ['4.72440944882 in', '120 mm 1'],
    ['12″', '304.8 mm 1'],
    ['120', '120 mm 0.9'],
    [120, '120 mm 0.9'],
    ['1,5 m', '1500 mm 1'],
    ['1,500 mm', '1500 mm 1'],
    ['1.234,5 mm', '1234.5 mm 1'],
    ['12 kg', '12 kg 0.4'],
    ['12 parsecs', '12 parsecs 0.4'],
    ['long', 'long 0.4'],
  ])('The length %j is normalized or kept with less confidence', (length, expected) => {
    expect(said({ length })).toEqual([`item:i1 length ${expected}`])
  })

  test('Contradictory lengths in different units are both kept', () => {
    expect(said({ length: ['12 cm', '120 mm', '13 cm', '1 kg'] })).toEqual([
      ...['item:i1 length 1 kg 0.4', 'item:i1 length 120 mm 1', 'item:i1 length 130 mm 1'],
    ])
  })

  test('Truth values and titles are literals', () => {
    expect(said({ isVegan: true }, { title: 'A  knife' })).toEqual([
      'item:i1 is-vegan true 0.9',
      'item:i1 name A knife 0.9',
    ])
  })

  test('What names nothing is refused by attribute', () => {
    const { claims, refused } = extractStatement(
      statement({ brand: ' ', path: ' > ', length: Number.NaN, type: 'x'.repeat(5000) }),
      catalogue,
    )
    expect(claims).toEqual([])
    expect(refused).toEqual({
      ...{ 'brand: names no entity': 1, 'path: names no entity': 1 },
      ...{ 'type: names no entity': 1, 'length: has no value': 1 },
    })
  })

  test('A list of 100,000 values is cut and counted', () => {
    const brand = Array.from({ length: 100_000 }, (_, n) => `b${n}`)
    const { claims, refused } = extractStatement(statement({ brand }), catalogue)
    expect(claims).toHaveLength(128)
    expect(refused).toEqual({ 'brand: too many values': 99_936 })
  })

  test('Every claim passes the check of claims', () => {
    const { claims } = extractStatement(
      statement({ brand: ['a:b', '__proto__', 'é\u0301'], path: 'a/b>c', length: '3 ft' }),
      catalogue,
    )
    expect(checkClaims(claims)).toEqual({ claims, refused: {} })
  })

  test('All statements about one entity are one source', () => {
    const sourceIn = (fields: Partial<Statement>) =>
      extractStatement(statement({ brand: 'a' }, fields), catalogue).claims[0]!.source
    expect(sourceIn({ knowableMs: 6 })).toBe(sourceIn({ knowableMs: 7 }))
    expect(sourceIn({ id: 'i2' })).not.toBe(sourceIn({}))
    expect(sourceIn({ kind: 'document' })).not.toBe(sourceIn({}))
  })

  test('Claims name the provider of their statement', () => {
    const { claims } = extractStatement(statement({ brand: 'a' }, { provider: 'shop' }), catalogue)
    expect(claims.map(({ provider }) => provider)).toEqual(claims.map(() => 'shop'))
  })
})

describe('units', () => {
  test.each([
    ['12 cm', { value: 12, unit: 'cm' }],
    ['-3.5', { value: -3.5, unit: '' }],
    ['1e3 g', { value: 1000, unit: 'g' }],
    ['1.000.000', { value: 1_000_000, unit: '' }],
    ['0,123', { value: 0.123, unit: '' }],
    ['12 x 13 cm', null],
    ['', null],
    ['1e99', { value: 1e99, unit: '' }],
    [`${'9'.repeat(100)}`, null],
  ])('%j is read as a quantity or not at all', (text, expected) => {
    expect(parseQuantity(text)).toEqual(expected)
  })

  test('Spellings of units agree', () => {
    expect(['Inches', 'in.', '"', 'LBS', 'grams', 'constructor'].map(unitNamed)).toEqual([
      ...['in', 'in', 'in', 'lb', 'g', null],
    ])
    expect([convert(1, 'lb', 'g'), convert(1, 'kg', 'm'), convert(90, 'min', 'h')]).toEqual([
      ...[453.59237, null, 1.5],
    ])
  })
})

describe('the graph section of a scene', () => {
  test('An empty section has defaults and asks no language model', () => {
    const section = graphSchema.parse({})
    expect(section.languageModel).toBeUndefined()
    expect(section.behaviour).toMatchObject({ falseDiscoveryRate: 0.05, minUsers: 5 })
  })

  test.each([
    ['a unit beside an entity', { a: { relation: 'r', entity: 'e', unit: 'mm' } }],
    ['a path of literals', { a: { relation: 'r', pathSeparator: '>' } }],
    ['an unknown unit', { a: { relation: 'r', unit: 'parsec' } }],
    ['a relation in upper case', { a: { relation: 'Has Brand' } }],
  ])('It refuses %s', (_what, mappings) => {
    expect(graphSchema.safeParse({ catalogue: mappings }).success).toBe(false)
  })
})
