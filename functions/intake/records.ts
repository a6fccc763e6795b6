import type { Kind } from '../contract/events.ts'
import type { EntityRow, EventRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import { sha256Hex } from '../core/digest.ts'
import {
  type AdapterRecord,
  factsOf,
  type LineFacts,
  RecordOfKind,
  type RecordReader,
} from './adapters/adapter.ts'
import { checkEvent, checkStatement } from './check.ts'
import type { Pseudonymize } from './identity.ts'
import { decodeText, Flaw, isFlaw } from './json-record.ts'
import { MAX_LINE_BYTES, MAX_REMEMBERED_STATEMENTS } from './limits.ts'
import type { Line } from './lines.ts'
import { normalizeEvent, normalizeStatement } from './normalize.ts'

/** A row of the lake, by the kind of what it is about. */
export type KindRow =
  | { kind: 'events'; row: EventRow }
  | { kind: Exclude<Kind, 'events'>; row: EntityRow }

/** What one line is: its rows, or its flaw; null for one that is no record. */
export type Made = KindRow[] | Flaw | null

/**
 * Turns the lines of one drop into checked rows, in order. A statement that an event log repeats
 * with every event is taken once, and again when it says something else. `arrivalOf` says when a
 * line arrived, by the facts of it where it asks for them.
 */
export function createLineReader(
  scene: Scene,
  kind: Kind,
  drop: string,
  pseudonymize: Pseudonymize,
  reader: RecordReader,
): (line: Line, arrivalOf: (facts: () => LineFacts) => number) => Made {
  const said = new Map<string, string>()
  let rows = 0

  const isNews = (of: Kind, { id, attributes }: EntityRow): boolean => {
    const name = `${of}\n${id}`
    const digest = sha256Hex(attributes).slice(0, 16)
    if (said.get(name) === digest) return false
    if (said.has(name) || said.size < MAX_REMEMBERED_STATEMENTS) said.set(name, digest)
    return true
  }

  function rowOf(record: AdapterRecord, arrivalMs: number, row: number): KindRow | Flaw {
    const origin = { drop, arrivalMs, row }
    const of = record instanceof RecordOfKind ? record.kind : kind
    const fields = record instanceof RecordOfKind ? record.record : record
    if (of === 'events') {
      const event = checkEvent(fields, scene, arrivalMs)
      if (isFlaw(event)) return event
      return { kind: of, row: normalizeEvent(event, pseudonymize, origin) }
    }
    const statement = checkStatement(fields, of, scene, arrivalMs)
    if (isFlaw(statement)) return statement
    return { kind: of, row: normalizeStatement(statement, of, pseudonymize, origin) }
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
    const made: KindRow[] = []
    for (const record of read) {
      const row = rowOf(record, arrivalMs, rows + made.length)
      if (isFlaw(row)) return row
      made.push(row)
    }
    rows += made.length
    return made.filter(({ kind: of, row }) => of === kind || isNews(of, row as EntityRow))
  }
}
