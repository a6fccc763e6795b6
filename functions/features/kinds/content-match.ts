import type { FeatureOf } from '../../contract/features.ts'
import { joinedText } from '../sources.ts'
import type { FeatureKind } from './kind.ts'
import { encodeShare } from './slots.ts'

/** How near the item's content is to the query, in the served space. Missing where one of them has none. */
export const contentMatch: FeatureKind<FeatureOf<'content-match'>> = {
  column: 'float',
  cell: ({ query }, seen) => seen.contentMatch(joinedText(seen.attributeOf(query))),
  encoder: ({ name }, slotOf) => encodeShare(name, slotOf),
}
