import type { Series } from '../contract/values.ts'
import type { RecordedBlocks } from './record.ts'
import type { Span } from './spans.ts'
import { stateKindOf } from './states/states.ts'
import { isInWindow } from './visibility.ts'

export interface StatesOfClosing {
  closedThroughMs: number
  states: RecordedBlocks
}
export interface StatesOfDrop {
  arrivalMs: number
  states: RecordedBlocks
}
/** States of some events, and when those of an hour are visible. */
export interface StateBatch {
  states: RecordedBlocks
  isClosed: boolean
  spanOf(hourMs: number, aheadMs: number): Span
}

interface TimedState extends Span {
  hourMs: number
  state: unknown
  isClosed: boolean
}

/** Visible states of entities at any instant, of series that are no plain counts. */
export interface StateTimeline {
  /** By event hour, in ascending order. */
  bucketsOf(
    series: Series,
    id: string,
    timeMs: number,
    windowHours: number,
    isNearLine: boolean,
  ): [hourMs: number, state: unknown][]
}

/** Memory: each state once. A question takes time for all states of the entity. */
export function createStateTimeline(batches: readonly StateBatch[]): StateTimeline {
  const bySeries = new Map<string, Map<string, TimedState[]>>()
  const add = (series: Series, id: string, one: TimedState): void => {
    const byEntity = bySeries.get(series.id) ?? new Map<string, TimedState[]>()
    bySeries.set(series.id, byEntity)
    const states = byEntity.get(id)
    if (states) states.push(one)
    else byEntity.set(id, [one])
  }
  for (const { states, isClosed, spanOf } of batches)
    for (const blocks of states.values())
      for (const [id, block] of blocks)
        for (const { series, buckets } of block.series.values())
          for (const [hourMs, state] of buckets)
            add(series, id, { ...spanOf(hourMs, block.aheadMs), hourMs, state, isClosed })
  return {
    bucketsOf(series, id, timeMs, windowHours, isNearLine) {
      const buckets = new Map<number, unknown>()
      for (const one of bySeries.get(series.id)?.get(id) ?? []) {
        const { hourMs, fromMs, untilMs, state, isClosed } = one
        if (timeMs < fromMs || timeMs >= untilMs || !(isClosed || isNearLine)) continue
        if (!isInWindow(hourMs, timeMs, windowHours)) continue
        const before = buckets.get(hourMs)
        const merged =
          before === undefined ? state : stateKindOf(series).merge(before, state, series.parameters)
        buckets.set(hourMs, merged)
      }
      return [...buckets].sort(([a], [b]) => a - b)
    },
  }
}
