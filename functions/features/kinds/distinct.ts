import type { FeatureOf } from '../../contract/features.ts'
import { type DistinctState, distinctOf } from '../states/distinct.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/** The number of different values. */
export const distinct: FeatureKind<FeatureOf<'distinct'>> = {
  column: 'float',
  accumulates: ({ entity, event, of: source }) => [
    { entity, event, state: 'distinct', parameters: { of: source } },
  ],
  cell(_feature, seen) {
    const state = seen.state(0) as DistinctState | null
    return state ? distinctOf(state) : 0
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
