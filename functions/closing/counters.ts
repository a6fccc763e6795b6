import type { CounterRow, EventRow } from '../contract/rows.ts'
import { floorHour } from '../contract/time.ts'

/** The hour in which an event could first be counted: after it had happened and had arrived. */
const knowableHour = ({ timeMs, arrivalMs }: Pick<EventRow, 'timeMs' | 'arrivalMs'>): number =>
  floorHour(Math.max(timeMs, arrivalMs))

/** By entity (a user or an item), event name and knowable hour. */
export type Counters = Map<string, CounterRow>

export function addEvents(counters: Counters, rows: readonly EventRow[]): void {
  const count = (kind: string, id: string, event: string, knowableHourMs: number): void => {
    const key = `${kind}\n${id}\n${event}\n${knowableHourMs}`
    const counter = counters.get(key)
    if (counter) counter.count++
    else counters.set(key, { kind, id, event, knowableHourMs, count: 1 })
  }
  for (const row of rows) {
    const event = row.type === 'impression' ? 'impression' : row.outcome!
    const hourMs = knowableHour(row)
    count('user', row.user, event, hourMs)
    count('item', row.item, event, hourMs)
  }
}

export const inKeyOrder = (counters: Counters): CounterRow[] =>
  [...counters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counter]) => counter)

/** Counts of kept events by entity, event name and knowable hour, in key order. */
export function countEvents(rows: readonly EventRow[]): CounterRow[] {
  const counters: Counters = new Map()
  addEvents(counters, rows)
  return inKeyOrder(counters)
}
