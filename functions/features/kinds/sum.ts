import type { FeatureOf } from '../../contract/features.ts'
import { meanOf, type SumState, sumOf } from '../states/sum.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/** The sum of the values of events. */
export const sum: FeatureKind<FeatureOf<'sum'>> = {
  column: 'float',
  accumulates: ({ entity, event, of: source }) => [
    { entity, event, state: 'sum', parameters: { of: source } },
  ],
  cell(_feature, seen) {
    const state = seen.state(0) as SumState | null
    return state ? sumOf(state) : 0
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}

/** The mean of the values of events. Without any it is missing. */
export const mean: FeatureKind<FeatureOf<'mean'>> = {
  column: 'float',
  accumulates: ({ entity, event, of: source }) => [
    { entity, event, state: 'sum', parameters: { of: source } },
  ],
  cell(_feature, seen) {
    const state = seen.state(0) as SumState | null
    return state && meanOf(state)
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
