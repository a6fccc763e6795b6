import type { Catalogue } from './catalogue.ts'
import type { Links } from './links.ts'
import type { Series } from './series.ts'
import type { Spaces } from './spaces.ts'

/** What is known of entities. The samples' timeline and the reader implement it by the same rule. */
export interface Values {
  /**
   * The merged state of the visible events of a series, in a window of whole event hours that ends
   * with the hour of t. Null: there is no such event. See `visibility.ts`.
   */
  stateOf(
    series: Series,
    entityId: string,
    timeMs: number,
    windowHours: number,
    isNearLine: boolean,
  ): unknown
  /** The same events by event hour: each hour once, in ascending order. Hours without any are left out. */
  bucketsOf(
    series: Series,
    entityId: string,
    timeMs: number,
    windowHours: number,
    isNearLine: boolean,
  ): Iterable<readonly [hourMs: number, state: unknown]>
  items: Catalogue
  users: Catalogue
  /** Absent: no space was served. */
  spaces?: Spaces | undefined
  /** Absent: no knowledge graph was served. */
  links?: Links | undefined
}

export type CountedKind = 'user' | 'item'

/** Rows whose counts are wanted, as columns. */
export interface AskedRows extends Readonly<Record<CountedKind, readonly string[]>> {
  timeMs: Float64Array
}
/** One count of all rows, as a column. */
export type CountsAsOf = (
  kind: CountedKind,
  event: string,
  windowHours: number,
  isNearLine: boolean,
) => Int32Array
