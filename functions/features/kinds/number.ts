import type { FeatureOf } from '../../contract/features.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/** A numeric attribute. One of another type is missing. */
export const number: FeatureKind<FeatureOf<'number'>> = {
  column: 'float',
  cell({ of: source }, seen) {
    const value = seen.attributeOf(source)
    return typeof value === 'number' ? value : null
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
