import { describe, expect, test } from 'vitest'
import type { Feature } from '../../functions/contract/features.ts'
import { type FeatureParity, noParity } from '../../functions/contract/parity.ts'
import type { FoldedRow } from '../../functions/contract/values.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { listFeatures } from '../../functions/release/list-features.ts'

const SHOWN: Feature = {
  ...{ name: 'shown', kind: 'count', entity: 'item', event: 'impression', windowHours: 24 },
}
const SLOW: Feature = { ...SHOWN, name: 'slow', windowHours: 168, nearLine: false }
const COLOUR: Feature = { name: 'colour', kind: 'category', of: 'item.colour' }
const FEATURES = [SHOWN, SLOW, COLOUR]

const foldedWith = (features: readonly Feature[]): FoldedRow => ({
  ...{
    closedThroughMs: 0,
    arrivedThroughMs: 0,
    scheduledMs: 0,
    nearLineMs: 30_000,
    exclusions: [],
  },
  series: seriesOf(features).map((series) => ({ ...series, wantedMs: 0 })),
})
const parity = (own: Partial<FeatureParity>): FeatureParity => ({ ...noParity(), ...own })

describe('The list of features', () => {
  test('A feature says how its values move', () => {
    const lines = listFeatures(FEATURES, null, [], [])
    expect(lines.map(({ name, values }) => [name, values])).toEqual([
      ['shown', 'near line'],
      ['slow', 'closed hours'],
      ['colour', 'on demand'],
    ])
  })

  test('A feature is ready once its whole window is online', () => {
    const readiness = (folded: FoldedRow | null) =>
      listFeatures(FEATURES, folded, [], []).map(({ isReady }) => isReady)
    expect(readiness(null)).toEqual([false, false, true])
    expect(readiness(foldedWith([SHOWN]))).toEqual([true, false, true])
    expect(readiness(foldedWith(FEATURES))).toEqual([true, true, true])
  })

  test('Served values of all accounts are summed', () => {
    const first = { features: { shown: parity({ values: 60, equal: 60, absent: 6 }) } }
    const second = { features: { shown: parity({ values: 40, equal: 30, absent: 0 }) } }
    const [shown, slow] = listFeatures(FEATURES, null, [], [first, second])
    expect(shown).toMatchObject({ missingPercent: 6, equalPercent: 90 })
    expect(slow).toMatchObject({ missingPercent: null, equalPercent: null, ageHours: null })
  })

  test('The ages are the quantiles of the served values', () => {
    const byAge = {
      none: { values: 500, equal: 0 },
      1: { values: 50, equal: 50 },
      2: { values: 45, equal: 45 },
      7: { values: 5, equal: 5 },
    }
    const [shown] = listFeatures([SHOWN], null, [], [{ features: { shown: parity({ byAge }) } }])
    expect(shown!.ageHours).toEqual({ p50: 1, p95: 2 })
  })

  test('Only models with the very definition read a feature', () => {
    const changed: Feature = { ...SHOWN, windowHours: 12 }
    const models = [
      { version: 'new', isServed: true, features: [SHOWN], importance: { shown: 0.25 } },
      { version: 'old', isServed: false, features: [changed, COLOUR], importance: { shown: 9 } },
    ]
    const [shown, slow, colour] = listFeatures(FEATURES, null, models, [])
    expect(shown).toMatchObject({ readBy: ['new'], importance: 0.25 })
    expect(slow).toMatchObject({ readBy: [], importance: null })
    expect(colour).toMatchObject({ readBy: ['old'], importance: null })
  })
})
