import { Index } from 'flexsearch'
import MiniSearch from 'minisearch'
import { createAnalyzers } from '../../../functions/search-index/analysis/analyzer.ts'
import { type Document, encodeDocuments, englishFields, openIndex } from './our-index.ts'

/**
 * Search engines of this process, over one field. All get their terms from our analyzer, so that the figures
 * differ by the index alone.
 */

type Documents = readonly Document<'text'>[]
type Search = (query: string) => unknown

interface Engine {
  /** Analyses and indexes the documents: what is timed. */
  index(documents: Documents): unknown
  /** Makes an index, and returns its search for the first ten hits. */
  open?(documents: Documents): Search
}

export const TEXT_DEFINITION = englishFields({ text: 1 })
export const HITS = 10
/** A writer merges eight segments into one: of ten parts of an index, eight are in one segment. */
const SEGMENTS = [0.8, 0.1, 0.1]

const createEncoder = () => {
  const analyze = createAnalyzers(TEXT_DEFINITION)['text']!
  return (text: string): string[] => analyze(text).map(({ term }) => term)
}

export function cutSegments(documents: Documents): Documents[] {
  let from = 0
  return SEGMENTS.map((share) => {
    const cut = documents.slice(from, Math.round(from + share * documents.length))
    from += cut.length
    return cut
  })
}

function indexWithFlexsearch(documents: Documents, options: { context?: boolean }): Index {
  const index = new Index({ ...options, encode: createEncoder() })
  for (const { id, fields } of documents) index.add(id, fields.text)
  return index
}

function indexWithMinisearch(documents: Documents): MiniSearch {
  const index = new MiniSearch({
    fields: ['text'],
    extractField: ({ id, fields }: Document<'text'>, name) => (name === 'id' ? id : fields.text),
    ...{ tokenize: createEncoder(), processTerm: (term: string) => term },
  })
  index.addAll(documents)
  return index
}

export const ENGINES = {
  ours: {
    index: (documents) =>
      encodeDocuments(TEXT_DEFINITION, createAnalyzers(TEXT_DEFINITION), documents),
    open(documents) {
      const search = openIndex(TEXT_DEFINITION, cutSegments(documents))
      return (query) => search(query, HITS)
    },
  },
  /** It keeps no positions. Its search with `suggest` also finds documents with some of the words. */
  flexsearch: {
    index: (documents) => indexWithFlexsearch(documents, {}),
    open(documents) {
      const index = indexWithFlexsearch(documents, {})
      return (query) => index.search(query, { limit: HITS, suggest: true })
    },
  },
  /** Its nearest to ours: pairs of neighbours stand for positions, and an export is an artifact. */
  'flexsearch, pairs and export': {
    index(documents) {
      let length = 0
      indexWithFlexsearch(documents, { context: true }).export((_name, part) => {
        length += part?.length ?? 0
      })
      return length
    },
  },
  /** It keeps no positions. Its search has no limit. */
  minisearch: {
    index: indexWithMinisearch,
    open(documents) {
      const index = indexWithMinisearch(documents)
      return (query) => index.search(query).slice(0, HITS)
    },
  },
  'minisearch, export': {
    index: (documents) => JSON.stringify(indexWithMinisearch(documents)).length,
  },
} satisfies Record<string, Engine>

export type EngineName = keyof typeof ENGINES
export const engineOf = (name: EngineName): Engine => ENGINES[name]
