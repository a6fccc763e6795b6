import type { Finding } from '../../contract/verdicts.ts'
import { windowsOf } from '../bad-window.ts'
import type { ScreenedEvents } from '../events.ts'
import { screenRepeats } from '../repeat-screening.ts'

/**
 * Users who promote the items of a campaign: farms, drips, paid panels. The null models and thresholds are those of
 * `findCampaigns` (which items) and `findPromoters` (which users). O(events).
 */
export const promotion = {
  name: 'promotion',
  evidence: 'choice',
  reason: 'The clicks go to items that a group of users promotes.',
  detect(events: ScreenedEvents): Finding[] {
    return windowsOf(events, [...screenRepeats(events).promoters.values()], promotion)
  },
} as const
