import { DAY_MS, HOUR_MS } from '../../../functions/contract/time.ts'
import { CATEGORIES } from './catalogue.ts'
import { drawsFor } from './draws.ts'
import type { WorldOptions } from './options.ts'

export interface Person {
  id: string
  n: number
  segment: string
  device: string
  /** Relative rate of sessions. */
  activity: number
  /** Milliseconds by which the person's clock is ahead of the truth. */
  clockSkewMs: number
}

const SEGMENTS = ['student', 'commuter', 'parent', 'retiree', 'night-owl'] as const
const DEVICES = ['phone', 'phone', 'phone', 'desktop', 'tablet'] as const
const K = CATEGORIES.length

export function createPeople(options: WorldOptions): Person[] {
  return Array.from({ length: options.users }, (_, n) => {
    const draws = drawsFor(options.seed, 'person', n)
    const isSkewed = draws.uniform() < 0.01 * options.dirt
    return {
      id: `u${String(n).padStart(6, '0')}`,
      n,
      segment: draws.pick(SEGMENTS),
      device: draws.pick(DEVICES),
      activity: Math.exp(0.9 * draws.normal()),
      clockSkewMs: isSkewed ? Math.round((draws.uniform() * 2 - 1) * 8 * 60_000) : 0,
    }
  })
}

/** A person's line under `raw/<scene>/users/`. */
export const personLine = (person: Person, startMs: number): string =>
  JSON.stringify({
    id: person.id,
    timeMs: startMs - HOUR_MS,
    attributes: { segment: person.segment, device: person.device },
  })

/** Vectors of log-odds by category, one per (what, name, step), remembered. */
function vectors(options: WorldOptions): (...name: (string | number)[]) => Float64Array {
  const known = new Map<string, Float64Array>()
  return (...name) => {
    const key = name.join('/')
    let vector = known.get(key)
    if (!vector) {
      const draws = drawsFor(options.seed, key)
      vector = Float64Array.from({ length: K }, () => draws.normal())
      known.set(key, vector)
    }
    return vector
  }
}

export interface Tastes {
  /** Log-odds that a person adds to a category at a time. */
  of(person: Person, category: number, timeMs: number): number
  /** What everybody wants in that hour: log-odds by category. */
  trend(category: number, timeMs: number): number
}

/**
 * Tastes that move. A person's vector is an autoregression over weeks, interpolated within the
 * week (correlation sqrt(1 − (0.6 drift)²) a week); the trend is one over hours (0.9 an hour,
 * standard deviation 0.8 drift). With drift 0 both stand still.
 */
export function createTastes(options: WorldOptions): Tastes {
  const vector = vectors(options)
  const fresh = Math.min(1, 0.6 * options.drift)
  const kept = Math.sqrt(1 - fresh * fresh)
  const weekly = new Map<string, Float64Array>()
  function weekOf(person: Person, week: number): Float64Array {
    const key = `${person.n}/${week}`
    let taste = weekly.get(key)
    if (!taste) {
      if (week === 0) {
        const own = vector('taste', person.n, 0)
        const group = vector('segment', person.segment)
        taste = own.map((x, k) => 0.8 * x + 0.6 * group[k]!)
      } else {
        const before = weekOf(person, week - 1)
        taste = vector('taste', person.n, week).map((x, k) => kept * before[k]! + fresh * x)
      }
      weekly.set(key, taste)
    }
    return taste
  }

  const trends: Float64Array[] = [new Float64Array(K)]
  const step = 0.8 * options.drift * Math.sqrt(1 - 0.9 * 0.9)
  function trendOf(hour: number): Float64Array {
    while (trends.length <= hour) {
      const before = trends[trends.length - 1]!
      const noise = vector('trend', trends.length)
      trends.push(before.map((x, k) => 0.9 * x + step * noise[k]!))
    }
    return trends[Math.max(0, hour)]!
  }

  return {
    of(person, category, timeMs) {
      const weeks = Math.max(0, (timeMs - options.startMs) / (7 * DAY_MS))
      const week = Math.floor(weeks)
      const share = weeks - week
      return (
        (1 - share) * weekOf(person, week)[category]! + share * weekOf(person, week + 1)[category]!
      )
    },
    trend: (category, timeMs) =>
      trendOf(Math.floor((timeMs - options.startMs) / HOUR_MS))[category]!,
  }
}
