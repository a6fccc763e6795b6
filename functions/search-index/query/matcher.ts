import type { Cursor } from './cursor.ts'
import type { MatchExplanation } from './explanation.ts'

export type ReportTerm = (doc: number, term: string) => void

/** A term, phrase or prefix of one field, with its statistics over all parts of a snapshot. */
export interface Matcher {
  readonly field: string
  /** Postings to read for all its documents, over all parts. */
  readonly cost: number
  /** Live documents that certainly have it. */
  readonly liveDocs: number
  /** A new cursor, or null where the part has no such document. */
  open(part: number): Cursor | null
  /** Null: the document lacks it. */
  explain(part: number, doc: number): MatchExplanation | null
  /** Reports the terms by which documents have it. The documents ascend. */
  findTerms(part: number, docs: readonly number[], report: ReportTerm): void
}

/** The cursor at this document, or null where the document lacks it. */
export function cursorAt(matcher: Matcher, part: number, doc: number): Cursor | null {
  const cursor = matcher.open(part)
  return cursor?.advance(doc) === doc ? cursor : null
}
