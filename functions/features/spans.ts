import { HOUR_MS } from '../contract/time.ts'
import { type ClosingTimes, publishedBy } from '../registry/timetable.ts'
import { foldedAt } from './visibility.ts'

/** Event hours that values leave out, and from when on. */
interface TimedExclusion {
  fromMs: number
  throughMs: number
  sinceMs: number
}
/** What decides when events are visible. */
export interface VisibilityRule extends ClosingTimes {
  nearLineSeconds: number
  exclusions: readonly TimedExclusion[]
}
/** Events are visible at t where fromMs ≤ t < untilMs. */
export interface Span {
  fromMs: number
  untilMs: number
}

/** When values begin to leave out an hour. */
const excludedAt = ({ exclusions }: VisibilityRule, hourMs: number): number =>
  exclusions.reduce(
    (earliest, { fromMs, throughMs, sinceMs }) =>
      hourMs >= fromMs && hourMs < throughMs ? Math.min(earliest, sinceMs) : earliest,
    Infinity,
  )

/** Kept events of an hour, from the closing that kept them. */
export const closedSpan = (
  rule: VisibilityRule,
  closedThroughMs: number,
  hourMs: number,
): Span => ({
  fromMs: publishedBy(rule, closedThroughMs),
  untilMs: excludedAt(rule, hourMs),
})

/** Events of an hour in a drop, near line: until one of the closings, by their times, folds them. */
export const openSpan = (
  rule: VisibilityRule,
  publishedMs: readonly number[],
  drop: { arrivalMs: number; aheadMs: number },
  hourMs: number,
): Span => ({
  fromMs: Math.max(hourMs, drop.arrivalMs + drop.aheadMs + rule.nearLineSeconds * 1000),
  untilMs: Math.min(
    foldedAt(rule, publishedMs, { arrivalMs: drop.arrivalMs, hourMs }),
    excludedAt(rule, hourMs),
  ),
})

/** When a window of whole hours no longer counts an hour. */
export const leavesAt = (hourMs: number, windowHours: number): number =>
  hourMs + (windowHours + 1) * HOUR_MS
