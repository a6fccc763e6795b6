import type { Bound, ServingTimes } from '../contract/summary.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'
import type { Interval, Tier } from '../contract/training.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import type { Decision } from './findings.ts'
import type { ServedSpan } from './served.ts'

/**
 * From the first flip to a version with the hour in a tier's layer, to the flip away from the last
 * such version.
 */
interface ServingTime {
  fromMs: number
  /** Null while it is still served. */
  throughMs: number | null
}

/**
 * How long each event hour that a tier learned was served, the shortest first. Hours that are still
 * served are left out, because their time has not ended.
 */
function endedServingTimes(spans: readonly ServedSpan[], tier: Tier): Interval[] {
  const servingTimes = new Map<number, ServingTime>()
  for (const { fromMs, throughMs, layers } of spans)
    for (let hourMs = layers[tier].fromMs; hourMs < layers[tier].throughMs; hourMs += HOUR_MS) {
      const servingTime = servingTimes.get(hourMs)
      if (servingTime) servingTime.throughMs = throughMs
      else servingTimes.set(hourMs, { fromMs, throughMs })
    }
  return [...servingTimes.values()]
    .flatMap(({ fromMs, throughMs }) => (throughMs === null ? [] : { fromMs, throughMs }))
    .sort((a, b) => a.throughMs - a.fromMs - (b.throughMs - b.fromMs))
}

const hoursOf = ({ fromMs, throughMs }: Interval): number => (throughMs - fromMs) / HOUR_MS

/** Serving times that have ended, in hours, ascending. */
export const servingHours = (spans: readonly ServedSpan[], tier: Tier): number[] =>
  endedServingTimes(spans, tier).map(hoursOf)

const WITHOUT_MODEL: readonly string[] = ['refusal', 'skip', 'failure', 'withdrawal']

/**
 * Hours that runs without a result add to the bound. Each failed base adds the time to the next
 * base. Each hour that the next base's chain could not learn makes the trial one hour longer.
 */
function addedHours(
  servingTime: Interval,
  { tier, refusalAddsHours }: Bound,
  spans: readonly ServedSpan[],
  decisions: readonly Decision[],
): number {
  const baseTier = tier === 'hourly' ? 'daily' : 'full'
  const scheduledMs = spans.find(({ fromMs }) => fromMs === servingTime.throughMs)?.baseScheduledMs
  const failed = decisions.filter(
    ({ kind, timeMs }) => WITHOUT_MODEL.includes(kind) && timeMs <= servingTime.throughMs,
  )
  const bases = failed.filter((run) => run.tier === baseTier && run.timeMs > servingTime.fromMs)
  // Champion and challenger both decide on an hour, which counts once.
  const hours = new Set(
    failed
      .filter((run) => run.tier === 'hourly' && run.timeMs > (scheduledMs ?? servingTime.throughMs))
      .map(({ timeMs }) => floorHour(timeMs)),
  )
  return bases.length * refusalAddsHours + hours.size
}

/** By tier. A tier without an ended serving time is left out. */
export const measureServingTimes = (
  spans: readonly ServedSpan[],
  bounds: readonly Bound[],
  decisions: readonly Decision[],
): ServingTimes[] =>
  bounds.flatMap((bound) => {
    const servingTimes = endedServingTimes(spans, bound.tier)
    const longest = servingTimes.at(-1)
    if (!longest) return []
    return [
      {
        tier: bound.tier,
        eventHours: servingTimes.length,
        medianHours: quantileOfSorted(servingTimes.map(hoursOf), 0.5),
        maxHours: hoursOf(longest),
        addedHours: addedHours(longest, bound, spans, decisions),
      },
    ]
  })
