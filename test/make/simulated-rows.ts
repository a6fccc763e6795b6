import { countEvents } from '../../functions/closing/counters.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { codeCounts } from '../../functions/features/coded-counts.ts'
import { dropDelta, eventNameOf } from '../../functions/features/deltas.ts'
import type { VisibilityRule } from '../../functions/features/spans.ts'
import { hasArrived, isFolded, isInWindow, type Mark } from '../../functions/features/visibility.ts'
import {
  arrivedThrough,
  closableThrough,
  closingMinute,
} from '../../functions/registry/timetable.ts'
import { makeScene } from './scene.ts'

export interface SimulatedDrop {
  arrivalMs: number
  events: EventRow[]
}
export interface SimulatedClosing extends Mark {
  publishedMs: number
  kept: EventRow[]
}

/** The closings of some drops, hour by hour but for missed runs: the first copy of an event is kept. */
export function simulateClosings(
  rule: VisibilityRule,
  drops: readonly SimulatedDrop[],
  fromMs: number,
  throughMs: number,
  isMissed: (run: number) => boolean = () => false,
): SimulatedClosing[] {
  const scene = makeScene({ latenessMinutes: rule.latenessMinutes })
  const keptIds = new Set<string>()
  const closings: SimulatedClosing[] = []
  let before: Mark | null = null
  const phaseMs = closingMinute(rule) * MINUTE_MS
  let run = 0
  for (let hourMs = floorHour(fromMs); hourMs < throughMs; hourMs += HOUR_MS) {
    if (isMissed(run++)) continue
    const publishedMs = hourMs + phaseMs
    const mark: Mark = {
      closedThroughMs: closableThrough(scene, publishedMs),
      arrivedThroughMs: arrivedThrough(publishedMs),
    }
    const kept: EventRow[] = []
    for (const { arrivalMs, events } of drops)
      for (const event of events) {
        const at = { arrivalMs, hourMs: floorHour(event.timeMs) }
        if (!isFolded(at, mark) || isFolded(at, before) || keptIds.has(event.event)) continue
        keptIds.add(event.event)
        kept.push(event)
      }
    closings.push({ ...mark, publishedMs, kept })
    before = mark
  }
  return closings
}

/** The visible events of one entity in a window, by rows: a ring, open entries and a mark. */
export function visibleEvents(
  rule: VisibilityRule,
  drops: readonly SimulatedDrop[],
  closings: readonly SimulatedClosing[],
  question: {
    isOurs: (event: EventRow) => boolean
    timeMs: number
    windowHours: number
    isNearLine: boolean
  },
): EventRow[] {
  const { isOurs, timeMs, windowHours, isNearLine } = question
  const published = closings.filter(({ publishedMs }) => publishedMs <= timeMs)
  const mark = published.at(-1) ?? null
  const ring = published.flatMap(({ kept }) => kept.filter(isOurs))
  const open = drops.flatMap(({ arrivalMs, events }) => {
    const block = events.filter(isOurs)
    const latestMs = block.reduce((latest, event) => Math.max(latest, event.timeMs), 0)
    const aheadMs = Math.max(0, latestMs - arrivalMs)
    if (!isNearLine || !hasArrived({ arrivalMs, aheadMs }, timeMs, rule.nearLineSeconds * 1000))
      return []
    return block.filter((event) => !isFolded({ arrivalMs, hourMs: floorHour(event.timeMs) }, mark))
  })
  const isExcluded = (hourMs: number): boolean =>
    rule.exclusions.some(
      ({ fromMs, throughMs, sinceMs }) =>
        timeMs >= sinceMs && hourMs >= fromMs && hourMs < throughMs,
    )
  return [...ring, ...open].filter((event) => {
    const hourMs = floorHour(event.timeMs)
    return isInWindow(hourMs, timeMs, windowHours) && !isExcluded(hourMs)
  })
}

export const nameOf = eventNameOf

/** The counter and delta files of simulated drops and closings. */
export const simulatedCounts = (
  drops: readonly SimulatedDrop[],
  closings: readonly SimulatedClosing[],
) => ({
  closings: closings.map(({ closedThroughMs, kept }) => ({
    closedThroughMs,
    counts: codeCounts(countEvents(kept)),
  })),
  drops: drops.map(({ arrivalMs, events }) => ({
    arrivalMs,
    counts: codeCounts(dropDelta(events, arrivalMs)),
  })),
})
