import type { CounterRow } from '../contract/rows.ts'
import {
  type FoldPlan,
  foldedText,
  KEPT_UNTIL,
  OPEN_PREFIX,
  parseFolded,
  parseOpenAttribute,
  type Series,
} from '../contract/values.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { RowUpdate, TableRow } from '../core/tables.ts'
import { type Block, decodeBlock, encodeBlock } from './block.ts'
import { isFilled, keptFrom, seriesDigest } from './fold-plan.ts'
import { expirySeconds, universalSeries } from './open-blocks.ts'
import { addState, type Buckets, removeEmpty } from './states/states.ts'
import { isFolded } from './visibility.ts'

/** The states of one entity, by the id of the series. */
type SeriesBuckets = Map<string, Buckets>
/** What closings hold of one entity. */
export interface ClosedStates {
  /** Of series that the rows hold: by closing, because a row may hold the first ones already. */
  later: Map<number, SeriesBuckets>
  /** Of series that the rows do not hold: their whole window. */
  filling: SeriesBuckets
}

/** What every row of a fold needs. */
export interface Folding {
  plan: FoldPlan
  seriesById: ReadonlyMap<string, Series>
  /** Those that count events of users or items, by entity and event. */
  universal: ReadonlyMap<string, Series>
  /** Series that are filled from all closings of their window. */
  isFilling: ReadonlySet<string>
  folded: string
}
export function openFolding(plan: FoldPlan): Folding {
  const { series, basis } = plan
  return {
    plan,
    universal: universalSeries(series),
    seriesById: new Map(series.map((one) => [one.id, one])),
    isFilling: new Set(series.filter((one) => !isFilled(one, basis)).map(({ id }) => id)),
    folded: foldedText(plan, seriesDigest(series)),
  }
}

/** An entity that closings hold something of. */
export interface ClosedEntity {
  entity: string
  id: string
  states: ClosedStates
}
/** By entity and id. */
export type ClosedEntities = Map<string, ClosedEntity>

/** Adds a state that a closing holds, unless the rows have it or no window needs it. */
export function addClosed(
  entities: ClosedEntities,
  { plan, isFilling }: Folding,
  closingMs: number,
  { series, id, hourMs, state }: { series: Series; id: string; hourMs: number; state: unknown },
): void {
  if (hourMs < keptFrom(series, plan.closedThroughMs)) return
  const isNew = isFilling.has(series.id)
  if (!isNew && plan.basis && closingMs <= plan.basis.closedThroughMs) return
  const key = `${series.entity}\n${id}`
  let found = entities.get(key)
  if (!found) {
    const states: ClosedStates = { later: new Map(), filling: new Map() }
    found = { entity: series.entity, id, states }
    entities.set(key, found)
  }
  const { later, filling } = found.states
  let into = filling
  if (!isNew) {
    into = later.get(closingMs) ?? new Map()
    later.set(closingMs, into)
  }
  let buckets = into.get(series.id)
  if (!buckets) {
    buckets = new Map()
    into.set(series.id, buckets)
  }
  addState(series, buckets, hourMs, state)
}

/** Adds what a closing counted, for the series that count it. */
export function addCounters(
  entities: ClosedEntities,
  folding: Folding,
  closingMs: number,
  rows: readonly CounterRow[],
): void {
  for (const { kind, id, event, hourMs, count } of rows) {
    const series = folding.universal.get(`${kind}\n${event}`)
    if (series) addClosed(entities, folding, closingMs, { series, id, hourMs, state: count })
  }
}

function addBuckets(block: Block, series: Series, buckets: Buckets): void {
  let into = block.series.get(series.id)
  if (!into) {
    into = { series, buckets: new Map() }
    block.series.set(series.id, into)
  }
  for (const [hourMs, state] of buckets) addState(series, into.buckets, hourMs, state)
}

/** The ring after the closings that the row does not hold yet, without hours that no window needs. */
function ringAfter(
  { plan, seriesById, isFilling }: Folding,
  before: Block,
  heldThroughMs: number,
  { later, filling }: ClosedStates,
): Block {
  const ring: Block = { aheadMs: 0, series: new Map(before.series) }
  for (const id of isFilling) ring.series.delete(id)
  for (const [closedThroughMs, bySeries] of later)
    if (closedThroughMs > heldThroughMs)
      for (const [id, buckets] of bySeries) addBuckets(ring, seriesById.get(id)!, buckets)
  for (const [id, buckets] of filling) addBuckets(ring, seriesById.get(id)!, buckets)
  for (const { series, buckets } of ring.series.values()) {
    for (const hourMs of buckets.keys())
      if (hourMs < keptFrom(series, plan.closedThroughMs)) buckets.delete(hourMs)
    removeEmpty(series, buckets)
  }
  return ring
}

const bytesOf = (row: TableRow, name: string, what: string): Uint8Array => {
  const bytes = row[name]
  if (bytes instanceof Uint8Array) return bytes
  throw new CorruptArtifact(`${what}: got ${typeof bytes}, expected bytes`)
}

/** The drops whose hours are all folded. A block that no reader can read stays as it is. */
function foldedDrops({ plan, seriesById }: Folding, row: TableRow, what: string): string[] {
  return Object.keys(row).filter((name) => {
    if (!name.startsWith(OPEN_PREFIX)) return false
    const drop = parseOpenAttribute(name)
    if (!drop || drop.arrivalMs > plan.arrivedThroughMs) return false
    const block = decodeBlock(bytesOf(row, name, `${what} ${name}`), seriesById, `${what} ${name}`)
    return [...block.series.values()].every(({ buckets }) =>
      [...buckets.keys()].every((hourMs) => isFolded({ ...drop, hourMs }, plan)),
    )
  })
}

/**
 * How a row takes in a fold: a change that holds only while `folded` is as it was read. Null: the row
 * holds this closing or a later one. Throws CorruptArtifact for a row of a newer format.
 */
export function foldRow(
  folding: Folding,
  row: TableRow,
  states: ClosedStates,
  what: string,
): Pick<RowUpdate, 'set' | 'remove' | 'ifEquals'> | null {
  const { plan, seriesById, folded } = folding
  const value = (row['folded'] as string | undefined) ?? null
  const held = value === null ? null : parseFolded(value)
  if (value !== null && !held)
    throw new CorruptArtifact(`${what}: folded is ${JSON.stringify(value)}, expected a mark`)
  if (held && (held.closedThroughMs > plan.closedThroughMs || value === folded)) return null
  const before: Block =
    row['ring'] === undefined
      ? { aheadMs: 0, series: new Map() }
      : decodeBlock(bytesOf(row, 'ring', `${what} ring`), seriesById, `${what} ring`)
  const heldThroughMs = Math.max(
    held?.closedThroughMs ?? Number.NEGATIVE_INFINITY,
    plan.basis?.closedThroughMs ?? Number.NEGATIVE_INFINITY,
  )
  const keptUntil = (row[KEPT_UNTIL] as number | undefined) ?? null
  const expiresAt = expirySeconds(plan.series, plan.scheduledMs)
  const ring = ringAfter(folding, before, heldThroughMs, states)
  return {
    set: { ring: encodeBlock(ring), folded, expiresAt: keptUntil ?? expiresAt },
    remove: foldedDrops(folding, row, what),
    ifEquals: { folded: value, [KEPT_UNTIL]: keptUntil },
  }
}
