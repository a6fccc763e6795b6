import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ComparedRow, compareCell, compareRows } from '../../functions/audit/compare-cells.ts'
import {
  equalPercent,
  excusedPercent,
  parityAccountSchema,
  sumParity,
  totalParity,
} from '../../functions/contract/parity.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'

const row = (served: ComparedRow['served'], sampled: ComparedRow['sampled'], ageHours = 1) => ({
  ...{ item: 'i1', timeMs: 100 * HOUR_MS + 5, closedThroughMs: (100 - ageHours) * HOUR_MS },
  ...{ served, sampled },
})
const never = (): boolean => false
const cell = fc.oneof(
  fc.constant(null),
  fc.constantFrom('', 'a', 'b'),
  fc.constantFrom(0, -1, 1, 1 + 1e-12, 1.05, 1e300),
)
const rows = fc.array(
  fc.record({
    served: fc.dictionary(fc.constantFrom('x', 'y'), cell),
    sampled: fc.dictionary(fc.constantFrom('x', 'z'), cell),
    ageHours: fc.integer({ min: 0, max: 3 }),
  }),
)

describe('The comparison of served cells with samples', () => {
  test.each<[served: string | number | null, sampled: string | number | null, verdict: string]>([
    [3, 3, 'equal'],
    [null, null, 'equal'],
    ['news', 'news', 'equal'],
    [0, -0, 'equal'],
    [0.1 + 0.2, 0.3, 'equal'],
    [1e-300, 2e-300, 'different'],
    [1, 1 + 2e-9, 'different'],
    [1, -1, 'different'],
    ['news', 'sport', 'different'],
    ['3', 3, 'different'],
    [null, 3, 'missing'],
    [null, '', 'missing'],
    [0, null, 'extra'],
  ])('Served %j beside sampled %j is %s', (served, sampled, verdict) => {
    expect(compareCell(served, sampled).verdict).toBe(verdict)
  })

  test('The account counts each verdict by feature, age and difference', () => {
    const { features, examples } = compareRows(
      [
        row({ count: 3, category: 'a', none: null }, { count: 3, category: 'a' }),
        row({ count: 3 }, { count: 4, category: 'a' }, 2),
        { ...row({ count: null, old: 1 }, { count: 4 }), closedThroughMs: null },
      ],
      never,
    )
    expect(features['count']).toEqual({
      ...{ values: 3, equal: 1, missing: 1, extra: 0, different: 1, late: 0 },
      absent: 1,
      relative: [0, 0, 0, 0, 1, 0],
      byAge: {
        1: { values: 1, equal: 1 },
        2: { values: 1, equal: 0 },
        none: { values: 1, equal: 0 },
      },
    })
    expect(features['category']).toMatchObject({ values: 2, equal: 1, missing: 1 })
    expect(features['old']).toMatchObject({ values: 1, equal: 0, extra: 1, absent: 0 })
    expect(features['none']).toMatchObject({ values: 1, equal: 1, missing: 0, absent: 1 })
    expect(examples.map(({ feature, served, sampled }) => [feature, served, sampled])).toEqual([
      ['count', 3, 4],
      ['category', null, 'a'],
      ['count', null, 4],
      ['old', 1, null],
    ])
  })

  test('A late value is unequal and excused, and is no example', () => {
    const { features, examples } = compareRows(
      [row({ a: 1, b: 1 }, { a: 2, b: 2 })],
      (_row, feature) => feature === 'a',
    )
    expect(features['a']).toMatchObject({ different: 1, late: 1 })
    expect(features['b']).toMatchObject({ different: 1, late: 0 })
    expect(examples.map(({ feature }) => feature)).toEqual(['b'])
    const total = totalParity(features)
    expect([equalPercent(total), excusedPercent(total)]).toEqual([0, 50])
  })

  test('Verdicts add up within a log and over its parts', () => {
    fc.assert(
      fc.property(rows, fc.nat({ max: 20 }), (made, cut) => {
        const all = made.map(({ served, sampled, ageHours }) => row(served, sampled, ageHours))
        const whole = compareRows(all, never)
        const parts = [all.slice(0, cut), all.slice(cut)].map((part) => compareRows(part, never))
        expect(sumParity(parts)).toEqual(whole.features)
        for (const parity of Object.values(whole.features)) {
          const { values, equal, missing, extra, different, absent, byAge } = parity
          expect(values).toBe(equal + missing + extra + different)
          expect(absent).toBeGreaterThanOrEqual(missing)
          expect(absent).toBeLessThanOrEqual(missing + equal)
          expect(Object.values(byAge).reduce((sum, age) => sum + age.values, 0)).toBe(values)
          parityAccountSchema.shape.features.parse(whole.features)
        }
      }),
    )
  })

  test('Without values there is no share', () => {
    expect(equalPercent(totalParity({}))).toBeNull()
    expect(excusedPercent(totalParity({}))).toBeNull()
  })
})
