import {
  type FoldPlan,
  foldedText,
  OPEN_PREFIX,
  parseFolded,
  parseOpenAttribute,
  type Series,
} from '../contract/values.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { RowUpdate, TableRow } from '../core/tables.ts'
import { type Block, decodeBlock, encodeBlock } from './block.ts'
import { isFilled, keptFrom, seriesDigest } from './fold-plan.ts'
import { addState, type Buckets } from './states/states.ts'
import { isFolded } from './visibility.ts'

/** The states of one entity, by the id of the series. */
export type SeriesBuckets = Map<string, Buckets>
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
  /** Series that are filled from all closings of their window. */
  isFilling: ReadonlySet<string>
  folded: string
}
export function openFolding(plan: FoldPlan): Folding {
  const { series, basis } = plan
  return {
    plan,
    seriesById: new Map(series.map((one) => [one.id, one])),
    isFilling: new Set(series.filter((one) => !isFilled(one, basis)).map(({ id }) => id)),
    folded: foldedText(plan, seriesDigest(series)),
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
  for (const { series, buckets } of ring.series.values())
    for (const hourMs of buckets.keys())
      if (hourMs < keptFrom(series, plan.closedThroughMs)) buckets.delete(hourMs)
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
  const ring = ringAfter(folding, before, heldThroughMs, states)
  return {
    set: { ring: encodeBlock(ring), folded },
    remove: foldedDrops(folding, row, what),
    ifEquals: { attribute: 'folded', value },
  }
}
