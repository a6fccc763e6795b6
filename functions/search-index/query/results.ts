import type { ScoreExplanation } from './explanation.ts'

/** Types of results. The reader's package exports them: they need no schema library. */

/** A value of an attribute, and the number of all matches that have it. */
export interface FacetValue {
  value: string
  count: number
}

/** A document that was found. */
export interface SearchHit {
  id: string
  /** Its relevance; 0 where the query has no words. */
  score: number
  /** Where its stored document is: the place of the part in the snapshot, and its number there. */
  part: number
  doc: number
  /** With `sort: 'score'`: the number that it is sorted by, or null where it has none. */
  sortValue?: number | null
  /** With `highlight`: by field, the terms by which it was found. */
  terms?: Readonly<Record<string, readonly string[]>>
  /** With `explain`. */
  explanation?: ScoreExplanation
}

/** What was found. */
export interface SearchHits {
  hits: SearchHit[]
  /** Matches, including those beyond the limit. */
  total: number
  /** There may be more matches than `total`: the search left out documents that cannot be among its hits. */
  totalIsLowerBound: boolean
  /** By attribute asked for: the values of all matches. */
  facets: Record<string, FacetValue[]>
}

/** A term that completes the last word of a query. */
export interface Completion {
  term: string
  /** Live documents that have it. */
  docs: number
  /** The query with the term in place of its last word. */
  query: string
}
