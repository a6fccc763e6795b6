import type { Attributes, Kind, StatementKind } from '../contract/events.ts'
import type { EntityRow, EventRow, ServedRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import { sha256Hex } from '../core/digest.ts'
import {
  factsOf,
  type LineFacts,
  type LineRecords,
  RecordOfKind,
  type RecordReader,
} from './adapters/adapter.ts'
import { writeAttributes } from './attributes.ts'
import { checkEvent, checkServed, checkStatement } from './check.ts'
import type { Pseudonymize } from './identity.ts'
import { decodeText, Flaw, isFlaw, Warning } from './json-record.ts'
import {
  MAX_LINE_BYTES,
  MAX_LINE_ROWS_BYTES,
  MAX_REMEMBERED_STATEMENTS,
  ROW_BYTES,
} from './limits.ts'
import type { Line } from './lines.ts'
import { normalizeEvent, normalizeServed, normalizeStatement, type Origin } from './normalize.ts'

type Json = Record<string, unknown>

/** A row of the lake with its kind, and the bytes of text that only this row holds. */
export type KindRow = { bytes: number } & (
  | { kind: 'events'; row: EventRow }
  | { kind: StatementKind; row: EntityRow }
  | { kind: 'served'; row: ServedRow }
)

/** The result of one line: its rows and their warnings, its flaw, or null if it is not a record. */
export type Made = { rows: KindRow[]; warnings: Warning[] } | Flaw | null

const bytesOf = (...texts: (string | null)[]): number =>
  texts.reduce((sum, text) => sum + (text === null ? 0 : Buffer.byteLength(text)), 0)
const ILL_FORMED = 'got half of a surrogate pair; U+FFFD replaces it'

/** The settings of a line reader, and what it remembers of earlier lines. */
interface LinesState {
  scene: Scene
  kind: Kind
  drop: string
  pseudonymize: Pseudonymize
  reader: RecordReader
  /** Digests of the statements so far, by kind and id. */
  known: Map<string, string>
  rows: number
  /**
   * The context of the last event that had one. Rows of a slate share it, and so do lines with the
   * same context.
   */
  shared: { from: Attributes; json: string } | null
}

function isNews({ known }: LinesState, kind: Kind, { id, attributes }: EntityRow): boolean {
  const name = `${kind}\n${id}`
  const digest = sha256Hex(attributes).slice(0, 16)
  if (known.get(name) === digest) return false
  if (known.has(name) || known.size < MAX_REMEMBERED_STATEMENTS) known.set(name, digest)
  return true
}

function eventOf(
  state: LinesState,
  fields: Json,
  origin: Origin,
  warnings: Warning[],
): KindRow | Flaw {
  const { scene, pseudonymize, shared } = state
  const event = checkEvent(fields, scene, origin.arrivalMs, shared?.from)
  if (isFlaw(event)) return event
  const { context } = event
  let bytes = bytesOf(event.itemId)
  if (context !== undefined && context !== shared?.from) {
    const { json, isMended } = writeAttributes(context)
    if (isMended) warnings.push(new Warning('ill_formed_text', `context: ${ILL_FORMED}`))
    const isSame = json === shared?.json
    state.shared = { from: context, json: isSame ? shared!.json : json }
    if (!isSame) bytes += bytesOf(json)
  }
  const json = context === undefined ? null : state.shared!.json
  return { kind: 'events', row: normalizeEvent(event, pseudonymize, origin, json), bytes }
}

function statementOf(
  { scene, pseudonymize }: LinesState,
  fields: Json,
  kind: StatementKind,
  origin: Origin,
  warnings: Warning[],
): KindRow | Flaw {
  const statement = checkStatement(fields, kind, scene, origin.arrivalMs)
  if (isFlaw(statement)) return statement
  const { json, isMended } = writeAttributes(statement.attributes)
  const row = normalizeStatement(statement, kind, pseudonymize, origin, json)
  if (isMended) warnings.push(new Warning('ill_formed_text', `attributes: ${ILL_FORMED}`))
  for (const name of ['title', 'text'] as const)
    if (row[name] !== statement[name])
      warnings.push(new Warning('ill_formed_text', `${name}: ${ILL_FORMED}`))
  return { kind, row, bytes: bytesOf(row.id, json, row.title, row.text) }
}

function servedOf(
  { scene, pseudonymize }: LinesState,
  fields: Json,
  origin: Origin,
  warnings: Warning[],
): KindRow | Flaw {
  const served = checkServed(fields, scene, origin.arrivalMs)
  if (isFlaw(served)) return served
  const context = served.context === undefined ? null : writeAttributes(served.context)
  if (context?.isMended) warnings.push(new Warning('ill_formed_text', `context: ${ILL_FORMED}`))
  const row = normalizeServed(served, pseudonymize, origin, context?.json ?? null)
  return { kind: 'served', row, bytes: bytesOf(row.item, row.context, row.cells) }
}

/** A record of a kind as its row. */
function rowOf(
  state: LinesState,
  kind: Kind,
  fields: Json,
  origin: Origin,
  warnings: Warning[],
): KindRow | Flaw {
  if (kind === 'events') return eventOf(state, fields, origin, warnings)
  if (kind === 'served') return servedOf(state, fields, origin, warnings)
  return statementOf(state, fields, kind, origin, warnings)
}

/** The rows of one line. If one is flawed, the line has no rows. */
function take(state: LinesState, read: LineRecords, length: number, arrivalMs: number): Made {
  const { reader, kind, drop } = state
  const made: KindRow[] = []
  const warnings: Warning[] = []
  const kept = reader.cutsLine ? length : 0
  let bytes = kept
  for (const record of read) {
    if (record instanceof Warning) {
      warnings.push(record)
      continue
    }
    if (isFlaw(record)) return record
    const origin = { drop, arrivalMs, row: state.rows + made.length }
    const rowKind = record instanceof RecordOfKind ? record.kind : kind
    const fields = record instanceof RecordOfKind ? record.record : record
    const row = rowOf(state, rowKind, fields, origin, warnings)
    if (isFlaw(row)) return row
    if (made.length === 0) row.bytes += kept
    bytes += ROW_BYTES + row.bytes
    if (bytes > MAX_LINE_ROWS_BYTES)
      return new Flaw(
        'rows_too_large',
        `its first ${made.length + 1} rows hold more than ${MAX_LINE_ROWS_BYTES} bytes, because each row repeats what the line says of all items: write less of that, or fewer items in a line`,
      )
    made.push(row)
  }
  state.rows += made.length
  const news = made.filter(
    (found) => found.kind === kind || isNews(state, found.kind, found.row as EntityRow),
  )
  return { rows: news, warnings }
}

const NO_LINES: RecordReader = { read: () => null }

/** Turns the only record of a drop, which is no line, into a checked row. */
export function makeOnlyRecord(
  scene: Scene,
  kind: Kind,
  { drop, arrivalMs }: { drop: string; arrivalMs: number },
  pseudonymize: Pseudonymize,
  record: Json,
): NonNullable<Made> {
  const known = new Map<string, string>()
  const state = { scene, kind, drop, pseudonymize, reader: NO_LINES, known, rows: 0, shared: null }
  return take(state, [record], 0, arrivalMs)!
}

/**
 * Turns the lines of one drop into checked rows, in order. If an event log repeats a statement with
 * every event, it is kept once, and again when it changes. `arrivalOf` returns when a line arrived,
 * if needed from the line's facts.
 */
export function createLineReader(
  scene: Scene,
  kind: Kind,
  drop: string,
  pseudonymize: Pseudonymize,
  reader: RecordReader,
): (line: Line, arrivalOf: (facts: () => LineFacts) => number) => Made {
  const state: LinesState = {
    scene,
    kind,
    drop,
    pseudonymize,
    reader,
    known: new Map(),
    rows: 0,
    shared: null,
  }
  return ({ bytes, length }, arrivalOf) => {
    if (length > MAX_LINE_BYTES) {
      const detail = `got ${length} bytes, expected at most ${MAX_LINE_BYTES}`
      return new Flaw('line_too_long', detail)
    }
    const text = decodeText(bytes)
    if (typeof text !== 'string') return text
    if (text.trim() === '') return null
    const read = reader.read(text)
    if (read === null || isFlaw(read)) return read
    const arrivalMs = arrivalOf(() => factsOf(reader, text, read))
    return take(state, read, length, arrivalMs)
  }
}
