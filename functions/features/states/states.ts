import type { Series } from '../../contract/values.ts'
import { count } from './count.ts'
import { distinct } from './distinct.ts'
import { last } from './last.ts'
import { lastItems } from './last-items.ts'
import { lastValue } from './last-value.ts'
import { minutes } from './minutes.ts'
import { quantiles } from './quantiles.ts'
import type { StateKind } from './state.ts'
import { sum } from './sum.ts'
import { tally } from './tally.ts'
import { weighted } from './weighted.ts'

/** Every kind of state, by its name in a series. Its states are opaque outside of its own file. */
const STATES = {
  count,
  sum,
  weighted,
  last,
  'last-value': lastValue,
  'last-items': lastItems,
  distinct,
  quantiles,
  tally,
  minutes,
} as const satisfies Record<Series['state'], object>

export const stateKindOf = ({ state }: Pick<Series, 'state'>): StateKind<unknown, unknown> =>
  STATES[state] as StateKind<unknown, unknown>

/** The states of one series, by event hour. */
export type Buckets = Map<number, unknown>

/** Adds a state to the bucket of its hour. */
export function addState(
  series: Pick<Series, 'state' | 'parameters'>,
  buckets: Buckets,
  hourMs: number,
  state: unknown,
): void {
  const before = buckets.get(hourMs)
  buckets.set(
    hourMs,
    before === undefined ? state : stateKindOf(series).merge(before, state, series.parameters),
  )
}

/** Removes the buckets from which everything was taken away. */
export function removeEmpty(series: Pick<Series, 'state'>, buckets: Buckets): void {
  const { isEmpty } = stateKindOf(series)
  if (!isEmpty) return
  for (const [hourMs, state] of buckets) if (isEmpty(state)) buckets.delete(hourMs)
}
