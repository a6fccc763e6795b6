import type { Series } from '../contract/values.ts'
import type { ListedCatalogue } from './catalogue.ts'
import type { CodedCounts } from './coded-counts.ts'
import { askEntities, type CountTimeline, createCountTimeline } from './count-timeline.ts'
import type { Links } from './links.ts'
import { isUniversal } from './series.ts'
import type { Spaces } from './spaces.ts'
import { closedSpan, openSpan, type Span, type VisibilityRule } from './spans.ts'
import { createStateTimeline, type FindStates } from './state-timeline.ts'
import type { AskedRows, CountedKind, CountsAsOf, Values } from './values.ts'
import { publishedTimes } from './visibility.ts'

export type { CountedKind } from './values.ts'

/** Everything that values of samples are computed from. */
export interface TimelineInputs {
  rule: VisibilityRule
  /** Names of the events that are counted, by user and by item. */
  events: Readonly<Record<CountedKind, readonly string[]>>
  closings: readonly { closedThroughMs: number; counts: CodedCounts }[]
  drops: readonly { arrivalMs: number; counts: CodedCounts }[]
  /** States of all other series, which these closings and drops hold. Absent: there are none. */
  states?: FindStates
  items: ListedCatalogue
  users: ListedCatalogue
  /** Absent: no feature reads a space. */
  spaces?: Spaces | undefined
  /** Absent: no feature follows links. */
  links?: Links | undefined
}

/** Values as they were visible at any instant of the samples. */
export interface Timeline extends Values {
  items: ListedCatalogue
  count(
    kind: CountedKind,
    id: string,
    event: string,
    timeMs: number,
    windowHours: number,
    isNearLine: boolean,
  ): number
  /** Opens counts of many rows, which are in order of time. */
  countsAsOf(rows: AskedRows): CountsAsOf
  /** Entities of a kind with a count of an event at any time, in order. */
  idsOf(kind: CountedKind, event: string): string[]
}

/** The names of events that series count by user and by item. */
export function countedEvents(series: readonly Series[]): Record<CountedKind, string[]> {
  const namesOf = (kind: CountedKind): string[] => [
    ...new Set(
      series.filter((one) => isUniversal(one) && one.entity === kind).map(({ event }) => event),
    ),
  ]
  return { user: namesOf('user'), item: namesOf('item') }
}

function countsOf(inputs: TimelineInputs, publishedMs: readonly number[], kind: CountedKind) {
  const { rule, events } = inputs
  const closed = createCountTimeline(
    inputs.closings.map(({ closedThroughMs, counts }) => ({
      columns: counts[kind],
      spanOf: (hourMs) => closedSpan(rule, closedThroughMs, hourMs),
    })),
    events[kind],
  )
  const open = createCountTimeline(
    inputs.drops.map(({ arrivalMs, counts }) => ({
      columns: counts[kind],
      spanOf: (hourMs, aheadMs) => openSpan(rule, publishedMs, { arrivalMs, aheadMs }, hourMs),
    })),
    events[kind],
  )
  return { closed, open, id: '', closedCode: -1, openCode: -1 }
}

/** Spans of the hours of closings, each worked out once: all entities of a closing share them. */
function closedSpans(rule: VisibilityRule): (closedThroughMs: number, hourMs: number) => Span {
  const known = new Map<number, Map<number, Span>>()
  return (closedThroughMs, hourMs) => {
    const byHour = known.get(closedThroughMs) ?? new Map<number, Span>()
    known.set(closedThroughMs, byHour)
    const span = byHour.get(hourMs) ?? closedSpan(rule, closedThroughMs, hourMs)
    byHour.set(hourMs, span)
    return span
  }
}

function statesOf({ rule, states = () => [] }: TimelineInputs, publishedMs: readonly number[]) {
  const closedSpanOf = closedSpans(rule)
  return createStateTimeline(states, (source, hourMs, aheadMs) =>
    'closedThroughMs' in source
      ? closedSpanOf(source.closedThroughMs, hourMs)
      : openSpan(rule, publishedMs, { arrivalMs: source.arrivalMs, aheadMs }, hourMs),
  )
}

/** The codes of one entity. Questions about one entity come in a row. */
function lookUp(counts: ReturnType<typeof countsOf>, id: string): void {
  if (counts.id === id) return
  counts.id = id
  counts.closedCode = counts.closed.codeOf(id)
  counts.openCode = counts.open.codeOf(id)
}

/** Answers one count of all rows: entity by entity, so that each column is one pass over the counts. */
function openColumns(
  counts: Record<CountedKind, ReturnType<typeof countsOf>>,
  rows: AskedRows,
): CountsAsOf {
  const open = (kind: CountedKind) => {
    const { closed, open } = counts[kind]
    const asked = askEntities(rows[kind], rows.timeMs)
    const codesIn = ({ codeOf }: CountTimeline) => Int32Array.from(asked.ids, codeOf)
    return { asked, closedCodes: codesIn(closed), openCodes: codesIn(open) }
  }
  const opened = { user: open('user'), item: open('item') }
  return (kind, event, windowHours, isNearLine) => {
    const { asked, closedCodes, openCodes } = opened[kind]
    const sum = new Int32Array(rows.timeMs.length)
    counts[kind].closed.addCounts(asked, closedCodes, event, windowHours, sum)
    if (isNearLine) counts[kind].open.addCounts(asked, openCodes, event, windowHours, sum)
    const column = new Int32Array(sum.length)
    for (let i = 0; i < sum.length; i++) column[asked.rows[i]!] = sum[i]!
    return column
  }
}

/**
 * Values by the rule of `visibility.ts`, at any instant. Plain counts of users and items take two
 * searches each, other states up to the time of all states of the entity.
 */
export function createTimeline(inputs: TimelineInputs): Timeline {
  const publishedMs = publishedTimes(inputs.rule, inputs.closings)
  const counts = {
    user: countsOf(inputs, publishedMs, 'user'),
    item: countsOf(inputs, publishedMs, 'item'),
  }
  const states = statesOf(inputs, publishedMs)
  const count: Timeline['count'] = (kind, id, event, timeMs, windowHours, isNearLine) => {
    const ours = counts[kind]
    lookUp(ours, id)
    const closed = ours.closed.count(ours.closedCode, event, timeMs, windowHours)
    return isNearLine ? closed + ours.open.count(ours.openCode, event, timeMs, windowHours) : closed
  }
  const bucketsOf: Timeline['bucketsOf'] = (series, id, timeMs, windowHours, isNearLine) => {
    if (!isUniversal(series)) return states.bucketsOf(series, id, timeMs, windowHours, isNearLine)
    const ours = counts[series.entity as CountedKind]
    const buckets = new Map<number, number>()
    const add = (timeline: CountTimeline): void => {
      const code = timeline.codeOf(id)
      for (const [hourMs, more] of timeline.bucketsOf(code, series.event, timeMs, windowHours))
        buckets.set(hourMs, (buckets.get(hourMs) ?? 0) + more)
    }
    add(ours.closed)
    if (isNearLine) add(ours.open)
    // Corrections have taken the others away.
    return [...buckets].filter(([, sum]) => sum !== 0).sort(([a], [b]) => a - b)
  }
  return {
    count,
    countsAsOf: (rows) => openColumns(counts, rows),
    bucketsOf,
    stateOf(series, id, timeMs, windowHours, isNearLine) {
      if (!isUniversal(series)) return states.stateOf(series, id, timeMs, windowHours, isNearLine)
      const kind = series.entity as CountedKind
      return count(kind, id, series.event, timeMs, windowHours, isNearLine) || null
    },
    idsOf: (kind, event) =>
      [...new Set([...counts[kind].closed.idsOf(event), ...counts[kind].open.idsOf(event)])].sort(),
    items: inputs.items,
    users: inputs.users,
    spaces: inputs.spaces,
    links: inputs.links,
  }
}
