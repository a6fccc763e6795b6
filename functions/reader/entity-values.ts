import type { Attributes } from '../contract/events.ts'
import { HOUR_MS } from '../contract/time.ts'
import {
  type FoldedRow,
  NEAR_LINE_SECONDS,
  parseFolded,
  parseOpenAttribute,
  type Series,
  statementSchema,
} from '../contract/values.ts'
import { CorruptArtifact } from '../core/errors.ts'
import type { TableRow } from '../core/tables.ts'
import { bucketsIn, type OpenBlock, openBlock, sumCounts } from '../features/block.ts'
import { addState, type Buckets, stateKindOf } from '../features/states/states.ts'
import { hasArrived, laterMark, type Mark } from '../features/visibility.ts'
import { firstOpenHour, type Hours, startingAt, windowAt } from './visible-hours.ts'

/** Which events of a series are asked for. */
type Window = [timeMs: number, windowHours: number, isNearLine: boolean]

/** What one row of the online table says about an entity, by the rule of what is visible. */
export interface EntityValues {
  /** The later of the row's own mark and the scene's. */
  readonly mark: Mark | null
  /** As `Values.stateOf`. */
  stateOf(series: Series, ...window: Window): unknown
  /** As `Values.bucketsOf`. */
  bucketsOf(series: Series, ...window: Window): [hourMs: number, state: unknown][]
  /** Attributes of the newest statement that is visible at an instant, or null. */
  attributesOf(timeMs: number): Attributes | null
}

interface Blocks {
  ring: OpenBlock | null
  /** One for each drop. */
  open: { arrivalMs: number; block: OpenBlock }[]
}
interface EntityState extends Blocks {
  mark: Mark | null
  exclusions: FoldedRow['exclusions']
  nearLineMs: number
}
const NOTHING: Blocks & { rowMark: Mark | null } = { rowMark: null, ring: null, open: [] }

function bytesOf(value: unknown, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new CorruptArtifact(`${what}: got ${typeof value}, expected bytes`)
}

/** Finds and checks the blocks of a row. Throws CorruptArtifact. */
function openBlocks(row: TableRow): typeof NOTHING {
  const { ring, folded } = row
  const rowMark = typeof folded === 'string' ? parseFolded(folded) : null
  if (folded !== undefined && rowMark === null)
    throw new CorruptArtifact(`folded: got ${JSON.stringify(folded)}, expected a mark`)
  const open: Blocks['open'] = []
  for (const name of Object.keys(row)) {
    const drop = parseOpenAttribute(name)
    if (drop)
      open.push({ arrivalMs: drop.arrivalMs, block: openBlock(bytesOf(row[name], name), name) })
  }
  return {
    rowMark,
    ring: ring === undefined ? null : openBlock(bytesOf(ring, 'ring'), 'ring'),
    open,
  }
}

/** The blocks that are visible at t, each with the event hours that it stands for. */
function* visibleIn(
  { ring, open, mark, exclusions, nearLineMs }: EntityState,
  [timeMs, windowHours, isNearLine]: Window,
): Generator<[OpenBlock, readonly Hours[]]> {
  const hours = windowAt(timeMs, windowHours, exclusions)
  if (ring) yield [ring, hours]
  if (!isNearLine) return
  for (const { arrivalMs, block } of open)
    if (hasArrived({ arrivalMs, aheadMs: block.aheadMs }, timeMs, nearLineMs))
      yield [block, startingAt(hours, firstOpenHour({ arrivalMs }, mark))]
}

const isWithin = (hourMs: number, hours: readonly Hours[]): boolean =>
  hours.some(({ fromMs, throughMs }) => hourMs >= fromMs && hourMs < throughMs)

/** Sums straight from the bytes. */
function countIn(state: EntityState, { id }: Series, window: Window): number | null {
  let sum = 0
  for (const [block, hours] of visibleIn(state, window))
    for (const { fromMs, throughMs } of hours)
      sum += sumCounts(block, id, fromMs, throughMs - HOUR_MS)
  return sum === 0 ? null : sum
}

function stateIn(state: EntityState, series: Series, window: Window): unknown {
  if (series.state === 'count') return countIn(state, series, window)
  const { merge } = stateKindOf(series)
  let merged: unknown = null
  for (const [block, hours] of visibleIn(state, window))
    for (const [hourMs, one] of bucketsIn(block, series))
      if (isWithin(hourMs, hours))
        merged = merged === null ? one : merge(merged, one, series.parameters)
  return merged
}

function bucketsWithin(
  state: EntityState,
  series: Series,
  window: Window,
): [hourMs: number, state: unknown][] {
  const buckets: Buckets = new Map()
  for (const [block, hours] of visibleIn(state, window))
    for (const [hourMs, one] of bucketsIn(block, series))
      if (isWithin(hourMs, hours)) addState(series, buckets, hourMs, one)
  return [...buckets].sort(([a], [b]) => a - b)
}

/** The row's statements, the newest first. */
const statementsOf = ({ statement, previous }: TableRow) =>
  [statement, previous]
    .filter((one) => one != null)
    .map((one) => statementSchema.parse(one))
    .map(({ knowableMs, attributes }) => ({
      knowableMs,
      attributes: JSON.parse(attributes) as Attributes,
    }))

/** δ, where a scene has no FOLDED row yet: that of a scene that does not set it. */
const NEAR_LINE_MS = NEAR_LINE_SECONDS * 1000

/**
 * Opens a row; `folded` is what was known before the row was read. A block of a newer format, or with
 * damaged bytes, is reported once. The entity then has no events, and other entities are unaffected.
 */
export function openEntity(
  row: TableRow,
  folded: FoldedRow | null,
  report: (fault: unknown) => void,
): EntityValues {
  const nearLineMs = folded?.nearLineMs ?? NEAR_LINE_MS
  function readOr<Value>(otherwise: Value, read: () => Value): Value {
    try {
      return read()
    } catch (fault) {
      report(fault)
      return otherwise
    }
  }
  const { rowMark, ...blocks } = readOr(NOTHING, () => openBlocks(row))
  const mark = laterMark(rowMark, folded)
  let state: EntityState = { ...blocks, mark, exclusions: folded?.exclusions ?? [], nearLineMs }
  function readStates<Value>(otherwise: Value, read: () => Value): Value {
    return readOr(otherwise, () => {
      try {
        return read()
      } catch (fault) {
        state = { ...state, ring: null, open: [] }
        throw fault
      }
    })
  }
  const statements = readOr([], () => statementsOf(row))
  return {
    mark,
    stateOf: (series, ...window) => readStates(null, () => stateIn(state, series, window)),
    bucketsOf: (series, ...window) => readStates([], () => bucketsWithin(state, series, window)),
    attributesOf: (timeMs) =>
      statements.find(({ knowableMs }) => knowableMs + nearLineMs <= timeMs)?.attributes ?? null,
  }
}
