import { floorHour, HOUR_MS } from '../contract/time.ts'
import type { FoldedRow } from '../contract/values.ts'
import { type DropHour, isFolded, type Mark } from '../features/visibility.ts'

/**
 * The rule of `features/visibility.ts` as intervals of event hours, because a block sums an interval
 * without decoding its states. `test/reader/visible-hours.test.ts` compares both forms.
 */

/** Event hours that begin in [fromMs, throughMs). */
export interface Hours {
  fromMs: number
  throughMs: number
}

const isEmpty = ({ fromMs, throughMs }: Hours): boolean => fromMs >= throughMs

const subtract = (hours: Hours, without: Hours): Hours[] =>
  isEmpty(without) || without.throughMs <= hours.fromMs || without.fromMs >= hours.throughMs
    ? [hours]
    : [
        { fromMs: hours.fromMs, throughMs: without.fromMs },
        { fromMs: without.throughMs, throughMs: hours.throughMs },
      ].filter((part) => !isEmpty(part))

/** A window that ends with the hour of t, without the hours that are excluded at t. */
export function windowAt(
  timeMs: number,
  windowHours: number,
  exclusions: FoldedRow['exclusions'],
): Hours[] {
  const endMs = floorHour(timeMs)
  let parts: Hours[] = [{ fromMs: endMs - windowHours * HOUR_MS, throughMs: endMs + HOUR_MS }]
  for (const { fromMs, throughMs, sinceMs } of exclusions)
    if (sinceMs <= timeMs) parts = parts.flatMap((part) => subtract(part, { fromMs, throughMs }))
  return parts
}

/** The first event hour of a drop that the mark has not folded: the hours before it stand in the ring. */
export const firstOpenHour = (
  { arrivalMs }: Pick<DropHour, 'arrivalMs'>,
  mark: Mark | null,
): number =>
  mark !== null && isFolded({ arrivalMs, hourMs: mark.closedThroughMs - HOUR_MS }, mark)
    ? floorHour(mark.closedThroughMs)
    : -Infinity

/** Intervals cut off before an instant. */
export const startingAt = (parts: readonly Hours[], firstMs: number): Hours[] =>
  parts
    .map(({ fromMs, throughMs }) => ({ fromMs: Math.max(fromMs, firstMs), throughMs }))
    .filter((part) => !isEmpty(part))
