import {
  addPositive,
  createEventLog,
  interactionsOf,
  noteItem,
} from '../../../functions/embeddings/graph/event-log.ts'
import type { Interactions } from '../../../functions/embeddings/recommend/interactions.ts'
import { DAY0_MS } from '../../make/events.ts'

/** A user, an item, and minutes after the first day's start. */
export type Act = readonly [user: string, item: string, minutes: number]
export const THROUGH_MS = DAY0_MS + 7 * 86_400_000

/** Positives of weight one, without decay to speak of. */
export function actsOf(acts: Iterable<Act>, halfLifeDays = 1e6): Interactions {
  const log = createEventLog()
  let row = 0
  for (const [user, item, minutes] of acts) {
    const timeMs = DAY0_MS + minutes * 60_000
    const place = { drop: 'd', arrivalMs: DAY0_MS, row: row++ }
    addPositive(log, user, noteItem(log, item, timeMs, 0), timeMs, 1, place)
  }
  return interactionsOf(log, THROUGH_MS, halfLifeDays)
}
