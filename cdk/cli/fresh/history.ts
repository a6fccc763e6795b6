import { closeHour } from '../../../functions/closing/close.ts'
import { countEvents } from '../../../functions/closing/counters.ts'
import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { createCountIndex } from '../../../functions/features/as-of-counts.ts'
import { indexCatalogue } from '../../../functions/features/catalogue.ts'
import type { Pseudonymize } from '../../../functions/intake/identity.ts'
import type { SampleKnowledge } from '../../../functions/samples/make.ts'

/** A log that has been lived through: what every closing of it kept, and what was known when. */
export interface History {
  /** Whole days of impressions; outcomes may lie later. */
  fromMs: number
  throughMs: number
  /** Kept events of the hours in [fromMs, throughMs). */
  between(fromMs: number, throughMs: number): EventRow[]
  knowledge: SampleKnowledge
}

/** An hour's log lands so long after the hour has ended, as the seeded world ships it. */
const SHIPPING_MS = 2 * MINUTE_MS
export const arrivalOf = (timeMs: number): number => floorHour(timeMs) + HOUR_MS + SHIPPING_MS

/** These people are made up or long public, and nothing of them is kept: their names may stay. */
export const keepName: Pseudonymize = (_domain, raw) => raw

/** Closes every hour of a log that is whole and on time: duplicates, rules and counters are closing's own. */
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
