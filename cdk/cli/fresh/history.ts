import { closeHour } from '../../../functions/closing/close.ts'
import { countEvents } from '../../../functions/closing/counters.ts'
import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { createCountIndex } from '../../../functions/features/as-of-counts.ts'
import { indexCatalogue } from '../../../functions/features/catalogue.ts'
import type { Pseudonymize } from '../../../functions/intake/identity.ts'
import type { SampleKnowledge } from '../../../functions/samples/make.ts'

/** A replayed log: the events that each closing kept, and when they were known. */
export interface History {
  /** Whole days of impressions. Outcomes can be later. */
  fromMs: number
  throughMs: number
  /** Kept events of the hours in [fromMs, throughMs). */
  between(fromMs: number, throughMs: number): EventRow[]
  knowledge: SampleKnowledge
}

/** An hour's log arrives this long after the end of the hour, as in the seeded world. */
const SHIPPING_MS = 2 * MINUTE_MS
export const arrivalOf = (timeMs: number): number => floorHour(timeMs) + HOUR_MS + SHIPPING_MS

/** These users are synthetic or long public, and nothing is stored, so names need no hash. */
export const keepName: Pseudonymize = (_domain, raw) => raw

/** Closes every hour of a complete log, with the duplicates, rules and counters of closing. */
export function closeHistory(
  events: readonly EventRow[],
  items: readonly EntityRow[],
  users: readonly EntityRow[],
  extent: { fromMs: number; throughMs: number },
): History {
  const hours = new Map<number, EventRow[]>()
  for (const row of events) {
    const hour = hours.get(floorHour(row.timeMs))
    if (hour) hour.push(row)
    else hours.set(floorHour(row.timeMs), [row])
  }
  const counts = createCountIndex()
  for (const [hourMs, rows] of hours) {
    const hour = {
      hourMs,
      lane: 'first' as const,
      accepted: rows.length,
      cleanKeys: [],
      earlierKeys: [],
    }
    const { kept } = closeHour(hour, rows)
    hours.set(hourMs, kept)
    counts.add(countEvents(kept))
  }
  return {
    ...extent,
    between(fromMs, throughMs) {
      const rows: EventRow[] = []
      for (let hourMs = floorHour(fromMs); hourMs < throughMs; hourMs += HOUR_MS)
        for (const row of hours.get(hourMs) ?? []) rows.push(row)
      return rows
    },
    knowledge: { counts, items: indexCatalogue(items), users: indexCatalogue(users) },
  }
}
