import type { DeltaRow } from '../contract/rows.ts'
import { HOUR_MS } from '../contract/time.ts'
import { openAttribute, type Series, VALUES_SK, valuesPk } from '../contract/values.ts'
import type { RowUpdate } from '../core/tables.ts'
import { type Block, encodeBlock } from './block.ts'
import { isUniversal } from './series.ts'
import { addState } from './states/states.ts'
import { isFolded, type Mark } from './visibility.ts'

/** What one drop adds to one entity. */
interface EntityDelta {
  entity: string
  id: string
  block: Block
}
/** By entity and id. */
export type EntityDeltas = Map<string, EntityDelta>

/** Adds a state to an entity's block. */
function addDelta(
  deltas: EntityDeltas,
  series: Series,
  { id, hourMs, aheadMs }: { id: string; hourMs: number; aheadMs: number },
  state: unknown,
): void {
  const key = `${series.entity}\n${id}`
  let found = deltas.get(key)
  if (!found) {
    found = { entity: series.entity, id, block: { aheadMs: 0, series: new Map() } }
    deltas.set(key, found)
  }
  const { block } = found
  block.aheadMs = Math.max(block.aheadMs, aheadMs)
  let one = block.series.get(series.id)
  if (!one) {
    one = { series, buckets: new Map() }
    block.series.set(series.id, one)
  }
  addState(series, one.buckets, hourMs, state)
}

/** The series that count an event of users or items. */
export function universalSeries(series: readonly Series[]): Map<string, Series> {
  return new Map(series.filter(isUniversal).map((one) => [`${one.entity}\n${one.event}`, one]))
}

/** Adds the counts of a drop, of the series that count them. */
export function addCounts(
  deltas: EntityDeltas,
  rows: readonly DeltaRow[],
  series: readonly Series[],
): void {
  const byEvent = universalSeries(series)
  for (const row of rows) {
    const one = byEvent.get(`${row.kind}\n${row.event}`)
    if (one) addDelta(deltas, one, row, row.count)
  }
}

/** Whether a window that ends at the arrival or later can count any of these hours. */
const isStillCounted = ({ block }: EntityDelta, arrivalMs: number): boolean =>
  [...block.series.values()].some(({ series, buckets }) =>
    [...buckets.keys()].some((hourMs) => hourMs + (series.keepHours + 1) * HOUR_MS > arrivalMs),
  )
const isWhollyFolded = ({ block }: EntityDelta, arrivalMs: number, mark: Mark | null): boolean =>
  [...block.series.values()].every(({ buckets }) =>
    [...buckets.keys()].every((hourMs) => isFolded({ arrivalMs, hourMs }, mark)),
  )

/** When a row expires, in seconds: a day after the longest window that begins at the write. */
export function expirySeconds(series: readonly Series[], writtenMs: number): number {
  const keepHours = series.reduce((longest, one) => Math.max(longest, one.keepHours), 0)
  return Math.ceil((writtenMs + (keepHours + 24) * HOUR_MS) / 1000)
}
/**
 * One update for each entity of a drop: its own attribute of the row, so that a repeat writes the same
 * bytes and no read is needed. Entities are left out whose hours are all folded, or in no window.
 */
export function openUpdates(
  scene: string,
  { arrivalMs, drop }: { arrivalMs: number; drop: string },
  deltas: EntityDeltas,
  mark: Mark | null,
  expiresAt: number,
): RowUpdate[] {
  const attribute = openAttribute(arrivalMs, drop)
  return [...deltas.values()]
    .filter((delta) => isStillCounted(delta, arrivalMs) && !isWhollyFolded(delta, arrivalMs, mark))
    .map(({ entity, id, block }) => ({
      pk: valuesPk(scene, entity, id),
      sk: VALUES_SK,
      set: { [attribute]: encodeBlock(block) },
      // Its folds move the expiry on.
      setIfNew: { expiresAt },
    }))
}
