import type { Series } from '../../contract/values.ts'
import { addState, type Buckets, stateKindOf } from './states.ts'

/**
 * States of one hour that wait to be merged, each of at least twice as many events as the next. So each
 * event is merged only log n times: 100,000 events of one entity would else copy a large state each.
 */
class Pile {
  readonly states: { state: unknown; events: number }[] = []
}

/** Adds the state of one event to its hour. `mergePiles` must follow the last one. */
export function addToPile(series: Series, buckets: Buckets, hourMs: number, state: unknown): void {
  // Numbers merge by one addition.
  if (typeof state === 'number') {
    addState(series, buckets, hourMs, state)
    return
  }
  const pile = (buckets.get(hourMs) as Pile | undefined) ?? new Pile()
  buckets.set(hourMs, pile)
  let top = { state, events: 1 }
  while (pile.states.at(-1)?.events === top.events) top = mergeTops(series, pile.states.pop()!, top)
  pile.states.push(top)
}
const mergeTops = (
  series: Series,
  a: Pile['states'][number],
  b: Pile['states'][number],
): Pile['states'][number] => ({
  state: stateKindOf(series).merge(a.state, b.state, series.parameters),
  events: a.events + b.events,
})

/** Merges what waits, and leaves one state for each hour. */
export function mergePiles(series: Series, buckets: Buckets): void {
  for (const [hourMs, pile] of buckets)
    if (pile instanceof Pile)
      buckets.set(hourMs, pile.states.reduceRight((a, b) => mergeTops(series, a, b)).state)
}
