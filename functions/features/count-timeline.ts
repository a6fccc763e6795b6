import { floorHour, HOUR_MS } from '../contract/time.ts'
import { createCodes } from '../core/codes.ts'
import type { CodedColumns } from './coded-counts.ts'
import {
  type AskedGroups,
  createSteps,
  type Entries,
  type Steps,
  sortByCode,
  startsOf,
} from './count-steps.ts'
import { leavesAt, type Span } from './spans.ts'

/** The counts of one file, and when those of an hour are visible. */
export interface CountBatch {
  columns: CodedColumns
  spanOf(hourMs: number, aheadMs: number): Span
}

/** Many questions about users, or about items, in order of (entity, time): reads and writes run on. */
export interface AskedEntities extends Omit<AskedGroups, 'groups'> {
  ids: readonly string[]
  /** The rows that ask. */
  rows: Uint32Array
}
/** Sorts the questions of rows, which are in order of time. */
export function askEntities(idOf: readonly string[], timeMs: Float64Array): AskedEntities {
  const codes = createCodes()
  const code = Uint32Array.from(idOf, (id) => codes.codeOf(id))
  const ids = codes.texts
  const rows = sortByCode(code, ids.length)
  return {
    ids,
    rows,
    timeMs: Float64Array.from(rows, (row) => timeMs[row]!),
    starts: startsOf(code, ids.length),
  }
}

/** Visible counts of users, or of items, at any instant. */
export interface CountTimeline {
  /** The number of an entity, or -1 if it has no count. */
  codeOf(id: string): number
  /** Entities with a count of this event at any time, in order. */
  idsOf(event: string): string[]
  /** Visible events in a window of whole hours that ends with the hour of t. Fastest in order of t. */
  count(code: number, event: string, timeMs: number, windowHours: number): number
  /** Adds the counts that many questions ask for to `sum`. `codes` are those of their entities. */
  addCounts(
    asked: AskedEntities,
    codes: Int32Array,
    event: string,
    windowHours: number,
    sum: Int32Array,
  ): void
  /** The same events by hour, in ascending order. */
  bucketsOf(
    code: number,
    event: string,
    timeMs: number,
    windowHours: number,
  ): [hourMs: number, count: number][]
}

/** The spans of all batches. Entries name theirs by its place. */
interface Spans {
  hour: number[]
  fromMs: number[]
  untilMs: number[]
}

/** The places of a batch's spans, by hour and by how far the events are ahead. */
function openSpans(spans: Spans, { spanOf }: CountBatch) {
  const places = new Map<string, number>()
  const byHour = new Map<number, number>()
  return (hour: number, aheadMs: number): number => {
    const known = aheadMs === 0 ? byHour.get(hour) : places.get(`${hour} ${aheadMs}`)
    if (known !== undefined) return known
    const { fromMs, untilMs } = spanOf(hour * HOUR_MS, aheadMs)
    const place = spans.hour.push(hour) - 1
    spans.fromMs.push(fromMs)
    spans.untilMs.push(Math.max(fromMs, untilMs))
    if (aheadMs === 0) byHour.set(hour, place)
    else places.set(`${hour} ${aheadMs}`, place)
    return place
  }
}

/** All wanted counts, as groups of an entity and an event. */
function collect(batches: readonly CountBatch[], events: readonly string[]) {
  const codes = createCodes()
  const spans: Spans = { hour: [], fromMs: [], untilMs: [] }
  const rows = batches.reduce((sum, { columns }) => sum + columns.id.length, 0)
  const group = new Uint32Array(rows)
  const span = new Uint32Array(rows)
  const count = new Int32Array(rows)
  let length = 0
  for (const batch of batches) {
    const { columns } = batch
    const wanted = columns.events.map((event) => events.indexOf(event))
    const codeOf = new Int32Array(columns.ids.length).fill(-1)
    const spanOf = openSpans(spans, batch)
    for (let i = 0; i < columns.id.length; i++) {
      const event = wanted[columns.event[i]!]!
      if (event < 0) continue
      const id = columns.id[i]!
      if (codeOf[id] === -1) codeOf[id] = codes.codeOf(columns.ids[id]!)
      group[length] = codeOf[id]! * events.length + event
      span[length] = spanOf(columns.hour[i]!, columns.aheadMs[i]!)
      count[length++] = columns.count[i]!
    }
  }
  return {
    codes,
    spans,
    entries: sortEntries(codes.texts.length * events.length, spans, {
      group: group.subarray(0, length),
      span: span.subarray(0, length),
      count: count.subarray(0, length),
    }),
  }
}

/** Entries in order of groups, and of hours within a group. */
function sortEntries(
  groups: number,
  { hour }: Spans,
  { group, span, count }: { group: Uint32Array; span: Uint32Array; count: Int32Array },
): Entries {
  const first = hour.reduce((least, one) => Math.min(least, one), Infinity)
  const hourOf = Uint32Array.from(hour, (one) => one - first)
  const hours = hourOf.reduce((most, one) => Math.max(most, one + 1), 0)
  const byHour = sortByCode(
    span.map((one) => hourOf[one]!),
    hours,
  )
  const order = sortByCode(group, groups, byHour)
  return {
    span: order.map((place) => span[place]!),
    count: Int32Array.from(order, (place) => count[place]!),
    starts: startsOf(group, groups),
  }
}

/**
 * The count at t is the sum of what has become visible by t, minus the sum of what has since left: its
 * span has ended, or its hour has left the window. Both sums are steps. Steps of a window are made when
 * it is first asked for. Memory: 12 bytes a count, and 8 more for each window.
 */
export function createCountTimeline(
  batches: readonly CountBatch[],
  events: readonly string[],
): CountTimeline {
  const { codes, spans, entries } = collect(batches, events)
  const known = new Map(codes.texts.map((id, code) => [id, code]))
  const entered = createSteps(entries, Float64Array.from(spans.fromMs))
  const leftByWindow = new Map<number, Steps>()
  const leftOf = (windowHours: number): Steps => {
    let left = leftByWindow.get(windowHours)
    if (left) return left
    const timeOf = Float64Array.from(spans.hour, (hour, place) =>
      Math.max(
        spans.fromMs[place]!,
        Math.min(spans.untilMs[place]!, leavesAt(hour * HOUR_MS, windowHours)),
      ),
    )
    left = createSteps(entries, timeOf)
    leftByWindow.set(windowHours, left)
    return left
  }
  const groupOf = (code: number, event: string): number => {
    const place = events.indexOf(event)
    if (place === -1) throw new RangeError(`no counts of ${event}, expected ${events.join(' or ')}`)
    return code * events.length + place
  }
  return {
    codeOf: (id) => known.get(id) ?? -1,
    idsOf: (event) =>
      codes.texts
        .filter((_, code) => {
          const group = groupOf(code, event)
          return entries.starts[group + 1]! > entries.starts[group]!
        })
        .sort(),
    count(code, event, timeMs, windowHours) {
      if (code < 0) return 0
      const group = groupOf(code, event)
      const sum = entered.sumAt(group, timeMs)
      return sum === 0 ? 0 : sum - leftOf(windowHours).sumAt(group, timeMs)
    },
    addCounts({ timeMs, starts }, codes, event, windowHours, sum) {
      const groups = codes.map((code) => (code < 0 ? -1 : groupOf(code, event)))
      entered.addSums({ timeMs, starts, groups }, 1, sum)
      leftOf(windowHours).addSums({ timeMs, starts, groups }, -1, sum)
    },
    bucketsOf(code, event, timeMs, windowHours) {
      if (code < 0) return []
      const group = groupOf(code, event)
      const firstHour = floorHour(timeMs) / HOUR_MS - windowHours
      const buckets = new Map<number, number>()
      for (let i = entries.starts[group]!; i < entries.starts[group + 1]!; i++) {
        const span = entries.span[i]!
        const hour = spans.hour[span]!
        if (hour < firstHour || timeMs < spans.fromMs[span]! || timeMs >= spans.untilMs[span]!)
          continue
        buckets.set(hour * HOUR_MS, (buckets.get(hour * HOUR_MS) ?? 0) + entries.count[i]!)
      }
      return [...buckets].sort(([a], [b]) => a - b)
    },
  }
}
