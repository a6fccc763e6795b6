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
/** Counts whose entities can be listed. */
export interface ListedCounts extends AsOfCounts {
  /** Entities of a kind that have a count of an event, at whatever time, in order. */
  idsOf(kind: string, event: string): string[]
}
/** An index that later closings are added to. */
export interface CountIndex extends ListedCounts {
  add(rows: Iterable<CounterRow>): void
  /** Takes back what was added. */
  remove(rows: Iterable<CounterRow>): void
}

interface Series {
  counts: Map<number, number>
  /** Hours ascending and sums of the counts before each; null until asked for. */
  sorted: { hours: number[]; before: number[] } | null
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

function sortSeries({ counts }: Series): { hours: number[]; before: number[] } {
  const inOrder = [...counts].sort(([a], [b]) => a - b)
  const before = [0]
  for (const [, count] of inOrder) before.push(before[before.length - 1]! + count)
  return { hours: inOrder.map(([hour]) => hour), before }
}

/** Sums by entity, event and hour: each question is two binary searches. */
export function createCountIndex(): CountIndex {
  const byEntity = new Map<string, Series>()
  function change({ kind, id, event, knowableHourMs }: CounterRow, by: number): void {
    const key = `${kind}\n${id}\n${event}`
    const series = byEntity.get(key) ?? { counts: new Map<number, number>(), sorted: null }
    byEntity.set(key, series)
    const count = (series.counts.get(knowableHourMs) ?? 0) + by
    if (count !== 0) series.counts.set(knowableHourMs, count)
    else series.counts.delete(knowableHourMs)
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
