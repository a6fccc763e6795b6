import type { FeatureOf } from '../../contract/features.ts'
import type { FeatureKind } from './kind.ts'
import { encodeQuotient } from './slots.ts'

/** One numeric feature over another. Missing where one of them is, and over 0. */
export const relative: FeatureKind<FeatureOf<'relative'>> = {
  column: 'float',
  cell({ of, to }, seen) {
    const [part, whole] = [seen.cellOf(of), seen.cellOf(to)]
    if (typeof part !== 'number' || typeof whole !== 'number') return null
    const quotient = part / whole
    return Number.isFinite(quotient) ? quotient : null
  },
  encoder: ({ name }, slotOf) => encodeQuotient(name, slotOf),
}
