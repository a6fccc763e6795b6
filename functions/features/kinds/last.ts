import type { FeatureOf } from '../../contract/features.ts'
import { VALUE_SEPARATOR } from '../../contract/rows.ts'
import type { Dated } from '../states/last-items.ts'
import type { FeatureKind } from './kind.ts'
import { encodeCategories } from './slots.ts'

/** What the last event has, as a category. */
export const lastValue: FeatureKind<FeatureOf<'last-value'>> = {
  column: 'string',
  accumulates: ({ entity, event, of: source }) => [
    { entity, event, state: 'last-value', parameters: { of: source } },
  ],
  cell: (_feature, seen) => (seen.state(0) as Dated | null)?.text ?? null,
  encoder: ({ name }, slotOf) => encodeCategories(name, slotOf),
}

/** What the last events have, the newest first, as a category of several values. */
export const lastItems: FeatureKind<FeatureOf<'last-items'>> = {
  column: 'string',
  accumulates: ({ entity, event, of: source, length }) => [
    { entity, event, state: 'last-items', parameters: { of: source, length } },
  ],
  cell(_feature, seen) {
    const state = seen.state(0) as readonly Dated[] | null
    return state?.map(({ text }) => text).join(VALUE_SEPARATOR) ?? null
  },
  encoder: ({ name }, slotOf) => encodeCategories(name, slotOf),
}
