import { binomialUpperTail } from '../../math/binomial.ts'
import {
  everyEvent,
  isUsual,
  levelOf,
  measureCrowd,
  medianOf,
  type Rule,
  type UserHour,
} from './rule.ts'

/** Shorter intervals are the app's own work: items that come into view one after another. */
const LEAST_INTERVAL_MS = 1000
/** Intervals count as equal if they differ by at most this share. */
const TOLERANCE = 0.01
/**
 * Most of a person's intervals per unit of the logarithm of time, as a share. (Intervals between the acts of
 * people spread over decades: Barabási 2005, figure 2. Even a normal distribution of the logarithm with a
 * standard deviation of 0.4, which is a factor of 1.5, has this density only at its peak.)
 */
const DENSITY = 1

/** The largest of these that divides all times of a user. */
const RESOLUTIONS_MS = [60_000, 1000, 100, 10, 1]
const resolutionOf = ({ rows }: UserHour): number =>
  RESOLUTIONS_MS.find((ms) => rows.every(({ timeMs }) => timeMs % ms === 0)) ?? 1

/** Intervals between the instants of a user's events, in ascending order. Measurements do not count. */
function intervalsOf({ rows }: UserHour): Float64Array {
  const intervals: number[] = []
  let last: number | null = null
  for (const { type, value, timeMs } of rows) {
    if (type === 'outcome' && value !== null) continue
    if (last !== null && timeMs - last >= LEAST_INTERVAL_MS) intervals.push(timeMs - last)
    last = timeMs
  }
  return Float64Array.from(intervals).sort()
}

/** The smallest chance, over a user's intervals, that so many others are equal to one of them. */
function leastChance(intervals: Float64Array, resolutionMs: number): number {
  const others = intervals.length - 1
  let least = 1
  let from = 0
  let end = 0
  for (const interval of intervals) {
    const reach = interval * TOLERANCE + resolutionMs / 2
    while (intervals[from]! < interval - reach) from++
    while (end < intervals.length && intervals[end]! <= interval + reach) end++
    const equal = end - from - 1
    const share = Math.min(1, (2 * DENSITY * (reach + resolutionMs / 2)) / interval)
    // Only a count far above its expectation can be below the level.
    if (equal > 2 * others * share) least = Math.min(least, binomialUpperTail(equal, others, share))
  }
  return least
}

/**
 * Excludes all events of a user whose intervals concentrate on one value, as a timer's do. Null model: a
 * person's intervals are independent, and none of them has more than DENSITY of its chance per unit of
 * the logarithm. So the number of intervals equal to a given one is binomial. Each interval is one test. The
 * times' resolution is that of the median user. It is silent if the app itself acts by a timer.
 */
export const exactIntervals: Rule = {
  reason: 'exact_interval',
  remembersUsers: true,
  open(hour) {
    const level = levelOf(hour)
    const resolutionMs = medianOf(hour.crowd.map(resolutionOf), 1)
    const measured = measureCrowd(hour.crowd, intervalsOf)
    const crowd = measured.all
    const isFound = (intervals: Float64Array): boolean =>
      leastChance(intervals, resolutionMs) < level
    const couldBeFound = crowd.filter(
      ({ length }) => length > 1 && (2 * DENSITY * TOLERANCE) ** (length - 1) < level,
    )
    if (isUsual(couldBeFound.filter(isFound).length, couldBeFound.length, crowd.length))
      return () => null
    return (user) => (isFound(measured.of(user)) ? everyEvent : null)
  },
}
