import type { FeatureOf } from '../../contract/features.ts'
import { lastAndShown, lastItemSeries } from './graph-link.ts'
import type { FeatureKind } from './kind.ts'
import { encodeSteps } from './slots.ts'

/**
 * Links on the shortest way from the user's last item to the candidate, and `maxHops` + 1 where there is none of at most
 * `maxHops`. Missing where the user has no last item, no graph was served, or one of both items has no links.
 */
export const graphDistance: FeatureKind<FeatureOf<'graph-distance'>> = {
  column: 'float',
  accumulates: lastItemSeries,
  cell({ relations, maxHops }, seen) {
    const links = seen.links()
    const items = links && lastAndShown(seen)
    return items && links.hopsBetween(items.shown, items.last, maxHops, relations)
  },
  encoder: ({ name }, slotOf) => encodeSteps(name, slotOf),
}
