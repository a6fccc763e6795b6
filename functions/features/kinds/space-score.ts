import type { FeatureOf } from '../../contract/features.ts'
import type { FeatureKind } from './kind.ts'
import { encodeScore } from './slots.ts'

/** How well the item fits the user by the served space. Missing where one of them is not in it. */
export const spaceScore: FeatureKind<FeatureOf<'space-score'>> = {
  column: 'float',
  cell: (_, seen) => seen.spaceScore(),
  encoder: ({ name }, slotOf) => encodeScore(name, slotOf),
}
