import { DAY_MS, floorHour, HOUR_MS, MINUTE_MS } from '../../../../functions/contract/time.ts'
import type { Setting } from './attack.ts'

/** An interval of time, half-open. */
export interface Span {
  fromMs: number
  throughMs: number
}

/** A plan ends before the world does, so that the last drop holds its events. */
const lastMs = ({ startMs, days }: Setting['options']): number => startMs + days * DAY_MS - HOUR_MS

/** Some whole days within the world. The first day stays honest where there is time. */
export function campaign({ options, draws }: Setting, days: number): Span {
  const first = options.days > days ? 1 : 0
  const slack = Math.max(0, options.days - first - days)
  const fromMs = options.startMs + (first + draws.below(slack + 1)) * DAY_MS
  return { fromMs, throughMs: Math.min(fromMs + days * DAY_MS, lastMs(options)) }
}

export const wholeWorld = ({ options }: Setting): Span => ({
  fromMs: options.startMs,
  throughMs: lastMs(options),
})

/** Times of requests in sessions, which follow the crowd's rhythm of day and week. */
export function requestTimes(
  { draws, behaviour }: Setting,
  { fromMs, throughMs }: Span,
  sessionsPerDay: number,
): number[] {
  const times: number[] = []
  for (let hourMs = floorHour(fromMs); hourMs < throughMs; hourMs += HOUR_MS)
    for (let left = draws.poisson(sessionsPerDay * behaviour.rhythm(hourMs)); left > 0; left--) {
      let timeMs = hourMs + draws.below(HOUR_MS)
      for (let requests = 1 + draws.poisson(0.7); requests > 0; requests--) {
        if (timeMs >= fromMs && timeMs < throughMs) times.push(timeMs)
        timeMs += 20_000 + Math.round(draws.exponential(MINUTE_MS))
      }
    }
  return times.sort((a, b) => a - b)
}
