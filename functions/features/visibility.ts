import { floorHour, HOUR_MS } from '../contract/time.ts'
import { type ClosingTimes, consumedBy, publishedBy } from '../registry/timetable.ts'

/**
 * The one rule of what is visible at an instant t: the closings published by t, plus the drops that
 * arrived by t − δ (`nearLineSeconds`) and that no published closing has folded. Samples, batch values
 * and the reader evaluate it with the functions below.
 */

/** The newest published closing: it holds hours that end by `closedThroughMs`, of drops that arrived by `arrivedThroughMs`. */
export interface Mark {
  closedThroughMs: number
  arrivedThroughMs: number
}
/** The events of one event hour in one drop. */
export interface DropHour {
  arrivalMs: number
  hourMs: number
}

/** Whether a closing holds these events: from then on its kept events stand in their place. */
export const isFolded = ({ arrivalMs, hourMs }: DropHour, mark: Mark | null): boolean =>
  mark !== null && arrivalMs <= mark.arrivedThroughMs && hourMs + HOUR_MS <= mark.closedThroughMs

/** The later of two marks. Both marks of a scene grow together along its chain of closings. */
export const laterMark = (a: Mark | null, b: Mark | null): Mark | null =>
  a === null || (b !== null && b.closedThroughMs > a.closedThroughMs) ? b : a

/**
 * Whether a drop's events are visible near line at t. `aheadMs`: how far the latest event's own time
 * is after the arrival, where a producer's clock runs ahead. An event must have happened, too.
 */
export const hasArrived = (
  { arrivalMs, aheadMs }: { arrivalMs: number; aheadMs: number },
  timeMs: number,
  nearLineMs: number,
): boolean => arrivalMs + aheadMs + nearLineMs <= timeMs

/** Whether a window that ends at t counts an event hour: the running hour, and whole hours before it. */
export const isInWindow = (hourMs: number, timeMs: number, windowHours: number): boolean =>
  hourMs <= timeMs && hourMs >= floorHour(timeMs) - windowHours * HOUR_MS

/** When the first closing that can fold these events is published, by the scene's timetable. */
export const foldableAt = (scene: ClosingTimes, { arrivalMs, hourMs }: DropHour): number =>
  Math.max(publishedBy(scene, hourMs + HOUR_MS), consumedBy(scene, arrivalMs))

/** When closings were published, in order. Runs that were missed have no closing. */
export const publishedTimes = (
  scene: ClosingTimes,
  closings: readonly { closedThroughMs: number }[],
): number[] => {
  const times = closings.map(({ closedThroughMs }) => publishedBy(scene, closedThroughMs))
  return [...new Set(times)].sort((a, b) => a - b)
}

/** When the first of the closings that folds these events was published. Infinity: they are still open. */
export function foldedAt(
  scene: ClosingTimes,
  publishedMs: readonly number[],
  events: DropHour,
): number {
  const earliestMs = foldableAt(scene, events)
  return publishedMs.find((ms) => ms >= earliestMs) ?? Infinity
}
