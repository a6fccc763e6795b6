import type { FeatureOf } from '../../contract/features.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/** The number of events. */
export const count: FeatureKind<FeatureOf<'count'>> = {
  column: 'float',
  accumulates: ({ entity, event }) => [{ entity, event, state: 'count', parameters: {} }],
  cell: (_feature, seen) => (seen.state(0) as number | null) ?? 0,
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
