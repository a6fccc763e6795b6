import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RELATIONS } from '../../../functions/contract/claims.ts'
import { uniqueClaims } from '../../../functions/graph/claims/claim.ts'
import { createFold } from '../../../functions/graph/fold/fold.ts'
import { arbitraryClaim } from '../claims/arbitrary-claim.ts'
import { claim, source } from '../claims/make-claims.ts'

const SOURCES = ['a', 'b', 'c', 'd', 'e', 'f'].map(source)

describe('the graph as a fold over claims', () => {
  test('Adding and withdrawing in any order leaves what was never withdrawn', () => {
    let orders = 0
    fc.assert(
      fc.property(
        fc.array(arbitraryClaim, { minLength: 1, maxLength: 40 }),
        fc.subarray(SOURCES),
        fc.infiniteStream(fc.nat()),
        (claims, withdrawn, draws) => {
          orders++
          const steps = [
            ...[...claims, ...claims].map((one) => () => fold.add([one])),
            ...[...withdrawn, ...withdrawn].map((gone) => () => fold.withdraw(gone)),
          ]
          const fold = createFold()
          while (steps.length > 0) {
            const draw = draws.next().value as number
            steps.splice(draw % steps.length, 1)[0]!()
            // A graph that is read in between is the same in the end.
            if (draw % 3 === 0) fold.all()
          }
          const direct = createFold()
          direct.add(claims.filter((one) => !withdrawn.includes(one.source)))
          expect(fold.all()).toEqual(direct.all())
          expect(fold.subjects()).toEqual(direct.subjects())
        },
      ),
      { numRuns: 200 },
    )
    expect(orders).toBeGreaterThanOrEqual(200)
  })

  test('A source that is withdrawn and added later is back', () => {
    const fold = createFold()
    const [early, late] = [claim({ validFromMs: 1000 }), claim({ validFromMs: 3000 })]
    fold.add([early])
    expect(fold.withdraw(source('a'), 2000)).toBe(1)
    expect(fold.add([early])).toBe(0)
    expect(fold.add([late])).toBe(1)
    expect(fold.withdraw(source('a'), 1500)).toBe(0)
    expect(fold.facts('item:i1')).toHaveLength(1)
    expect(fold.withdrawn()).toEqual([{ source: source('a'), throughMs: 2000 }])
  })

  test('Sources add up and repetitions of one source do not', () => {
    const fold = createFold()
    fold.add([
      claim({ source: 'a', confidence: 0.5 }),
      claim({ source: 'a', confidence: 0.4, fromChar: 1, throughChar: 2 }),
      claim({ source: 'b', confidence: 0.5 }),
    ])
    expect(fold.facts('item:i1')).toMatchObject([
      { object: 'brand:acme', confidence: 0.75, sourceCount: 2, validFromMs: 1000 },
    ])
  })

  test('Contradictory values are both kept with their confidence', () => {
    const fold = createFold()
    const length = { relation: 'length', isEntity: false, unit: 'mm' } as const
    fold.add([
      claim({ ...length, object: 120, source: 'a' }),
      claim({ ...length, object: 130, confidence: 0.4, source: 'b' }),
      claim({ ...length, object: 120, unit: 'g', confidence: 0.2, source: 'c' }),
    ])
    expect(
      fold.facts('item:i1').map(({ object, unit, confidence }) => [object, unit, confidence]),
    ).toEqual([
      [120, 'g', 0.2],
      [120, 'mm', 0.9],
      [130, 'mm', 0.4],
    ])
  })

  test('Withdrawing folds only the subjects that the source touched', () => {
    const fold = createFold()
    const subjects = Array.from({ length: 5000 }, (_, n) => `item:i${n}`)
    for (const subject of subjects) fold.add([claim({ subject, source: 'catalogue' })])
    fold.add(subjects.slice(0, 7).map((subject) => claim({ subject, source: 'page' })))
    fold.all()
    expect(fold.work.subjects).toBe(5000)
    expect(fold.withdraw(source('page'))).toBe(7)
    fold.all()
    expect(fold.work).toEqual({ subjects: 5007, claims: 5000 + 7 + 7 })
    fold.withdraw(source('page'))
    fold.add([claim({ subject: 'item:i0', source: 'catalogue' })])
    fold.all()
    expect(fold.work.subjects).toBe(5007)
  })

  test('An entity with 100,000 aliases folds its other relations alone', () => {
    const fold = createFold()
    const aliases = Array.from({ length: 100_000 }, (_, n) =>
      claim({ relation: RELATIONS.alias, object: `alias ${n}`, isEntity: false, source: `${n}` }),
    )
    fold.add(aliases)
    fold.add([claim({ source: 'brand' })])
    expect(fold.facts('item:i1')).toHaveLength(100_001)
    const before = fold.work.claims
    fold.withdraw(source('brand'))
    expect(fold.facts('item:i1')).toHaveLength(100_000)
    expect(fold.work.claims - before).toBe(0)
    fold.withdraw(source('99999'))
    expect(fold.facts('item:i1')).toHaveLength(99_999)
  })

  test('The fold takes the hook that fuses and gives it canonical groups', () => {
    const groups: string[][] = []
    const fold = createFold((claims) => {
      groups.push(claims.map(({ object }) => String(object)))
      expect(uniqueClaims(claims)).toEqual(claims)
      return []
    })
    fold.add([
      ...[claim({ object: 'brand:z' }), claim({ object: 'brand:a' })],
      claim({ relation: 'made-in', object: 'place:x' }),
    ])
    expect(fold.facts('item:i1')).toEqual([])
    expect(groups.sort()).toEqual([['brand:a', 'brand:z'], ['place:x']])
  })
})
