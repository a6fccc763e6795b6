import { VALUE_SEPARATOR } from '../contract/rows.ts'
import type { Series } from '../contract/values.ts'
import type { RecordedBlocks } from './record.ts'
import { leavesAt, type Span } from './spans.ts'
import { addState, type Buckets, removeEmpty, stateKindOf } from './states/states.ts'

/** What holds events: a closing, or a drop. */
export type StateSource = { closedThroughMs: number } | { arrivalMs: number }
/** The states of one series that one source holds of an entity. */
export interface EntityStates {
  source: StateSource
  aheadMs: number
  buckets: Iterable<readonly [hourMs: number, state: unknown]>
}
/** Finds what all sources hold of an entity. */
export type FindStates = (series: Series, id: string) => readonly EntityStates[]

/** What the blocks of sources hold, as `recordEvents` made them. Memory: they are indexed by entity. */
export function findRecorded(
  recorded: readonly { source: StateSource; states: RecordedBlocks }[],
): FindStates {
  const index = new Map<string, Map<string, EntityStates[]>>()
  for (const { source, states } of recorded)
    for (const blocks of states.values())
      for (const [id, { aheadMs, series }] of blocks)
        for (const [name, { buckets }] of series) {
          const byId = index.get(name) ?? new Map<string, EntityStates[]>()
          index.set(name, byId)
          const own = byId.get(id) ?? []
          byId.set(id, own)
          own.push({ source, aheadMs, buckets })
        }
  return (series, id) => index.get(series.id)?.get(id) ?? []
}

/** Visible states of entities at any instant, of series that are no plain counts. */
export interface StateTimeline {
  /** By event hour, in ascending order. */
  bucketsOf(
    series: Series,
    id: string,
    timeMs: number,
    windowHours: number,
    isNearLine: boolean,
  ): readonly [hourMs: number, state: unknown][]
  /** All of them merged. Null: there are none. */
  stateOf(
    series: Series,
    id: string,
    timeMs: number,
    windowHours: number,
    isNearLine: boolean,
  ): unknown
}

interface TimedState extends Span {
  hourMs: number
  state: unknown
}
/** The merged states at every instant t where fromMs ≤ t < untilMs. Null: there are none. */
interface Answer extends Span {
  merged: unknown
}
/** States of one entity, with the newest answer for each window: questions come in order of time. */
interface Part {
  states: TimedState[]
  answers: Map<number, Answer>
}
interface Entity {
  closed: Part
  open: Part
  /** Of both parts. */
  answers: Map<number, Answer>
}

const holdsAt = ({ fromMs, untilMs }: Span, timeMs: number): boolean =>
  timeMs >= fromMs && timeMs < untilMs
/** When a window counts a state. */
const beginOf = ({ fromMs, hourMs }: TimedState): number => Math.max(fromMs, hourMs)
const endOf = ({ untilMs, hourMs }: TimedState, windowHours: number): number =>
  Math.min(untilMs, leavesAt(hourMs, windowHours))

const ALWAYS = { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY }
const NOTHING: Answer = { ...ALWAYS, merged: null }

function mergeBoth(series: Series, a: unknown, b: unknown): unknown {
  if (a === null) return b
  return b === null ? a : stateKindOf(series).merge(a, b, series.parameters)
}

/** Looks at every state of a part, and finds how long the answer stays the same. */
function answerPart(series: Series, { states }: Part, timeMs: number, windowHours: number): Answer {
  const { merge, isEmpty } = stateKindOf(series)
  let { fromMs, untilMs } = ALWAYS
  let merged: unknown = null
  for (const one of states) {
    const beginMs = beginOf(one)
    const endMs = endOf(one, windowHours)
    if (beginMs >= endMs) continue
    if (timeMs < beginMs) untilMs = Math.min(untilMs, beginMs)
    else if (timeMs >= endMs) fromMs = Math.max(fromMs, endMs)
    else {
      fromMs = Math.max(fromMs, beginMs)
      untilMs = Math.min(untilMs, endMs)
      merged = merged === null ? one.state : merge(merged, one.state, series.parameters)
    }
  }
  // Corrections can leave nothing of what they correct.
  return { fromMs, untilMs, merged: merged !== null && isEmpty?.(merged) ? null : merged }
}

function askPart(series: Series, part: Part, timeMs: number, windowHours: number): Answer {
  if (part.states.length === 0) return NOTHING
  const before = part.answers.get(windowHours)
  if (before && holdsAt(before, timeMs)) return before
  const answer = answerPart(series, part, timeMs, windowHours)
  part.answers.set(windowHours, answer)
  return answer
}

function askBoth(series: Series, entity: Entity, timeMs: number, windowHours: number): Answer {
  const before = entity.answers.get(windowHours)
  if (before && holdsAt(before, timeMs)) return before
  const closed = askPart(series, entity.closed, timeMs, windowHours)
  const open = askPart(series, entity.open, timeMs, windowHours)
  const answer = {
    fromMs: Math.max(closed.fromMs, open.fromMs),
    untilMs: Math.min(closed.untilMs, open.untilMs),
    merged: mergeBoth(series, closed.merged, open.merged),
  }
  entity.answers.set(windowHours, answer)
  return answer
}

/**
 * Looks up an entity at the first question about it, and remembers the answer for as long as nothing
 * changes. A question at another time takes the time of all states of the entity. Memory: the states
 * of the entities that were asked for.
 */
export function createStateTimeline(
  find: FindStates,
  spanOf: (source: StateSource, hourMs: number, aheadMs: number) => Span,
): StateTimeline {
  const entities = new Map<string, Map<string, Entity>>()
  const open = (series: Series, id: string): Entity => {
    const closed: TimedState[] = []
    const others: TimedState[] = []
    for (const { source, aheadMs, buckets } of find(series, id)) {
      const states = 'closedThroughMs' in source ? closed : others
      for (const [hourMs, state] of buckets) {
        const { fromMs, untilMs } = spanOf(source, hourMs, aheadMs)
        states.push({ fromMs, untilMs, hourMs, state })
      }
    }
    return {
      closed: { states: closed, answers: new Map() },
      open: { states: others, answers: new Map() },
      answers: new Map(),
    }
  }
  const entityOf = (series: Series, id: string): Entity => {
    const own = entities.get(series.id) ?? new Map<string, Entity>()
    entities.set(series.id, own)
    const entity = own.get(id) ?? open(series, id)
    own.set(id, entity)
    return entity
  }
  return {
    bucketsOf(series, id, timeMs, windowHours, isNearLine) {
      const { closed, open } = entityOf(series, id)
      const buckets: Buckets = new Map()
      for (const one of isNearLine ? [...closed.states, ...open.states] : closed.states)
        if (beginOf(one) <= timeMs && timeMs < endOf(one, windowHours))
          addState(series, buckets, one.hourMs, one.state)
      removeEmpty(series, buckets)
      return [...buckets].sort(([a], [b]) => a - b)
    },
    stateOf(series, id, timeMs, windowHours, isNearLine) {
      const entity = entityOf(series, id)
      return isNearLine
        ? askBoth(series, entity, timeMs, windowHours).merged
        : askPart(series, entity.closed, timeMs, windowHours).merged
    },
  }
}

/** Whether an entity with an id belongs to some user of a shard. Entities of other kinds do. */
export function ofUsers(
  { entity }: Pick<Series, 'entity'>,
  isOwn: (row: { user: string }) => boolean,
): (row: { id: string }) => boolean {
  const parts = entity.split('+')
  if (entity === 'user') return ({ id }) => isOwn({ user: id })
  // A user's id is a hash, so the separator next to it is no part of it.
  if (parts[0] === 'user')
    return ({ id }) => isOwn({ user: id.slice(0, id.indexOf(VALUE_SEPARATOR)) })
  if (parts[1] === 'user')
    return ({ id }) => isOwn({ user: id.slice(id.lastIndexOf(VALUE_SEPARATOR) + 1) })
  return () => true
}
