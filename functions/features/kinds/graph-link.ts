import type { FeatureOf } from '../../contract/features.ts'
import type { Dated } from '../states/last-items.ts'
import type { Accumulated, FeatureKind, Seen } from './kind.ts'
import { encodeShare } from './slots.ts'

/** The series of a user's last item with an outcome: that of a `last-value` of `item.id`. */
export const lastItemSeries = ({ last }: { last: string }): Accumulated[] => [
  { entity: 'user', event: last, state: 'last-value', parameters: { of: 'item.id' } },
]
/** The user's last item and the candidate. Null: the user has none. */
export function lastAndShown(seen: Seen): { last: string; shown: string } | null {
  const last = (seen.state(0) as Dated | null)?.text
  return last === undefined ? null : { last, shown: String(seen.attributeOf('item.id')) }
}

/**
 * What the candidate has in common with the user's last item, or whether it is related to it. Missing where the user has
 * no last item, no graph was served, or one of both items has no such links.
 */
export const graphLink: FeatureKind<FeatureOf<'graph-link'>> = {
  column: 'float',
  accumulates: lastItemSeries,
  cell({ relation, as }, seen) {
    const links = seen.links()
    const items = links && lastAndShown(seen)
    if (!items) return null
    const { last, shown } = items
    if (as === 'shared') return links.sharedOf(relation, shown, last)
    const isRelated = links.isRelated(relation, shown, last)
    return isRelated === null ? null : Number(isRelated)
  },
  encoder: ({ name }, slotOf) => encodeShare(name, slotOf),
}
