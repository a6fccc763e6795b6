import type { Finding } from '../../contract/verdicts.ts'
import { windowsOf } from '../bad-window.ts'
import type { ScreenedEvents } from '../events.ts'
import { findOrphanHours } from '../orphan-hours.ts'

/**
 * Users who send outcomes on what they were not shown: clicks without a page. The null model and the threshold
 * are those of `findOrphanHours`. A client that never reports an impression looks the same; without
 * impressions its outcomes teach nothing. O(events).
 */
export const orphanOutcomes = {
  name: 'orphan-outcomes',
  evidence: 'volume',
  reason: 'Outcomes come without impressions, hour after hour.',
  detect(events: ScreenedEvents): Finding[] {
    return windowsOf(events, findOrphanHours(events), orphanOutcomes)
  },
} as const
