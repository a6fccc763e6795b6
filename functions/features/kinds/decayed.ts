import type { FeatureOf } from '../../contract/features.ts'
import { floorHour, HOUR_MS } from '../../contract/time.ts'
import type { FeatureKind, Seen } from './kind.ts'
import { withPrior } from './rate.ts'
import { encodeNumber, encodeRate } from './slots.ts'

/** Events of an hour weigh 2^(−age / half-life), with the age in whole hours. Added in order of hours. */
function decayedSum(seen: Seen, role: number, halfLifeHours: number): number {
  let sum = 0
  for (const [hourMs, count] of seen.buckets(role)) {
    const ageHours = (floorHour(seen.timeMs) - hourMs) / HOUR_MS
    sum += (count as number) * 2 ** (-ageHours / halfLifeHours)
  }
  return sum
}

export const decayedCount: FeatureKind<FeatureOf<'decayed-count'>> = {
  column: 'float',
  accumulates: ({ entity, event }) => [{ entity, event, state: 'count', parameters: {} }],
  cell: ({ halfLifeHours }, seen) => decayedSum(seen, 0, halfLifeHours),
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}

export const decayedRate: FeatureKind<FeatureOf<'decayed-rate'>> = {
  column: 'float',
  accumulates: ({ entity, outcome }) => [
    { entity, event: outcome, state: 'count', parameters: {} },
    { entity, event: 'impression', state: 'count', parameters: {} },
  ],
  cell(feature, seen) {
    const { halfLifeHours } = feature
    const outcomes = decayedSum(seen, 0, halfLifeHours)
    return withPrior(outcomes, decayedSum(seen, 1, halfLifeHours), feature)
  },
  encoder: ({ name, priorRate }, slotOf) => encodeRate(name, slotOf, priorRate),
}
