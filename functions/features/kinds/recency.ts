import type { FeatureOf } from '../../contract/features.ts'
import { HOUR_MS } from '../../contract/time.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

const MINUTES_PER_HOUR = 60

/** Hours since the last event. Without any in the window it is missing. */
export const recency: FeatureKind<FeatureOf<'recency'>> = {
  column: 'float',
  accumulates: ({ entity, event }) => [{ entity, event, state: 'last', parameters: {} }],
  cell(_feature, seen) {
    const lastMs = seen.state(0) as number | null
    return lastMs === null ? null : Math.max(0, seen.timeMs - lastMs) / HOUR_MS
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf, MINUTES_PER_HOUR),
}
