import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DECISIONS } from '../../functions/contract/registry.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { decisionList } from '../../functions/report/decisions.ts'
import type { Decision } from '../../functions/report/findings.ts'
import {
  countFold,
  describeFold,
  foldDecisions,
  mergeReasons,
} from '../../functions/report/fold.ts'
import { DAY0_MS } from '../make/events.ts'

const decided = (n: number, fields: Partial<Decision> = {}): Decision => ({
  scene: 'feed',
  timeMs: DAY0_MS + n * HOUR_MS,
  kind: 'skip',
  tier: 'hourly',
  version: null,
  from: 3,
  to: 3,
  reason: `${11 + (n % 9)} samples, fewer than the 20 that training needs: the interval joins the next run's`,
  evidence: {},
  ...fields,
})
const skips = Array.from({ length: 41 }, (_, n) => decided(n))

/** Any decisions, among them many that are alike. */
const anyDecisions = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...DECISIONS),
      tier: fc.constantFrom('hourly', 'daily', 'full', 'rollback'),
      from: fc.constantFrom(null, 3),
      to: fc.constantFrom(null, 3, 4),
      reason: fc.oneof(
        fc.nat(99).map((count) => `${count} samples`),
        fc.constantFrom(
          '… samples',
          'log loss +0.1 (95 % interval 0.1 to 0.2) against daily-1-a',
          '',
        ),
        fc.string(),
      ),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.map((fields, n) => decided(n, fields)))

describe('Folded decisions', () => {
  test('Skips in a row are one line with their range', () => {
    const folds = foldDecisions(skips)
    expect(folds.map(describeFold)).toEqual([
      "hourly skipped 41 times: 11 to 19 samples, fewer than the 20 that training needs: the interval joins the next run's",
    ])
  })

  test('Folding loses no decision and keeps the order of time', () => {
    fc.assert(
      fc.property(anyDecisions, (decisions) => {
        expect(foldDecisions(decisions).flat()).toEqual(decisions)
      }),
    )
  })

  test('The counts of all lines add up to the number of decisions', () => {
    fc.assert(
      fc.property(anyDecisions, (decisions) => {
        const counts = foldDecisions(decisions)
          .flatMap(countFold)
          .map(({ count }) => count)
        expect(counts.reduce((a, b) => a + b, 0)).toBe(decisions.length)
        // A line shows one decision, or opens to a row for each of its own.
        const list = decisionList(decisions)
        const singles = foldDecisions(decisions).filter((fold) => fold.length === 1).length
        expect(list.split('<tr><td').length - 1 + singles).toBe(decisions.length)
      }),
    )
  })

  test('A decision for another reason, tier or release starts a line', () => {
    const others = [
      decided(1, { tier: 'daily' }),
      decided(2, { kind: 'refusal' }),
      decided(3, { kind: 'refusal', reason: 'a broken log' }),
      decided(4, { kind: 'rollback', from: 3, to: 2 }),
      decided(5, { kind: 'rollback', from: 3, to: 2 }),
    ]
    expect(foldDecisions([decided(0), ...others])).toHaveLength(6)
    expect(foldDecisions([decided(0), { ...decided(1), scene: 'search' }])).toHaveLength(2)
  })

  test('Releases and skips of one night share a line', () => {
    const flip = (n: number) =>
      decided(n, { kind: 'flip', from: n, to: n + 1, reason: `log loss -0.0${n}` })
    expect(foldDecisions([flip(1), flip(2), decided(3), flip(4)]).map(describeFold)).toEqual([
      "hourly released to all 3 times; skipped once: 14 samples, fewer than the 20 that training needs: the interval joins the next run's",
    ])
  })

  test('Merged reasons show ranges, or the last reason for many numbers', () => {
    expect(mergeReasons(['1,200 of 5', '90 of 5'])).toBe('90 to 1,200 of 5')
    expect(mergeReasons(['full-1-a on 2026-01-05', 'full-2-b on 2026-01-06'])).toBe('… on …')
    expect(mergeReasons(['1 2 3', '4 5 6'])).toBe('the last: 4 5 6')
    expect(mergeReasons(['… samples', '12 samples'])).toBe('the last: 12 samples')
  })
})
