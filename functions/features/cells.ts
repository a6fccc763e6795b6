import type { Feature, StoredFeature } from '../contract/features.ts'
import type { Columns, EventRow } from '../contract/rows.ts'
import type { Series } from '../contract/values.ts'
import type { Cell, FeatureKind, Seen } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { LinkGraph } from './links.ts'
import { isUniversal, seriesOfFeature } from './series.ts'
import { type Attribute, entityIdsOf, openAttributes, textsOf } from './sources.ts'
import { stateKindOf } from './states/states.ts'
import type { CountedKind, CountsAsOf, Values } from './values.ts'

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
type CellColumns = Record<`f_${string}`, Cell[]>

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

/** A feature with the counts of its series as columns, where it has them, and the column of its cells. */
interface Making extends Prepared {
  counts: readonly (Int32Array | null)[]
  cells: Cell[]
}

/** One row of a slate, as the feature that `make` names sees it. */
class SeenRow implements Seen {
  readonly timeMs: number
  readonly position: number | null
  readonly release: string | null
  readonly #row: Shown
  readonly #place: number
  readonly #values: Values
  readonly #slate: readonly SeenRow[]
  readonly #columns: CellColumns
  #attributeOf: ((source: string) => Attribute | null) | null = null
  #ids: Map<string, string[]> | null = null
  #at: Making | null = null

  constructor(
    row: Shown,
    place: number,
    values: Values,
    slate: readonly SeenRow[],
    columns: CellColumns,
  ) {
    this.timeMs = row.timeMs
    this.position = row.position
    this.release = row.release
    this.#row = row
    this.#place = place
    this.#values = values
    this.#slate = slate
    this.#columns = columns
  }
  make(at: Making): void {
    this.#at = at
    const { series, kind, feature, cells } = at
    const isKnown = series.length === 0 || at.counts[0] || this.#idsOf(series[0]!.entity).length > 0
    cells[this.#place] = isKnown ? kind.cell(feature, this) : null
  }
  attributeOf(source: string): Attribute | null {
    this.#attributeOf ??= openAttributes(this.#row, this.timeMs, this.#values)
    return this.#attributeOf(source)
  }
  spaceScore(): number | null {
    const { user, item } = this.#row
    return this.#values.spaces?.scoreOf(user, item, this.timeMs) ?? null
  }
  contentMatch(text: string): number | null {
    return this.#values.spaces?.contentMatchOf(text, this.#row.item, this.timeMs) ?? null
  }
  links(): LinkGraph | null {
    return this.#values.links?.servedAt(this.timeMs) ?? null
  }
  textsOf(source: string): string[] {
    return textsOf(this.attributeOf(source))
  }
  cellOf(name: string): Cell {
    return this.#columns[`f_${name}`]?.[this.#place] ?? null
  }
  slateCellsOf(name: string): Cell[] {
    return this.#slate.map((row) => row.cellOf(name))
  }
  #idsOf(entity: string): string[] {
    this.#ids ??= new Map()
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
    const counts = this.#at!.counts[role]
    if (counts) return counts[this.#place]! || null
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

/** The columns of the counts that features read, each made once. */
function openCounts(countOf: CountsAsOf) {
  const made = new Map<string, Int32Array>()
  return (series: Series): Int32Array | null => {
    if (!isUniversal(series)) return null
    const { entity, event, keepHours, isNearLine } = series
    const name = `${entity} ${event} ${keepHours} ${isNearLine}`
    const column = made.get(name) ?? countOf(entity as CountedKind, event, keepHours, isNearLine)
    made.set(name, column)
    return column
  }
}

/**
 * The `f_` cells of rows, as columns, only from what was visible to each row. A slate is the places of
 * its rows. Features are made in their order: one that reads another comes after it. `countOf` has the
 * counts of these rows, or else each is asked of the values.
 */
export function cellColumns(
  features: readonly Feature[],
  rows: readonly Shown[],
  slates: Iterable<readonly number[]>,
  values: Values,
  countOf?: CountsAsOf,
): CellColumns {
  const countsOf = countOf ? openCounts(countOf) : () => null
  const making = prepare(features).map((one) => ({
    ...one,
    counts: one.series.map(countsOf),
    cells: [] as Cell[],
  }))
  const columns: CellColumns = Object.fromEntries(
    making.map(({ column, cells }) => [column, cells]),
  )
  for (const places of slates) {
    const slate: SeenRow[] = []
    for (const place of places) slate.push(new SeenRow(rows[place]!, place, values, slate, columns))
    for (const at of making) for (const row of slate) row.make(at)
  }
  return columns
}

/** The `f_` cells of the impressions of one slate. */
export function slateCells(
  features: readonly Feature[],
  rows: readonly Shown[],
  values: Values,
): FeatureCells[] {
  const columns = Object.entries(cellColumns(features, rows, [rows.map((_, i) => i)], values))
  return rows.map((_, i) => {
    const cells: FeatureCells = {}
    for (const [name, column] of columns) cells[name as keyof FeatureCells] = column[i]!
    return cells
  })
}

/** The `f_` cells of one impression, as the only one of its slate. */
export const featureCells = (
  features: readonly Feature[],
  row: Shown,
  values: Values,
): FeatureCells => slateCells(features, [row], values)[0]!
