import type { FeatureOf } from '../../contract/features.ts'
import { categoryOf } from '../sources.ts'
import type { FeatureKind } from './kind.ts'
import { encodeCategories } from './slots.ts'

/** An attribute, an id, the position, the release, or the hour or weekday in UTC. */
export const category: FeatureKind<FeatureOf<'category'>> = {
  column: 'string',
  cell({ of: source }, seen) {
    switch (source) {
      case 'impression.position':
        return seen.position === null ? null : String(seen.position)
      case 'impression.release':
        return seen.release
      case 'time.hour-of-day':
        return String(new Date(seen.timeMs).getUTCHours())
      case 'time.day-of-week':
        return String(new Date(seen.timeMs).getUTCDay())
      default:
        return categoryOf(seen.attributeOf(source))
    }
  },
  encoder: ({ name }, slotOf) => encodeCategories(name, slotOf),
}
