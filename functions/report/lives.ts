import type { Bound, Lives } from '../contract/summary.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'
import type { Interval, Tier } from '../contract/training.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import type { Decision, ServedSpan } from './served.ts'

/** From the first flip to a version that had an hour in a tier's layer until the last such one was flipped from. */
interface Life {
  fromMs: number
  /** Null: it is served so still. */
  throughMs: number | null
}

/**
 * How long each event hour, once a tier had learned it, was served so, the shortest first. Hours
 * that are still served so are left out: their time has not ended.
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

/** Ended lives in hours, ascending. */
export const livesIn = (spans: readonly ServedSpan[], tier: Tier): number[] =>
  endedLives(spans, tier).map(hoursOf)

const WITHOUT_MODEL: readonly string[] = ['refusal', 'skip', 'failure', 'withdrawal']

/**
 * Hours that runs without a result added to the bound of a life: each base that could have ended it
 * adds the time to the next one, and each hour that the chain on the base that did end it could not
 * learn from prolongs the trial by one.
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
  // Both arms decide on an hour: it counts once.
  const hours = new Set(
    failed
      .filter((run) => run.tier === 'hourly' && run.timeMs > (scheduledMs ?? life.throughMs))
      .map(({ timeMs }) => floorHour(timeMs)),
  )
  return bases.length * refusalAddsHours + hours.size
}

/** By tier, where any hour's life as what that tier had learned has ended. */
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
