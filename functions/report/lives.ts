import type { Lives } from '../contract/summary.ts'
import { HOUR_MS } from '../contract/time.ts'
import { TIERS, type Tier } from '../contract/training.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import type { ServedSpan } from './served.ts'

/**
 * How long each event hour, once a tier had learned it, was served so: from the first flip to a
 * version that had it in that tier's layer until the last such version was flipped from. Hours
 * that are still served so are none: their time has not ended. Hours, ascending.
 */
export function livesIn(spans: readonly ServedSpan[], tier: Tier): number[] {
  const lives = new Map<number, { fromMs: number; throughMs: number | null }>()
  for (const { fromMs, throughMs, layers } of spans)
    for (let hourMs = layers[tier].fromMs; hourMs < layers[tier].throughMs; hourMs += HOUR_MS) {
      const life = lives.get(hourMs)
      if (life) life.throughMs = throughMs
      else lives.set(hourMs, { fromMs, throughMs })
    }
  return [...lives.values()]
    .flatMap(({ fromMs, throughMs }) => (throughMs === null ? [] : (throughMs - fromMs) / HOUR_MS))
    .sort((a, b) => a - b)
}

/** By tier, where any hour's life as what that tier had learned has ended. */
export const measureLives = (spans: readonly ServedSpan[]): Lives[] =>
  TIERS.flatMap((tier) => {
    const lives = livesIn(spans, tier)
    if (lives.length === 0) return []
    const medianHours = quantileOfSorted(lives, 0.5)
    return [{ tier, eventHours: lives.length, medianHours, maxHours: lives.at(-1)! }]
  })
