import type { SearchOptions } from '../contract/search-options.ts'
import { readEach } from '../core/read-each.ts'
import { highlight } from '../search-index/analysis/highlight.ts'
import { fieldText, type StoredDocument } from '../search-index/documents.ts'
import { type Completion, completeQuery } from '../search-index/query/complete.ts'
import type { ScoreExplanation } from '../search-index/query/explanation.ts'
import type { FacetValue } from '../search-index/query/facets.ts'
import { type SearchHit, searchSnapshot } from '../search-index/query/search-snapshot.ts'
import { type IndexOptions, type OpenIndex, openIndex } from './open-index.ts'

export type { SearchOptions }

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

const snapshotOf = ({ index: { segments, snapshot } }: OpenIndex) => ({
  parts: segments,
  totals: snapshot.totals,
  live: snapshot.live,
})

/** The passages of a document that show why it was found. */
function passagesOf(
  { search, analyzers }: OpenIndex,
  document: StoredDocument,
  terms: SearchHit['terms'],
): FoundPassage[] {
  return Object.entries(terms ?? {}).flatMap(([field, matching]) => {
    const text = fieldText(document, search.fields[field]!.from)
    const passages = highlight(text, analyzers[field]!(text), new Set(matching))
    return passages.map(({ start, end, marks }) => ({
      field,
      text: text.slice(start, end),
      marks: marks.map(([from, through]): [number, number] => [from - start, through - start]),
    }))
  })
}

/** Opens the index of a scene for searches. Nothing is read before the first one. */
export function openSearch(options: IndexOptions): Search {
  const index = openIndex(options)

  async function complete(open: OpenIndex, hit: SearchHit, asked: SearchOptions): Promise<Found> {
    const { part, doc, terms, ...found } = hit
    if (!asked.documents && !asked.highlight) return found
    const document = JSON.parse(await index.readStored(open, part, doc)) as StoredDocument
    return {
      ...found,
      ...(asked.documents ? { document } : {}),
      ...(asked.highlight ? { passages: passagesOf(open, document, terms) } : {}),
    }
  }
  return {
    async search(query, asked = {}) {
      const open = await index.current()
      const { search, analyzers } = open
      const { hits, total, totalIsLowerBound, facets } = searchSnapshot(
        search,
        analyzers,
        snapshotOf(open),
        query,
        asked,
      )
      return {
        hits: await readEach(hits, (hit) => complete(open, hit, asked)),
        ...{ total, isLowerBound: totalIsLowerBound, facets },
        ...{ generation: open.generation, snapshot: open.index.snapshot.n },
      }
    },
    async complete(query, limit) {
      const open = await index.current()
      return completeQuery(open.search, snapshotOf(open), query, limit)
    },
  }
}
