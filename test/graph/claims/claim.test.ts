import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Claim } from '../../../functions/contract/claims.ts'
import {
  checkClaims,
  claimId,
  compareClaims,
  sourceOf,
  uniqueClaims,
} from '../../../functions/graph/claims/claim.ts'
import { decodeClaims, encodeClaims } from '../../../functions/graph/claims/encode.ts'
import { entityId, nameInId, pathId } from '../../../functions/graph/claims/entity-id.ts'
import { arbitraryClaim } from './arbitrary-claim.ts'
import { claim } from './make-claims.ts'

describe('claims', () => {
  test('A claim that all its fields allow is kept', () => {
    expect(checkClaims([claim()])).toEqual({ claims: [claim()], refused: {} })
  })

  test.each([
    ['an empty subject', { subject: '' }, 'subject'],
    ['a subject without a name', { subject: 'item:' }, 'subject'],
    ['a subject of blanks', { subject: 'item:  ' }, 'subject'],
    ['a subject with a line break', { subject: 'item:a\nb' }, 'subject'],
    ['half a surrogate pair', { subject: 'item:\ud800' }, 'subject'],
    ['an endless subject', { subject: `item:${'x'.repeat(600)}` }, 'subject'],
    ['a relation in upper case', { relation: 'Has Brand' }, 'relation'],
    ['an entity that is a text', { object: 'acme' }, 'object'],
    ['an entity that is a number', { object: 7 }, 'object'],
    ['a confidence of NaN', { confidence: Number.NaN }, 'confidence'],
    ['a confidence of 0', { confidence: 0 }, 'confidence'],
    ['a confidence above 1', { confidence: 1.01 }, 'confidence'],
    ['a number without end', { isEntity: false, object: Number.POSITIVE_INFINITY }, 'object'],
    ['an empty text', { isEntity: false, object: '' }, 'object'],
    ['a time of NaN', { validFromMs: Number.NaN }, 'validFromMs'],
    ['one offset without the other', { fromChar: 3 }, 'throughChar'],
    ['offsets that run backwards', { fromChar: 3, throughChar: 3 }, 'throughChar'],
    ['a field that is none', { weight: 1 }, 'unknown field'],
    ['an extractor without a version', { extractor: 'catalogue' }, 'extractor'],
  ])('A claim with %s is refused and counted', (_what, fields, where) => {
    const { claims, refused } = checkClaims([{ ...claim(), ...fields }, claim()])
    expect(claims).toEqual([claim()])
    expect(Object.values(refused)).toEqual([1])
    expect(Object.keys(refused)[0]).toMatch(new RegExp(`^${where}`))
  })

  test('An unknown relation is refused where the known ones are named', () => {
    const { claims, refused } = checkClaims(
      [claim(), claim({ relation: 'has-brnad' })],
      new Set(['has-brand']),
    )
    expect([claims, refused]).toEqual([[claim()], { 'relation: unknown': 1 }])
  })

  test('What is no object at all is refused', () => {
    const { claims, refused } = checkClaims([null, 7, 'claim', [], {}])
    expect(claims).toEqual([])
    expect(Object.values(refused).reduce((a, b) => a + b)).toBe(5)
  })

  test('Two claims are equal only if all their fields are', () => {
    fc.assert(
      fc.property(arbitraryClaim, arbitraryClaim, (a, b) => {
        expect(claimId(a) === claimId(b)).toBe(compareClaims(a, b) === 0)
        expect(Math.sign(compareClaims(a, b))).toBe(-Math.sign(compareClaims(b, a)))
      }),
      { numRuns: 300 },
    )
    const fields: Partial<Claim>[] = [
      ...[{ subject: 'item:i2' }, { relation: 'made-by' }, { object: 'brand:b' }, { source: 'b' }],
      ...[{ extractor: 'catalogue@2' }, { confidence: 0.8 }, { validFromMs: 1001 }],
      ...[{ fromChar: 0, throughChar: 1 }, { isEntity: false }],
    ]
    expect(new Set([claim(), ...fields.map(claim)].map(claimId)).size).toBe(10)
  })

  test('Claims survive Parquet, and their order leaves no trace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryClaim, { maxLength: 20 }), async (claims) => {
        const bytes = encodeClaims(claims)
        expect(encodeClaims([...claims, ...claims].reverse())).toEqual(bytes)
        expect(await decodeClaims(bytes, 'x')).toEqual(uniqueClaims(claims))
      }),
      { numRuns: 60 },
    )
  })

  test('A file with an invalid row is refused with the row', async () => {
    const bytes = encodeClaims([claim(), claim({ subject: 'item:i2', confidence: 7 })])
    await expect(decodeClaims(bytes, 'claims/x.parquet')).rejects.toThrow(
      /^claims\/x\.parquet, row 1: confidence/,
    )
  })

  test('A source is told apart by its kind and parts', () => {
    expect(sourceOf('document', 'ab', 'c')).toMatch(/^[0-9a-f]{32}$/)
    expect(
      new Set([
        ...[sourceOf('document', 'ab', 'c'), sourceOf('document', 'a', 'bc')],
        sourceOf('item', 'ab', 'c'),
      ]).size,
    ).toBe(3)
  })
})

describe('entity ids', () => {
  test('Case, width and white space do not make two entities', () => {
    expect(['ACME  Tools', ' acme tools ', 'ａcme\ttools'].map(nameInId)).toEqual(
      Array(3).fill('acme-tools'),
    )
    expect([entityId('brand', 'C++'), entityId('brand', 'C')]).toEqual(['brand:c++', 'brand:c'])
  })

  test.each(['', '  ', '\u0000', 'x'.repeat(2000), '\ud800'])('%j names no entity', (text) => {
    expect(entityId('brand', text)).toBeNull()
  })

  test('A path keeps equal names under two parents apart', () => {
    expect(pathId('category', ['Home', 'Kitchen', 'Knives / Sets'])).toBe(
      'category:home/kitchen/knives-%2f-sets',
    )
    expect(pathId('category', ['Home', ' '])).toBeNull()
    expect(pathId('category', [])).toBeNull()
  })
})
