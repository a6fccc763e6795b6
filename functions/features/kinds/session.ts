import type { FeatureOf } from '../../contract/features.ts'
import { MINUTE_MS } from '../../contract/time.ts'
import type { Counts } from '../states/counts.ts'
import type { FeatureKind } from './kind.ts'
import { encodeNumber } from './slots.ts'

/**
 * The running session: the events up to now with at most `gapMinutes` whole minutes between two of
 * them, and after the last. Its number of events, or the minutes since its first. 0: none is running.
 */
export const session: FeatureKind<FeatureOf<'session'>> = {
  column: 'float',
  accumulates: ({ entity, event }) => [{ entity, event, state: 'minutes', parameters: {} }],
  cell({ gapMinutes, measure }, seen) {
    const now = Math.floor(seen.timeMs / MINUTE_MS)
    let first = now
    let events = 0
    for (const [minute, count] of ((seen.state(0) as Counts | null) ?? []).toReversed()) {
      if (first - minute > gapMinutes) break
      first = Math.min(first, minute)
      events += count
    }
    return measure === 'events' ? events : now - first
  },
  encoder: ({ name }, slotOf) => encodeNumber(name, slotOf),
}
