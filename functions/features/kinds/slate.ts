import type { FeatureOf } from '../../contract/features.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/**
 * The place of a numeric feature within its slate: its rank, where equal values share the better rank,
 * or its distance from the mean. Rows without the feature are left out.
 */
export const slate: FeatureKind<FeatureOf<'slate'>> = {
  column: 'float',
  cell({ of: part, measure }, seen) {
    const own = seen.cellOf(part)
    if (typeof own !== 'number') return null
    const others = seen.slateCellsOf(part).filter((cell) => typeof cell === 'number')
    if (measure === 'rank') return 1 + others.filter((other) => other > own).length
    // In ascending order, so that the sum does not depend on the order of the slate.
    const sum = others.sort((a, b) => a - b).reduce((total, other) => total + other, 0)
    return own - sum / others.length
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
