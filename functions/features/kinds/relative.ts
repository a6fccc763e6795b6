import type { FeatureOf } from '../../contract/features.ts'
import type { FeatureKind } from './kind.ts'
import { encodeQuotient } from './slots.ts'

/** One numeric feature over another. Missing where one of them is, and over 0. */
export const relative: FeatureKind<FeatureOf<'relative'>> = {
  column: 'float',
  cell({ of: part, to: whole }, seen) {
    const [above, below] = [seen.cellOf(part), seen.cellOf(whole)]
    if (typeof above !== 'number' || typeof below !== 'number') return null
    const quotient = above / below
    return Number.isFinite(quotient) ? quotient : null
  },
  encoder: ({ name }, slotOf) => encodeQuotient(name, slotOf),
}
