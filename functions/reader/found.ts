import type { SearchOptions } from '../contract/search-options.ts'
import type { ScoreExplanation } from '../search-index/query/explanation.ts'
import type { Completion, FacetValue } from '../search-index/query/results.ts'
import type { StoredDocument } from '../search-index/stored-document.ts'

/** Types of searches that the package exports: they need no schema library. */

/** A part of a field's text that matches. */
export interface FoundPassage {
  field: string
  text: string
  /** What matches, as `[start, end]` of `text` in UTF-16 units. The text is not escaped. */
  marks: [start: number, end: number][]
}
export interface Found {
  id: string
  score: number
  /** With `sort: 'score'`: the number that it is sorted by. */
  sortValue?: number | null
  /** With `documents`. */
  document?: StoredDocument
  /** With `highlight`: the best passages of each field that matches. */
  passages?: FoundPassage[]
  /** With `explain`. */
  explanation?: ScoreExplanation
}
/** What was found, and in which state of the index. */
export interface FoundHits {
  hits: Found[]
  total: number
  /** There may be more matches than `total`. */
  isLowerBound: boolean
  facets: Record<string, FacetValue[]>
  generation: string
  snapshot: number
}
export interface Search {
  search(query: string, options?: SearchOptions): Promise<FoundHits>
  complete(query: string, limit?: number): Promise<Completion[]>
}
