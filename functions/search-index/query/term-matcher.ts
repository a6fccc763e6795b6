import { NORM_LENGTHS } from '../segment/norms.ts'
import type { Postings, TermEntry } from '../segment/types.ts'
import { inverseDocumentFrequency, termScore } from './bm25.ts'
import type { Cursor } from './cursor.ts'
import type { Bm25Explanation } from './explanation.ts'
import type { FieldStatistics } from './field-statistics.ts'
import { cursorAt, type Matcher, type ReportTerm } from './matcher.ts'
import { liveDocs, type Snapshot } from './snapshot.ts'

/** A term of a field in all parts. */
export interface TermStatistics {
  term: string
  /** By part; null where the part lacks the term. */
  entries: readonly (TermEntry | null)[]
  /** Live documents that have it. */
  docs: number
}

export function termStatistics({ parts }: Snapshot, field: string, term: string): TermStatistics {
  const entries = parts.map(({ segment }) => segment.term(field, term))
  let docs = 0
  for (const [part, entry] of entries.entries()) if (entry) docs += liveDocs(parts[part]!, entry)
  return { term, entries, docs }
}

class TermCursor implements Cursor {
  doc = -1
  bound = 0
  through = -1
  readonly docs: number
  readonly #postings: Postings
  readonly #weight: number
  readonly #norms: Uint8Array
  readonly #factors: Float64Array

  constructor(postings: Postings, weight: number, norms: Uint8Array, factors: Float64Array) {
    this.docs = postings.docs
    this.#postings = postings
    this.#weight = weight
    this.#norms = norms
    this.#factors = factors
  }

  get frequency(): number {
    return this.#postings.frequency
  }

  next(): number {
    this.doc = this.#postings.next()
    return this.doc
  }

  advance(target: number): number {
    if (this.doc < target) this.doc = this.#postings.advance(target)
    return this.doc
  }

  score(): number {
    const factor = this.#factors[this.#norms[this.doc]!]!
    return termScore(this.#weight, this.#postings.frequency, factor)
  }

  seekBound(target: number): void {
    const { through, maxFrequency, minNorm } = this.#postings.seekBlock(Math.max(target, this.doc))
    this.through = through
    this.bound = termScore(this.#weight, maxFrequency, this.#factors[minNorm]!)
  }
}

export interface TermScoring {
  /** See Bm25Explanation. */
  boost: number
  times: number
  /** Live documents that the idf counts: those of the term, or of the most frequent of like terms. */
  docs: number
}

/** A term of one field, scored by BM25. */
export class TermMatcher implements Matcher {
  readonly field: string
  readonly cost: number
  readonly liveDocs: number
  readonly #snapshot: Snapshot
  readonly #statistics: FieldStatistics
  readonly #term: TermStatistics
  readonly #scoring: TermScoring
  readonly #weight: number

  constructor(
    snapshot: Snapshot,
    statistics: FieldStatistics,
    term: TermStatistics,
    scoring: TermScoring,
  ) {
    this.field = statistics.field
    this.cost = term.entries.reduce((sum, entry) => sum + (entry?.docs ?? 0), 0)
    this.liveDocs = term.docs
    this.#snapshot = snapshot
    this.#statistics = statistics
    this.#term = term
    this.#scoring = scoring
    const { boost, times, docs } = scoring
    this.#weight =
      statistics.weight * boost * times * inverseDocumentFrequency(docs, statistics.docs)
  }

  open(part: number): TermCursor | null {
    const entry = this.#term.entries[part]!
    if (!entry) return null
    const { segment } = this.#snapshot.parts[part]!
    const { factors } = this.#statistics
    return new TermCursor(segment.postings(entry), this.#weight, segment.norms(this.field), factors)
  }

  explain(part: number, doc: number): Bm25Explanation | null {
    const cursor = cursorAt(this, part, doc) as TermCursor | null
    if (!cursor) return null
    const { weight, docs: allDocs, averageLength, factors } = this.#statistics
    const { boost, times, docs } = this.#scoring
    const norm = this.#snapshot.parts[part]!.segment.norms(this.field)[doc]!
    const { frequency } = cursor
    return {
      ...{ kind: 'term', field: this.field, terms: [this.#term.term], score: cursor.score() },
      ...{ weight, boost, times, idf: inverseDocumentFrequency(docs, allDocs) },
      ...{ docs: [docs], allDocs, tf: termScore(1, frequency, factors[norm]!), frequency },
      ...{ length: NORM_LENGTHS[norm]!, averageLength },
    }
  }

  findTerms(part: number, docs: readonly number[], report: ReportTerm): void {
    const cursor = this.open(part)
    for (const doc of docs) if (cursor?.advance(doc) === doc) report(doc, this.#term.term)
  }
}
