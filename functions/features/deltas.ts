import type { DropManifest } from '../contract/accounts.ts'
import type { DeltaRow, EventRow } from '../contract/rows.ts'
import { floorHour } from '../contract/time.ts'

/**
 * What one drop adds to the counts of users and items, duplicates included, until closings fold its
 * hours. It is a pure function of the drop's clean files.
 */

/**
 * Events of a drop that is written near line. A larger one is counted when its hours are closed: its
 * rows, at most two for each event, could not be written within the function's 15 minutes.
 */
export const MAX_NEAR_LINE_EVENTS = 300_000

/** Whether a drop's events are visible before a closing folds them. */
export const isNearLine = ({ kind, refused, events }: DropManifest): boolean =>
  kind === 'events' && refused === null && events <= MAX_NEAR_LINE_EVENTS

export type DeltaEvent = Pick<EventRow, 'type' | 'outcome' | 'timeMs' | 'user' | 'item'>
export const DELTA_EVENT_COLUMNS = [
  'type',
  'outcome',
  'timeMs',
  'user',
  'item',
] as const satisfies (keyof DeltaEvent)[]

export const eventNameOf = ({ type, outcome }: Pick<EventRow, 'type' | 'outcome'>): string =>
  type === 'impression' ? 'impression' : outcome!

/** Counts by entity, event name and event hour, in key order. */
export function dropDelta(events: Iterable<DeltaEvent>, arrivalMs: number): DeltaRow[] {
  const rows = new Map<string, DeltaRow>()
  const latestMs = new Map<string, number>()
  for (const row of events) {
    const event = eventNameOf(row)
    const hourMs = floorHour(row.timeMs)
    for (const kind of ['user', 'item'] as const) {
      const id = row[kind]
      const entity = `${kind}\n${id}`
      latestMs.set(entity, Math.max(latestMs.get(entity) ?? 0, row.timeMs))
      const key = `${entity}\n${event}\n${hourMs}`
      const found = rows.get(key)
      if (found) found.count++
      else rows.set(key, { kind, id, event, hourMs, count: 1, aheadMs: 0 })
    }
  }
  for (const row of rows.values())
    row.aheadMs = Math.max(0, latestMs.get(`${row.kind}\n${row.id}`)! - arrivalMs)
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}
