import fc from 'fast-check'
import type { Series } from '../../functions/contract/values.ts'
import { createByteReader, createByteWriter } from '../../functions/core/bytes.ts'
import type { RecordedEvent } from '../../functions/features/states/state.ts'
import { stateKindOf } from '../../functions/features/states/states.ts'

export interface EventFields {
  timeMs: number
  event: string
  user: string
  item: string
  value: number | null
  position: number | null
  id: string
  category: string | null
}

/** An event whose item has one attribute, its category. */
export const recorded = (fields: Partial<EventFields> = {}): RecordedEvent => {
  const { category = null, ...given } = fields
  const event = {
    timeMs: 0,
    event: 'click',
    user: 'ann',
    item: 'tea',
    value: null,
    position: null,
    id: 'e',
    ...given,
  }
  return {
    ...event,
    textOf: (of) =>
      of === 'item.id'
        ? event.item
        : of === 'value'
          ? event.value === null
            ? null
            : String(event.value)
          : category,
    numberOf: (of) => (of === 'value' ? event.value : null),
  }
}

export const eventFields = fc.record({
  timeMs: fc.nat(3_600_000 * 3),
  event: fc.constant('click'),
  user: fc.constant('ann'),
  item: fc.integer({ min: 0, max: 400 }).map((n) => `item ${n}`),
  value: fc.oneof(
    fc.constant(null),
    fc.integer({ min: -5, max: 5 }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  ),
  position: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 12 })),
  id: fc.nat(50).map((n) => n.toString(16)),
  category: fc.oneof(
    fc.constant(null),
    fc.constantFrom('tea', 'tea\u001fcup', 'pot', 'Kanne \u00e4'),
  ),
})

type Kind = Pick<Series, 'state' | 'parameters'>

/**
 * The bytes of the state of events. They are merged in a drawn grouping, or, without cuts, one after
 * another. Null: they have no state.
 */
export function bytesOf(series: Kind, events: readonly RecordedEvent[], cuts: readonly number[]) {
  const kind = stateKindOf(series)
  const merge = (a: unknown, b: unknown): unknown =>
    a === null || b === null ? (a ?? b) : kind.merge(a, b, series.parameters)
  if (cuts.length === 0) {
    const state = events.reduce<unknown>(
      (sum, event) => merge(sum, kind.record(event, series.parameters)),
      null,
    )
    return state === null ? null : written(series, state)
  }
  const states: unknown[] = events.map((event) => kind.record(event, series.parameters))
  // Each cut merges two neighbours, wherever they are, until one state is left.
  for (let n = 0; states.length > 1; n++) {
    const at = (cuts[n % cuts.length] ?? 0) % (states.length - 1)
    states.splice(at, 2, merge(states[at], states[at + 1]))
  }
  return states[0] === undefined || states[0] === null ? null : written(series, states[0])
}
export function written(series: Kind, state: unknown): Uint8Array {
  const writer = createByteWriter()
  stateKindOf(series).write(writer, state)
  return writer.finish()
}
export function readBack<S>(series: Kind, bytes: Uint8Array): S {
  const reader = createByteReader(bytes, 'the state')
  const state = stateKindOf(series).read(reader)
  if (reader.left > 0) throw new Error(`${reader.left} bytes are left`)
  return state as S
}
