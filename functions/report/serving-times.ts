import type { Bound, Lives } from '../contract/summary.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'
import type { Interval, Tier } from '../contract/training.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import type { Decision, ServedSpan } from './served.ts'

/**
 * From the first flip to a version with the hour in a tier's layer, to the flip away from the last
 * such version.
 */
interface Life {
  fromMs: number
  /** Null while it is still served. */
  throughMs: number | null
}

/**
 * How long each event hour that a tier learned was served, the shortest first. Hours that are still
 * served are left out, because their time has not ended.
 */
function endedLives(spans: readonly ServedSpan[], tier: Tier): Interval[] {
  const lives = new Map<number, Life>()
  for (const { fromMs, throughMs, layers } of spans)
    for (let hourMs = layers[tier].fromMs; hourMs < layers[tier].throughMs; hourMs += HOUR_MS) {
      const life = lives.get(hourMs)
      if (life) life.throughMs = throughMs
      else lives.set(hourMs, { fromMs, throughMs })
    }
  return [...lives.values()]
    .flatMap(({ fromMs, throughMs }) => (throughMs === null ? [] : { fromMs, throughMs }))
    .sort((a, b) => a.throughMs - a.fromMs - (b.throughMs - b.fromMs))
}

const hoursOf = ({ fromMs, throughMs }: Interval): number => (throughMs - fromMs) / HOUR_MS

/** Serving times that have ended, in hours, ascending. */
export const livesIn = (spans: readonly ServedSpan[], tier: Tier): number[] =>
  endedLives(spans, tier).map(hoursOf)

const WITHOUT_MODEL: readonly string[] = ['refusal', 'skip', 'failure', 'withdrawal']

/**
 * Hours that runs without a result add to the bound. Each failed base adds the time to the next
 * base. Each hour that the next base's chain could not learn makes the trial one hour longer.
 */
function addedHours(
  life: Interval,
  { tier, refusalAddsHours }: Bound,
  spans: readonly ServedSpan[],
  decisions: readonly Decision[],
): number {
  const baseTier = tier === 'hourly' ? 'daily' : 'full'
  const scheduledMs = spans.find(({ fromMs }) => fromMs === life.throughMs)?.baseScheduledMs
  const failed = decisions.filter(
    ({ kind, timeMs }) => WITHOUT_MODEL.includes(kind) && timeMs <= life.throughMs,
  )
  const bases = failed.filter((run) => run.tier === baseTier && run.timeMs > life.fromMs)
  // Champion and challenger both decide on an hour, which counts once.
  const hours = new Set(
    failed
      .filter((run) => run.tier === 'hourly' && run.timeMs > (scheduledMs ?? life.throughMs))
      .map(({ timeMs }) => floorHour(timeMs)),
  )
  return bases.length * refusalAddsHours + hours.size
}

/** By tier. A tier without an ended serving time is left out. */
export const measureLives = (
  spans: readonly ServedSpan[],
  bounds: readonly Bound[],
  decisions: readonly Decision[],
): Lives[] =>
  bounds.flatMap((bound) => {
    const lives = endedLives(spans, bound.tier)
    const longest = lives.at(-1)
    if (!longest) return []
    return [
      {
        tier: bound.tier,
        eventHours: lives.length,
        medianHours: quantileOfSorted(lives.map(hoursOf), 0.5),
        maxHours: hoursOf(longest),
        addedHours: addedHours(longest, bound, spans, decisions),
      },
    ]
  })
