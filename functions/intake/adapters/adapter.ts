import type { Kind } from '../../contract/events.ts'
import type { Mapping } from '../../contract/mapping.ts'
import type { Scene } from '../../contract/scene.ts'
import type { WantedColumns } from '../../core/parquet-groups.ts'
import { type Flaw, isFlaw, Warning } from '../json-record.ts'

/** A record of another kind than its drop: what a log of events says about an item or a user. */
export class RecordOfKind {
  readonly kind: Exclude<Kind, 'events'>
  readonly record: Record<string, unknown>
  constructor(kind: Exclude<Kind, 'events'>, record: Record<string, unknown>) {
    this.kind = kind
    this.record = record
  }
}
export type AdapterRecord = Record<string, unknown> | RecordOfKind

type Said = AdapterRecord | Flaw | Warning
export const isRecord = (said: Said): said is AdapterRecord =>
  !isFlaw(said) && !(said instanceof Warning)

/** What one line stands for, in order; one flaw among it, and none of it counts. */
export type LineRecords = Iterable<Said>

/**
 * Records that are made one at a time, as they are asked for, and again when they are asked for
 * again: the impressions of a slate, which all bear what the slate says, are never there together.
 */
export const streamed = (make: () => Iterator<Said>): LineRecords => ({
  [Symbol.iterator]: make,
})

/** What a line says of itself whether or not records are made of it. */
export interface LineFacts {
  timeMs: number | null
  /** The user agent that asked. */
  agent: string | null
}

/** Reads one drop, line by line, in order. */
export interface RecordReader {
  /**
   * Contract records that the line stands for: an impression and its outcome may share one, and
   * one that is sound may say nothing of either. Null for a line that is no record, such as a header.
   * Impressions that share one context object have it checked and written once.
   */
  read(text: string): LineRecords | Flaw | null
  /** Where its records do not tell: facts of a line, without any trace on what is read next. */
  factsOf?(text: string): LineFacts | null
  /** Set where texts are cut from the line: each keeps the whole line in memory. */
  readonly cutsLine?: boolean
  /** What is read of Parquet; all columns where absent. */
  readonly columns?: WantedColumns
  /** Set where cells may be quoted (RFC 4180): a line end inside quotes belongs to its cell. */
  readonly separator?: string
}

/** What is known of a drop besides its bytes. */
export interface DropFacts {
  /** Tells several sources of one scene apart. */
  source: string | null
  mapping: Mapping | null
  /** Rows of the log that stand before the drop's first. */
  firstRow: number
}
export const NO_FACTS: DropFacts = { source: null, mapping: null, firstRow: 0 }

/** One log format: its lines → records of the contract, which are checked like any others. */
export interface Adapter {
  open(kind: Kind, scene: Scene, facts: DropFacts): RecordReader
}

function firstRecordOf(read: LineRecords | Flaw | null): Record<string, unknown> | null {
  if (read === null || isFlaw(read)) return null
  for (const said of read)
    if (isRecord(said)) return said instanceof RecordOfKind ? said.record : said
  return null
}

/** Time and agent of a line: its own, else those of the first event that it stands for. */
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
