import type { SampleTask } from '../contract/accounts.ts'
import { type CountersName, countersKey, type DropName, openDropName } from '../contract/keys.ts'
import { longestWindowMs, type Scene } from '../contract/scene.ts'
import { floorHour, HOUR_MS } from '../contract/time.ts'
import type { Interval } from '../contract/training.ts'
import { foldedAt, publishedTimes } from '../features/visibility.ts'
import { excludedFrom, publishedBy } from '../registry/timetable.ts'

/** An excluded interval. One that an operator excluded leaves values too, from `timeMs` on. */
export type PlannedExclusion = Interval & { timeMs?: number }

/** The files in the lake that values may need. */
export interface ValueSources {
  scene: Scene
  counters: readonly CountersName[]
  /** Event hours of drops with a manifest. */
  drops: readonly (DropName & { hourMs: number })[]
  exclusions: readonly PlannedExclusion[]
}

/**
 * The inputs of the values at the instants of a slice, which are at or after `fromMs` and before
 * `endMs`. Each of them can change a value by the rule of `features/visibility.ts`: a closing that is
 * published by then and holds an hour of a window, a drop of such an hour that is open at some instant
 * of the slice, and an exclusion of such hours that holds by then.
 */
export function valueInputs(
  { scene, counters, drops, exclusions }: ValueSources,
  { fromMs, endMs }: { fromMs: number; endMs: number },
): Pick<SampleTask, 'counterKeys' | 'drops' | 'exclusions'> {
  const firstHourMs = floorHour(fromMs) - longestWindowMs(scene)
  const isPublished = (name: { closedThroughMs: number }): boolean =>
    name.closedThroughMs > firstHourMs && publishedBy(scene, name.closedThroughMs) < endMs
  const nearLineMs = scene.nearLineSeconds * 1000
  const publishedMs = publishedTimes(scene, counters)
  const open = drops.filter(
    ({ arrivalMs, hourMs }) =>
      hourMs >= firstHourMs &&
      hourMs < endMs &&
      arrivalMs + nearLineMs < endMs &&
      foldedAt(scene, publishedMs, { arrivalMs, hourMs }) > fromMs,
  )
  return {
    counterKeys: counters.filter(isPublished).map(countersKey).sort(),
    drops: [...new Set(open.map(openDropName))].sort(),
    exclusions: exclusions
      .flatMap(({ fromMs: from, throughMs, timeMs }) =>
        timeMs === undefined
          ? []
          : [{ fromMs: from, throughMs, sinceMs: excludedFrom(scene, timeMs) }],
      )
      .filter(
        (one) => one.sinceMs < endMs && one.fromMs < endMs && one.throughMs + HOUR_MS > firstHourMs,
      )
      .sort((a, b) => a.sinceMs - b.sinceMs || a.fromMs - b.fromMs || a.throughMs - b.throughMs),
  }
}
