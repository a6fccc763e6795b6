import type { Finding } from '../../contract/verdicts.ts'
import { windowsOf } from '../bad-window.ts'
import { findClickThrough } from '../click-through.ts'
import type { ScreenedEvents } from '../events.ts'

/**
 * Users who click on nearly every impression of some items, and normally on others. The null model and the threshold are
 * those of `findClickThrough`. O(events).
 */
export const clickThrough = {
  name: 'click-through',
  evidence: 'choice',
  reason: 'Some items are clicked nearly each time that they are shown.',
  detect(events: ScreenedEvents): Finding[] {
    return windowsOf(events, findClickThrough(events), clickThrough)
  },
} as const
