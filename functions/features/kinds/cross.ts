import type { FeatureOf } from '../../contract/features.ts'
import { VALUE_SEPARATOR } from '../../contract/rows.ts'
import type { FeatureKind } from './kind.ts'
import { categoriesIn } from './slots.ts'

/** Every pair of values of two categories, one-hot. Each of m pairs gets 1/√m. */
export const cross: FeatureKind<FeatureOf<'cross'>> = {
  column: null,
  cell: () => null,
  encoder({ name, of: [first, second] }, slotOf) {
    return (row, emit) => {
      const left = categoriesIn(row[`f_${first}`])
      const right = categoriesIn(row[`f_${second}`])
      const value = 1 / Math.sqrt(left.length * right.length)
      for (const a of left)
        for (const b of right) emit(slotOf(`${name}=${a}${VALUE_SEPARATOR}${b}`), value)
    }
  },
}
