import type { Feature, StoredFeature } from '../contract/features.ts'
import type { Columns, EventRow } from '../contract/rows.ts'
import type { Series } from '../contract/values.ts'
import type { Cell, FeatureKind, Seen } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import { seriesOfFeature } from './series.ts'
import { type Attribute, entityIdsOf, openAttributes, textsOf } from './sources.ts'
import { stateKindOf } from './states/states.ts'
import type { Values } from './values.ts'

export type { StoredFeature } from '../contract/features.ts'

const isStored = (feature: Feature): feature is StoredFeature => feature.kind !== 'cross'

/** The columns that a scene's features add to a sample file. */
export const featureColumns = (features: readonly Feature[]): Columns =>
  Object.fromEntries(
    features
      .filter(isStored)
      .map((feature) => [`f_${feature.name}`, kindOf<Feature>(feature).column!] as const),
  )

/** An impression whose features are wanted. */
export type Shown = Pick<EventRow, 'timeMs' | 'user' | 'item' | 'position' | 'release' | 'context'>
export type FeatureCells = Record<`f_${string}`, Cell>

interface Prepared {
  feature: Feature
  kind: FeatureKind<Feature>
  series: readonly Series[]
  column: `f_${string}`
}
const prepared = new WeakMap<readonly Feature[], readonly Prepared[]>()
/** Prepared once for each list of features: the ids of series are digests. */
function prepare(features: readonly Feature[]): readonly Prepared[] {
  const before = prepared.get(features)
  if (before) return before
  const made = features.filter(isStored).map(
    (feature: Feature): Prepared => ({
      feature,
      kind: kindOf(feature),
      series: seriesOfFeature(feature),
      column: `f_${feature.name}`,
    }),
  )
  prepared.set(features, made)
  return made
}

/** One row of a slate, as the feature that `at` names sees it. */
class SeenRow implements Seen {
  readonly cells: FeatureCells = {}
  readonly timeMs: number
  readonly position: number | null
  readonly release: string | null
  readonly attributeOf: (source: string) => Attribute | null
  readonly #row: Shown
  readonly #values: Values
  readonly #slate: readonly SeenRow[]
  readonly #ids = new Map<string, string[]>()
  #at: Prepared | null = null

  constructor(row: Shown, values: Values, slate: readonly SeenRow[]) {
    this.timeMs = row.timeMs
    this.position = row.position
    this.release = row.release
    this.attributeOf = openAttributes(row, row.timeMs, values)
    this.#row = row
    this.#values = values
    this.#slate = slate
  }
  make(at: Prepared): void {
    this.#at = at
    const isKnown = at.series.length === 0 || this.#idsOf(at.series[0]!.entity).length > 0
    this.cells[at.column] = isKnown ? at.kind.cell(at.feature, this) : null
  }
  textsOf(source: string): string[] {
    return textsOf(this.attributeOf(source))
  }
  cellOf(name: string): Cell {
    return this.cells[`f_${name}`] ?? null
  }
  slateCellsOf(name: string): Cell[] {
    return this.#slate.map((row) => row.cellOf(name))
  }
  #idsOf(entity: string): string[] {
    let ids = this.#ids.get(entity)
    if (!ids) {
      const { user, item } = this.#row
      ids = entityIdsOf(entity, { user, item, textsOf: (source) => this.textsOf(source) })
      this.#ids.set(entity, ids)
    }
    return ids
  }
  /** An attribute with several values names several entities: their states are merged. */
  state(role: number): unknown {
    const series = this.#at!.series[role]!
    let merged: unknown = null
    for (const id of this.#idsOf(series.entity)) {
      const { keepHours, isNearLine } = series
      const state = this.#values.stateOf(series, id, this.timeMs, keepHours, isNearLine)
      merged = mergeTwo(series, merged, state)
    }
    return merged
  }
  buckets(role: number): Iterable<readonly [number, unknown]> {
    const series = this.#at!.series[role]!
    const { keepHours, isNearLine } = series
    const [first, ...others] = this.#idsOf(series.entity).map((id) =>
      this.#values.bucketsOf(series, id, this.timeMs, keepHours, isNearLine),
    )
    if (others.length === 0) return first ?? []
    const merged = new Map(first)
    for (const buckets of others)
      for (const [hourMs, state] of buckets)
        merged.set(hourMs, mergeTwo(series, merged.get(hourMs) ?? null, state))
    return [...merged].sort(([a], [b]) => a - b)
  }
}

const mergeTwo = (series: Series, a: unknown, b: unknown): unknown =>
  a === null || b === null ? (a ?? b) : stateKindOf(series).merge(a, b, series.parameters)

/**
 * The `f_` cells of the impressions of one slate, only from what was visible to each. Features are made
 * in their order: one that reads another comes after it.
 */
export function slateCells(
  features: readonly Feature[],
  rows: readonly Shown[],
  values: Values,
): FeatureCells[] {
  const slate: SeenRow[] = []
  for (const row of rows) slate.push(new SeenRow(row, values, slate))
  for (const at of prepare(features)) for (const row of slate) row.make(at)
  return slate.map(({ cells }) => cells)
}

/** The `f_` cells of one impression, as the only one of its slate. */
export const featureCells = (
  features: readonly Feature[],
  row: Shown,
  values: Values,
): FeatureCells => slateCells(features, [row], values)[0]!
