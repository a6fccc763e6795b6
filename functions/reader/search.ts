import type { SearchOptions } from '../contract/search-options.ts'
import { readEach } from '../core/read-each.ts'
import { highlight } from '../search-index/analysis/highlight.ts'
import { fieldText } from '../search-index/documents.ts'
import { completeQuery } from '../search-index/query/complete.ts'
import type { SearchHit } from '../search-index/query/results.ts'
import { searchSnapshot } from '../search-index/query/search-snapshot.ts'
import type { StoredDocument } from '../search-index/stored-document.ts'
import type { Found, FoundPassage, Search } from './found.ts'
import type { OpenIndex, SearchedIndex } from './open-index.ts'

/** What a query reads of an index. */
export const snapshotOf = ({ index: { segments, snapshot } }: OpenIndex) => ({
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

/** Searches of a scene's index. */
export function openSearch(index: SearchedIndex): Search {
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
      const { hits, total, totalIsLowerBound, facets } = await open.run(() =>
        searchSnapshot(search, analyzers, snapshotOf(open), query, asked),
      )
      return {
        hits: await readEach(hits, (hit) => complete(open, hit, asked)),
        ...{ total, isLowerBound: totalIsLowerBound, facets },
        ...{ generation: open.generation, snapshot: open.index.snapshot.n },
      }
    },
    async complete(query, limit) {
      const open = await index.current()
      return open.run(() => completeQuery(open.search, snapshotOf(open), query, limit))
    },
  }
}
