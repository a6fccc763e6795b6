import type { SearchQueries } from '../contract/search-queries.ts'
import type { Searched } from './gate.ts'
import { searchSnapshot } from './query/search-snapshot.ts'
import { type AskedQuery, namedQueries } from './query-log.ts'
import type { ReadQueries } from './read-queries.ts'

const SHOWN_QUERIES = 200
const SHOWN_POSITIONS = 20
const SHOWN_TERMS = 50
/** Pairs are looked for among the queries that are clicked most. */
const COMPARED_QUERIES = 500
const SHOWN_PAIRS = 50
const LEAST_COSINE = 0.5
/** Fewer clicks agree by chance. */
const LEAST_CLICKS = 10

const clicksOf = ({ clicked }: AskedQuery): number =>
  [...clicked.values()].reduce((sum, clicks) => sum + clicks, 0)

/** Whether any live document of the index has a term, in any field. */
function isKnown({ index, search }: Searched, term: string): boolean {
  return index.segments.some(({ segment, deleted }) =>
    Object.keys(search.fields).some((field) => {
      const entry = segment.term(field, term)
      return entry !== null && segment.postings(entry).countWithout(deleted) > 0
    }),
  )
}

/** The terms of a query in each field's analysis. */
const termsOf = ({ analyzers }: Searched, query: string): Set<string> =>
  new Set(Object.values(analyzers).flatMap((analyze) => analyze(query).map(({ term }) => term)))

/** Words of which no form is known. */
function unknownWords(searched: Searched, queries: readonly AskedQuery[]) {
  const requests = new Map<string, number>()
  for (const asked of queries)
    for (const word of new Set(asked.query.split(' '))) {
      const terms = termsOf(searched, word)
      if (terms.size === 0 || [...terms].some((term) => isKnown(searched, term))) continue
      requests.set(word, (requests.get(word) ?? 0) + asked.requests.size)
    }
  return [...requests]
    .map(([term, count]) => ({ term, requests: count }))
    .sort((a, b) => b.requests - a.requests || (a.term < b.term ? -1 : 1))
    .slice(0, SHOWN_TERMS)
}

function cosineOf(a: AskedQuery, b: AskedQuery): number {
  const norm = ({ clicked }: AskedQuery): number =>
    Math.sqrt([...clicked.values()].reduce((sum, clicks) => sum + clicks ** 2, 0))
  let dot = 0
  for (const [item, clicks] of a.clicked) dot += clicks * (b.clicked.get(item) ?? 0)
  return dot / (norm(a) * norm(b))
}

/** Pairs of queries without a common term whose clicks fall on the same documents. */
function suggestSynonyms(searched: Searched, queries: readonly AskedQuery[]) {
  const clicked = queries
    .filter((asked) => clicksOf(asked) >= LEAST_CLICKS)
    .slice(0, COMPARED_QUERIES)
    .map((asked) => ({ asked, terms: termsOf(searched, asked.query) }))
  const pairs = clicked.flatMap((a, n) =>
    clicked
      .slice(n + 1)
      .filter((b) => ![...a.terms].some((term) => b.terms.has(term)))
      .map((b) => ({
        ...{ a: a.asked.query, b: b.asked.query },
        cosine: cosineOf(a.asked, b.asked),
      })),
  )
  return pairs
    .filter(({ cosine }) => cosine >= LEAST_COSINE)
    .sort((x, y) => y.cosine - x.cosine || (x.a < y.a ? -1 : 1))
    .slice(0, SHOWN_PAIRS)
}

/** What was asked for, and what this index answers. Pure. */
export function reportQueries(
  scene: string,
  { fromMs, throughMs, log }: ReadQueries,
  searched: Searched,
): SearchQueries {
  const named = namedQueries(log)
  const all = [...log.queries.values()]
  const requestsOf = (queries: readonly AskedQuery[]): number =>
    queries.reduce((sum, { requests }) => sum + requests.size, 0)
  const { search, analyzers, index } = searched
  const snapshot = { parts: index.segments, ...index.snapshot }
  return {
    ...{ scene, fromMs, throughMs },
    requests: requestsOf(all),
    distinct: all.length,
    rare: requestsOf(all) - requestsOf(named),
    queries: named.slice(0, SHOWN_QUERIES).map((asked) => ({
      query: asked.query,
      requests: asked.requests.size,
      users: asked.users.size,
      clicks: clicksOf(asked),
      position:
        asked.positions.length === 0
          ? null
          : asked.positions.reduce((a, b) => a + b, 0) / asked.positions.length,
      found: searchSnapshot(search, analyzers, snapshot, asked.query, { limit: 1 }).total,
    })),
    positions: [...log.positions]
      .map(([position, counts]) => ({ position, ...counts }))
      .sort((a, b) => a.position - b.position)
      .slice(0, SHOWN_POSITIONS),
    unknown: unknownWords(searched, named),
    synonyms: suggestSynonyms(searched, named),
  }
}
