import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Claim, Fact } from '../../../functions/contract/claims.ts'
import { createFold } from '../../../functions/graph/fold/fold.ts'
import { mergeEntities } from '../../../functions/graph/fold/merge.ts'
import { arbitraryClaim } from '../claims/arbitrary-claim.ts'
import { claim, source } from '../claims/make-claims.ts'

const foldOf = (claims: readonly Claim[]) => {
  const fold = createFold()
  fold.add(claims)
  return fold
}
const factsOf = (fold: ReturnType<typeof foldOf>): Fact[] =>
  fold.subjects().flatMap((subject) => fold.facts(subject))
const same = (a: string, b: string, fields: Partial<Claim> = {}): Claim =>
  claim({ subject: a, relation: 'same-as', object: b, source: 'merge', ...fields })
const said = (facts: readonly Fact[]): string[] =>
  facts.map(({ subject, relation, object, confidence }) =>
    [subject, relation, object, Number(confidence.toFixed(6))].join(' '),
  )

const CLAIMS = [
  claim({ subject: 'item:b', confidence: 0.5, source: 'b' }),
  claim({ subject: 'item:c', confidence: 0.5, source: 'c' }),
  claim({ subject: 'item:c', relation: 'co-viewed-with', object: 'item:b', source: 'd' }),
  claim({ subject: 'item:x', relation: 'co-viewed-with', object: 'item:c', source: 'd' }),
]

describe('merged entities', () => {
  test('The facts of a group are those of its first entity', () => {
    const facts = factsOf(foldOf([...CLAIMS, same('item:c', 'item:b')]))
    const { facts: merged, mergedInto } = mergeEntities(facts, 0.5)
    expect(said(merged)).toEqual([
      'item:b has-brand brand:acme 0.75',
      'item:b same-as item:c 0.9',
      'item:x co-viewed-with item:b 0.9',
    ])
    expect([...mergedInto]).toEqual([['item:c', 'item:b']])
  })

  test('Chains of merges are one group', () => {
    const merges = [same('item:d', 'item:c'), same('item:b', 'item:d'), same('item:a', 'item:c')]
    const { mergedInto } = mergeEntities(factsOf(foldOf(merges)), 0.5)
    expect(new Set(mergedInto.values())).toEqual(new Set(['item:a']))
    expect([...mergedInto.keys()]).toEqual(['item:b', 'item:c', 'item:d'])
  })

  test('A merge in doubt joins nothing', () => {
    const facts = factsOf(foldOf([...CLAIMS, same('item:c', 'item:b', { confidence: 0.3 })]))
    expect(mergeEntities(facts, 0.5)).toEqual({ facts, mergedInto: new Map() })
  })

  test('A merge that is withdrawn leaves no trace', () => {
    const before = mergeEntities(factsOf(foldOf(CLAIMS)), 0.5)
    const fold = foldOf([...CLAIMS, same('item:c', 'item:b')])
    fold.withdraw(source('merge'))
    expect(mergeEntities(factsOf(fold), 0.5)).toEqual(before)
  })

  test('The order of facts leaves no trace, and no merged entity remains', () => {
    const merge = fc.tuple(arbitraryClaim, arbitraryClaim).map(([a, b]) => ({
      ...a,
      relation: 'same-as',
      object: b.subject,
      isEntity: true,
      unit: undefined,
    }))
    fc.assert(
      fc.property(
        fc.array(arbitraryClaim, { maxLength: 20 }),
        fc.array(merge, { maxLength: 4 }),
        (claims, merges) => {
          const facts = factsOf(foldOf([...claims, ...merges]))
          const merged = mergeEntities(facts, 0.5)
          expect(mergeEntities(facts.toReversed(), 0.5)).toEqual(merged)
          for (const { subject, object, relation, isEntity } of merged.facts) {
            expect(merged.mergedInto.has(subject)).toBe(false)
            if (isEntity && relation !== 'same-as')
              expect(merged.mergedInto.has(`${object}`)).toBe(false)
          }
        },
      ),
    )
  })
})
