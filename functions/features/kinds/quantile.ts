import type { FeatureOf } from '../../contract/features.ts'
import type { Counts } from '../states/counts.ts'
import { quantileOf } from '../states/quantiles.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/** A quantile of the values of events. Without any it is missing. */
export const quantile: FeatureKind<FeatureOf<'quantile'>> = {
  column: 'float',
  accumulates: ({ entity, event, of: source }) => [
    { entity, event, state: 'quantiles', parameters: { of: source } },
  ],
  cell({ q }, seen) {
    const state = seen.state(0) as Counts | null
    return state && quantileOf(state, q)
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
