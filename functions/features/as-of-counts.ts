import type { CounterRow } from '../contract/rows.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'
import type { Series } from '../contract/values.ts'
import { InvalidInput } from '../core/errors.ts'
import type { Catalogue } from './catalogue.ts'
import { isUniversal } from './series.ts'
import type { Values } from './values.ts'

/** Counts as they were known before an instant. */
export interface AsOfCounts {
  /**
   * Events of an entity with knowable hour in [⌊t⌋ − window, ⌊t⌋), where ⌊t⌋ is the start of t's
   * hour. Each had happened and had arrived strictly before t.
   */
  count(kind: string, id: string, event: string, timeMs: number, windowHours: number): number
}
/** Counts, and what the catalogue knew. */
export interface Knowledge {
  counts: AsOfCounts
  items: Catalogue
  users: Catalogue
}
/** Counts with a list of their entities. */
export interface ListedCounts extends AsOfCounts {
  /** Entities of a kind with at least one count of an event, at any time, in order. */
  idsOf(kind: string, event: string): string[]
}
/** An index that later closings are added to. */
export interface CountIndex extends ListedCounts {
  add(rows: Iterable<CounterRow>): void
  /** Subtracts rows that were added before. */
  remove(rows: Iterable<CounterRow>): void
}

interface CountedHours {
  counts: Map<number, number>
  /** Hours in ascending order, and the sum of the counts before each. Null until first needed. */
  sorted: { hours: number[]; before: number[] } | null
}

/** Index of the first hour at or after `hourMs`. */
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

function sortSeries({ counts }: CountedHours): { hours: number[]; before: number[] } {
  const inOrder = [...counts].sort(([a], [b]) => a - b)
  const before = [0]
  for (const [, count] of inOrder) before.push(before[before.length - 1]! + count)
  return { hours: inOrder.map(([hour]) => hour), before }
}

/** Sums by entity, event and hour. Each query is two binary searches. */
export function createCountIndex(): CountIndex {
  const byEntity = new Map<string, CountedHours>()
  function change({ kind, id, event, hourMs }: CounterRow, by: number): void {
    const key = `${kind}\n${id}\n${event}`
    const series = byEntity.get(key) ?? { counts: new Map<number, number>(), sorted: null }
    byEntity.set(key, series)
    const count = (series.counts.get(hourMs) ?? 0) + by
    if (count !== 0) series.counts.set(hourMs, count)
    else series.counts.delete(hourMs)
    if (series.counts.size === 0) byEntity.delete(key)
    series.sorted = null
  }
  return {
    add(rows) {
      for (const row of rows) change(row, row.count)
    },
    remove(rows) {
      for (const row of rows) change(row, -row.count)
    },
    idsOf(kind, event) {
      const [prefix, suffix] = [`${kind}\n`, `\n${event}`]
      return [...byEntity.keys()]
        .filter((key) => key.startsWith(prefix) && key.endsWith(suffix))
        .map((key) => key.slice(prefix.length, -suffix.length))
        .sort()
    },
    count(kind, id, event, timeMs, windowHours) {
      const series = byEntity.get(`${kind}\n${id}\n${event}`)
      if (!series) return 0
      series.sorted ??= sortSeries(series)
      const { hours, before } = series.sorted
      const endMs = floorHour(timeMs)
      const fromMs = endMs - windowHours * HOUR_MS
      return before[lowerBound(hours, endMs)]! - before[lowerBound(hours, fromMs)]!
    },
  }
}

/** The index of all these rows. */
export function indexCounters(rows: Iterable<CounterRow>): ListedCounts {
  const index = createCountIndex()
  index.add(rows)
  return index
}

/** Hourly counts and the catalogue as the values of features. Only counts by user or by item are there. */
export function valuesOfCounts({ counts, items, users }: Knowledge): Values {
  const countOf = (series: Series, id: string, timeMs: number, windowHours: number): number => {
    if (!isUniversal(series))
      throw new InvalidInput(
        `series ${series.state} of ${series.event} by ${series.entity}: got hourly counts, expected its states`,
      )
    return counts.count(series.entity, id, series.event, timeMs, windowHours)
  }
  return {
    items,
    users,
    stateOf: (series, id, timeMs, windowHours) => countOf(series, id, timeMs, windowHours) || null,
    bucketsOf: (series, id, timeMs, windowHours) =>
      Array.from({ length: windowHours }, (_, i) => floorHour(timeMs) - (windowHours - i) * HOUR_MS)
        .map((hourMs) => [hourMs, countOf(series, id, hourMs + HOUR_MS, 1)] as const)
        .filter(([, count]) => count > 0),
  }
}
