import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventRow } from '../../functions/contract/rows.ts'
import { floorHour, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import type { Series } from '../../functions/contract/values.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { recordEvents, recordedEvent } from '../../functions/features/record.ts'
import type { VisibilityRule } from '../../functions/features/spans.ts'
import { findRecorded } from '../../functions/features/state-timeline.ts'
import { lastItems } from '../../functions/features/states/last-items.ts'
import { createTimeline } from '../../functions/features/timeline.ts'
import { DAY0_MS, makeImpression, makeOutcome } from '../make/events.ts'
import {
  nameOf,
  type SimulatedDrop,
  simulateClosings,
  simulatedCounts,
  visibleEvents,
} from '../make/simulated-rows.ts'

const HOURS = 14
const throughMs = DAY0_MS + HOURS * HOUR_MS
const within = (hours: number) => fc.integer({ min: 0, max: hours * HOUR_MS })

const rule: fc.Arbitrary<VisibilityRule> = fc.record({
  latenessMinutes: fc.constantFrom(0, 10, 60, 150),
  tiers: fc.record({ daily: fc.record({ minuteUtc: fc.constantFrom(0, 5, 35, 59) }) }),
  nearLineSeconds: fc.constantFrom(1, 30, 3600),
  exclusions: fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: HOURS }), fc.integer({ min: 1, max: 3 }), within(HOURS))
      .map(([from, hours, since]) => ({
        fromMs: DAY0_MS + from * HOUR_MS,
        throughMs: DAY0_MS + (from + hours) * HOUR_MS,
        sinceMs: DAY0_MS + since,
      })),
    { maxLength: 2 },
  ),
})

/** Events of a drop: most happened shortly before it, some long before, some a little after. */
const drops: fc.Arbitrary<SimulatedDrop[]> = fc.array(
  fc
    .record({
      arrivalMs: within(HOURS).map((ms) => DAY0_MS + ms),
      shown: fc.array(
        fc.record({
          id: fc.integer({ min: 0, max: 25 }),
          agoMs: fc.oneof(fc.integer({ min: -10 * MINUTE_MS, max: 90 * MINUTE_MS }), within(5)),
          isOutcome: fc.boolean(),
        }),
        { minLength: 1, maxLength: 6 },
      ),
    })
    .map(({ arrivalMs, shown }) => ({
      arrivalMs,
      events: shown.map(({ id, agoMs, isOutcome }) =>
        (isOutcome ? makeOutcome : makeImpression)({
          event: `e${id}`,
          timeMs: arrivalMs - agoMs,
          arrivalMs,
          user: `u${id % 2}`,
          item: `i${id % 3}`,
        }),
      ),
    })),
  { maxLength: 12 },
)

const questions = fc.array(
  fc.record({
    kind: fc.constantFrom('user' as const, 'item' as const),
    id: fc.constantFrom('u0', 'u1', 'i0', 'i1', 'i2', 'nobody'),
    event: fc.constantFrom('impression', 'click'),
    // Around the instants where something changes: hours, and the minutes of closings.
    timeMs: fc.oneof(
      within(HOURS + 3).map((ms) => DAY0_MS + ms),
      fc
        .tuple(
          fc.integer({ min: 0, max: HOURS + 3 }),
          fc.constantFrom(0, 5, 35, 59),
          fc.constantFrom(-1, 0, 1),
        )
        .map(([hour, minute, ms]) => DAY0_MS + hour * HOUR_MS + minute * MINUTE_MS + ms),
    ),
    windowHours: fc.constantFrom(1, 2, 5, 30),
    isNearLine: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
)

const empty = indexCatalogue([], 0)
const FIRST_MS = DAY0_MS - 8 * HOUR_MS
const LAST_MS = throughMs + 8 * HOUR_MS
/** Closing runs that were missed: none, some, or all. */
const missed = fc.oneof(
  fc.constant([]),
  fc.array(fc.boolean(), { maxLength: (LAST_MS - FIRST_MS) / HOUR_MS }),
  fc.constant(Array<boolean>((LAST_MS - FIRST_MS) / HOUR_MS).fill(true)),
)
const closingsOf = (
  given: VisibilityRule,
  all: readonly SimulatedDrop[],
  missing: readonly boolean[],
) => simulateClosings(given, all, FIRST_MS, LAST_MS, (run) => missing[run] ?? false)

function bucketsOf(events: readonly EventRow[]): [number, number][] {
  const counts = new Map<number, number>()
  for (const { timeMs } of events)
    counts.set(floorHour(timeMs), (counts.get(floorHour(timeMs)) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => a - b)
}
const countSeries = (entity: string, event: string): Series => ({
  ...{ id: '00000000', entity, event, state: 'count', parameters: {} },
  ...{ keepHours: 30, isNearLine: true },
})

test('Counts at any instant equal those of rows folded by hour', () => {
  fc.assert(
    fc.property(rule, drops, missed, questions, (given, all, missing, asked) => {
      const closings = closingsOf(given, all, missing)
      const timeline = createTimeline({
        rule: given,
        events: { user: ['impression', 'click'], item: ['click', 'impression'] },
        ...simulatedCounts(all, closings),
        ...{ items: empty, users: empty },
      })
      for (const { kind, id, event, timeMs, windowHours, isNearLine } of asked) {
        // A drop's open entry is ahead by its latest event of the entity, whatever its name.
        const visible = visibleEvents(given, all, closings, {
          ...{ isOurs: (row) => row[kind] === id, timeMs, windowHours, isNearLine },
        }).filter((row) => nameOf(row) === event)
        const series = countSeries(kind, event)
        expect(timeline.stateOf(series, id, timeMs, windowHours, isNearLine)).toBe(
          visible.length || null,
        )
        expect([...timeline.bucketsOf(series, id, timeMs, windowHours, isNearLine)]).toEqual(
          bucketsOf(visible),
        )
      }
    }),
    { numRuns: 400 },
  )
})

const series: Series = {
  ...{ id: '11111111', entity: 'user', event: 'click', state: 'last-items' },
  ...{ parameters: { of: 'item.id', length: 3 }, keepHours: 30, isNearLine: true },
}

/** States of events as closings and drops record them. */
const statesOf = (events: readonly EventRow[], arrivalMs?: number) =>
  recordEvents(
    [series],
    events.map((row) => recordedEvent(row, { items: empty, users: empty })),
    arrivalMs,
  )

test('Merged states equal the state of the visible events', () => {
  fc.assert(
    fc.property(rule, drops, missed, questions, (given, all, missing, asked) => {
      const closings = closingsOf(given, all, missing)
      const timeline = createTimeline({
        rule: given,
        events: { user: [], item: [] },
        ...simulatedCounts(all, closings),
        ...{ items: empty, users: empty },
        states: findRecorded([
          ...closings.map(({ closedThroughMs, kept }) => ({
            source: { closedThroughMs },
            states: statesOf(kept),
          })),
          ...all.map(({ arrivalMs, events }) => ({
            source: { arrivalMs },
            states: statesOf(events, arrivalMs),
          })),
        ]),
      })
      for (const { id, timeMs, windowHours, isNearLine } of asked) {
        const visible = visibleEvents(given, all, closings, {
          ...{ isOurs: (row) => row.user === id, timeMs, windowHours, isNearLine },
        }).filter((row) => nameOf(row) === 'click')
        let state: unknown = null
        for (const row of visible) {
          const recorded = recordedEvent(row, { items: empty, users: empty })
          const one = lastItems.record(recorded, series.parameters)!
          state = state === null ? one : lastItems.merge(state as never, one, series.parameters)
        }
        expect(timeline.stateOf(series, id, timeMs, windowHours, isNearLine)).toEqual(state)
      }
    }),
    { numRuns: 200 },
  )
})
