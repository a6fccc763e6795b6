import { DAY_MS } from '../../functions/contract/time.ts'
import type { VerdictRow } from '../../functions/contract/verdicts.ts'

/** An instant within the days of the fixtures. */
export const NOON = Date.UTC(2026, 5, 10, 12)

/** A verdict that excludes the user u1 for two days around noon, unless told otherwise. */
export const verdict = (changed: Partial<VerdictRow> = {}): VerdictRow => ({
  subject: 'user',
  id: 'u1',
  items: '[]',
  fromMs: NOON - DAY_MS,
  throughMs: NOON + DAY_MS,
  reason: 'focus',
  detectors: '["focus"]',
  score: 9,
  action: 'exclude',
  weight: 0,
  foundMs: NOON + DAY_MS,
  renewedMs: NOON + DAY_MS,
  expiresMs: NOON + 31 * DAY_MS,
  ...changed,
})
