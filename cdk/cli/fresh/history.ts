import { closeHour } from '../../../functions/closing/close.ts'
import { countEvents } from '../../../functions/closing/counters.ts'
import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import { indexCatalogue } from '../../../functions/features/catalogue.ts'
import { codeCounts } from '../../../functions/features/coded-counts.ts'
import { dropDelta } from '../../../functions/features/deltas.ts'
import { recordEvents, recordedEvent } from '../../../functions/features/record.ts'
import { isUniversal, seriesOf } from '../../../functions/features/series.ts'
import { findRecorded } from '../../../functions/features/state-timeline.ts'
import {
  countedEvents,
  createTimeline,
  type Timeline,
} from '../../../functions/features/timeline.ts'
import type { Pseudonymize } from '../../../functions/intake/identity.ts'
import { closableThrough, consumedBy, publishedBy } from '../../../functions/registry/timetable.ts'
import { eventsCounted, recipeOf } from '../../../functions/samples/recipe.ts'

/** A replayed log: the events that each closing kept, and when they were known. */
export interface History {
  /** Whole days of impressions. Outcomes can be later. */
  fromMs: number
  throughMs: number
  /** Kept events of the hours in [fromMs, throughMs). */
  between(fromMs: number, throughMs: number): EventRow[]
  /** The values of a scene's features, which closings and the near line made visible. */
  valuesFor(scene: Scene): Timeline
}

/** An hour's log arrives this long after the end of the hour, as in the seeded world. */
const SHIPPING_MS = 2 * MINUTE_MS
export const arrivalOf = (timeMs: number): number => floorHour(timeMs) + HOUR_MS + SHIPPING_MS

/** These users are synthetic or long public, and nothing is stored, so names need no hash. */
export const keepName: Pseudonymize = (_domain, raw) => raw

/** Closes every hour of a complete log, with the duplicates, rules and counters of closing. */
export function closeHistory(
  events: readonly EventRow[],
  items: readonly EntityRow[],
  users: readonly EntityRow[],
  extent: { fromMs: number; throughMs: number },
): History {
  const hours = new Map<number, EventRow[]>()
  for (const row of events) {
    const hour = hours.get(floorHour(row.timeMs))
    if (hour) hour.push(row)
    else hours.set(floorHour(row.timeMs), [row])
  }
  const closings: { hourMs: number; kept: EventRow[] }[] = []
  for (const [hourMs, rows] of hours) {
    const hour = {
      hourMs,
      lane: 'first' as const,
      accepted: rows.length,
      cleanKeys: [],
      earlierKeys: [],
    }
    const { kept } = closeHour(hour, rows)
    closings.push({ hourMs, kept })
    hours.set(hourMs, kept)
  }
  const drops = [...Map.groupBy(events, ({ arrivalMs }) => arrivalMs)]
  return {
    ...extent,
    between(fromMs, throughMs) {
      const rows: EventRow[] = []
      for (let hourMs = floorHour(fromMs); hourMs < throughMs; hourMs += HOUR_MS)
        for (const row of hours.get(hourMs) ?? []) rows.push(row)
      return rows
    },
    // The closing that folds an hour of the log: its events have passed their lateness and were read.
    valuesFor: (scene) =>
      valuesOf(
        scene,
        closings.map(({ hourMs, kept }) => ({
          closedThroughMs: closableThrough(
            scene,
            Math.max(publishedBy(scene, hourMs + HOUR_MS), consumedBy(scene, arrivalOf(hourMs))),
          ),
          kept,
        })),
        drops,
        { items, users },
      ),
  }
}

/** What the samples of a scene see of a log: its closings, its drops and its catalogue. */
export function valuesOf(
  scene: Scene,
  closings: readonly { closedThroughMs: number; kept: EventRow[] }[],
  drops: readonly (readonly [arrivalMs: number, events: EventRow[]])[],
  { items, users }: { items: readonly EntityRow[]; users: readonly EntityRow[] },
): Timeline {
  const recipe = recipeOf(scene)
  const series = seriesOf(recipe.features)
  const others = series.filter((one) => !isUniversal(one))
  const known = { items: indexCatalogue(items, 0), users: indexCatalogue(users, 0) }
  const record = (rows: readonly EventRow[], arrivalMs?: number) =>
    recordEvents(
      others,
      others.length === 0 ? [] : rows.map((row) => recordedEvent(row, known)),
      arrivalMs,
    )
  const nearLineMs = scene.nearLineSeconds * 1000
  return createTimeline({
    rule: { ...recipe.visibility, exclusions: [] },
    events: eventsCounted(recipe, countedEvents(series)),
    closings: closings.map(({ closedThroughMs, kept }) => ({
      closedThroughMs,
      counts: codeCounts(countEvents(kept)),
    })),
    drops: drops.map(([arrivalMs, rows]) => ({
      arrivalMs,
      counts: codeCounts(dropDelta(rows, arrivalMs)),
    })),
    states: findRecorded([
      ...closings.map(({ closedThroughMs, kept }) => ({
        source: { closedThroughMs },
        states: record(kept),
      })),
      ...drops.map(([arrivalMs, rows]) => ({
        source: { arrivalMs },
        states: record(rows, arrivalMs),
      })),
    ]),
    items: indexCatalogue(items, nearLineMs),
    users: indexCatalogue(users, nearLineMs),
  })
}
