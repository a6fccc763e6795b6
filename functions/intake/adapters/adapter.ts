import type { Kind, StatementKind } from '../../contract/events.ts'
import type { Mapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import type { WantedColumns } from '../../core/parquet-groups.ts'
import { type Flaw, isFlaw, Warning } from '../json-record.ts'

/** A record of another kind than its drop: a statement about an item or a user in an event log. */
export class RecordOfKind {
  readonly kind: StatementKind
  readonly record: Record<string, unknown>
  constructor(kind: StatementKind, record: Record<string, unknown>) {
    this.kind = kind
    this.record = record
  }
}
export type AdapterRecord = Record<string, unknown> | RecordOfKind

type LineRecord = AdapterRecord | Flaw | Warning
export const isRecord = (found: LineRecord): found is AdapterRecord =>
  !isFlaw(found) && !(found instanceof Warning)

/** The records of one line, in order. If one is a flaw, none of them counts. */
export type LineRecords = Iterable<LineRecord>

/**
 * Records that are made one at a time, again for each iteration. So the impressions of a slate,
 * which all hold its context, are never in memory together.
 */
export const streamed = (make: () => Iterator<LineRecord>): LineRecords => ({
  [Symbol.iterator]: make,
})

/** Facts of a line that do not depend on its records. */
export interface LineFacts {
  timeMs: number | null
  /** The user agent of the request. */
  agent: string | null
}

/** Reads one drop, line by line, in order. */
export interface RecordReader {
  /**
   * The contract records of a line. An impression and its outcome may share one line, and a valid
   * line may have no records. Null for a line that is not a record, such as a header. If
   * impressions share one context object, it is checked and written once.
   */
  read(text: string): LineRecords | Flaw | null
  /**
   * Facts of a line that its records do not show. The call does not change how later lines are
   * read.
   */
  factsOf?(text: string): LineFacts | null
  /** Set if texts are substrings of the line: each keeps the whole line in memory. */
  readonly cutsLine?: boolean
  /** The Parquet columns to read. All if absent. */
  readonly columns?: WantedColumns
  /** Set if cells may be quoted (RFC 4180): a line end inside quotes belongs to its cell. */
  readonly separator?: string
}

/** Facts about a drop besides its bytes. */
export interface DropFacts {
  /** Separates several sources of one scene. */
  source: string | null
  mapping: Mapping | null
  /** Rows of the log before the drop's first row. */
  firstRow: number
}
export const NO_FACTS: DropFacts = { source: null, mapping: null, firstRow: 0 }

/**
 * One log format: converts its lines to records of the contract, which are then checked like all
 * others.
 */
export interface Adapter {
  open(kind: Kind, scene: Scene, facts: DropFacts): RecordReader
}

function firstRecordOf(read: LineRecords | Flaw | null): Record<string, unknown> | null {
  if (read === null || isFlaw(read)) return null
  for (const found of read)
    if (isRecord(found)) return found instanceof RecordOfKind ? found.record : found
  return null
}

/** Time and agent of a line: its own, or those of its first event. */
export function factsOf(
  reader: RecordReader,
  text: string,
  read: ReturnType<RecordReader['read']>,
): LineFacts {
  const own = reader.factsOf?.(text)
  if (own) return own
  const record = firstRecordOf(read)
  if (record === null) return { timeMs: null, agent: null }
  const { timeMs, context } = record as {
    timeMs?: unknown
    context?: Record<string, unknown> | null
  }
  const agent = context?.['agent'] ?? context?.['userAgent'] ?? context?.['user_agent']
  return {
    timeMs: typeof timeMs === 'number' ? timeMs : null,
    agent: typeof agent === 'string' ? agent : null,
  }
}
