import type { EventRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'

export const DAY0_MS = Date.UTC(2026, 0, 5)

let made = 0
/** An impression as the lake keeps it; whatever is given stands instead. */
export const makeImpression = (fields: Partial<EventRow> = {}): EventRow => {
  const timeMs = fields.timeMs ?? DAY0_MS + HOUR_MS
  return {
    event: `e${made++}`,
    type: 'impression',
    timeMs,
    arrivalMs: timeMs,
    user: 'u1',
    item: 'i1',
    request: null,
    outcome: null,
    value: null,
    position: null,
    propensity: null,
    release: null,
    context: null,
    drop: 'd1',
    row: made,
    ...fields,
  }
}

/** An outcome of the feed's objective. */
export const makeOutcome = (fields: Partial<EventRow> = {}): EventRow =>
  makeImpression({ type: 'outcome', outcome: 'click', ...fields })
