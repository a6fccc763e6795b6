import type { CounterRow } from '../contract/rows.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'

/** Counts that were knowable before an instant. */
export interface AsOfCounts {
  /**
   * Events of an entity with knowable hour in [⌊t⌋ − window, ⌊t⌋), ⌊t⌋ the start of t's hour: each
   * had happened and had arrived strictly before t.
   */
  count(kind: string, id: string, event: string, timeMs: number, windowHours: number): number
}

/** Index of the first hour that is not before `hourMs`. */
function lowerBound(hours: readonly number[], hourMs: number): number {
  let low = 0
  let high = hours.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (hours[middle]! < hourMs) low = middle + 1
    else high = middle
  }
  return low
}

/** Prefix sums by entity, event and hour: each question is two binary searches. */
export function indexCounters(rows: Iterable<CounterRow>): AsOfCounts {
  const byEntity = new Map<string, Map<number, number>>()
  for (const { kind, id, event, knowableHourMs, count } of rows) {
    const key = `${kind}\n${id}\n${event}`
    const hours = byEntity.get(key) ?? new Map<number, number>()
    byEntity.set(key, hours)
    hours.set(knowableHourMs, (hours.get(knowableHourMs) ?? 0) + count)
  }
  const index = new Map<string, { hours: number[]; before: number[] }>()
  for (const [key, counts] of byEntity) {
    const sorted = [...counts].sort(([a], [b]) => a - b)
    const before = [0]
    for (const [, count] of sorted) before.push(before[before.length - 1]! + count)
    index.set(key, { hours: sorted.map(([hour]) => hour), before })
  }
  return {
    count(kind, id, event, timeMs, windowHours) {
      const found = index.get(`${kind}\n${id}\n${event}`)
      if (!found) return 0
      const endMs = floorHour(timeMs)
      const fromMs = endMs - windowHours * HOUR_MS
      return (
        found.before[lowerBound(found.hours, endMs)]! -
        found.before[lowerBound(found.hours, fromMs)]!
      )
    },
  }
}
