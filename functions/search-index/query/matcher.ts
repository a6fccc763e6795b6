import type { Cursor } from './cursor.ts'
import type { MatchExplanation } from './explanation.ts'

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
  /** The terms by which the document has it. */
  termsIn(part: number, doc: number): string[]
}

/** The cursor at this document, or null where the document lacks it. */
export function cursorAt(matcher: Matcher, part: number, doc: number): Cursor | null {
  const cursor = matcher.open(part)
  return cursor?.advance(doc) === doc ? cursor : null
}
