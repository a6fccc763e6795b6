import type { SearchDefinition, SearchOptions } from '../../contract/search.ts'
import { InvalidInput, QuartermasterError } from '../../core/errors.ts'
import type { Analyzers } from '../analysis/analyzer.ts'
import type { IndexedTerms } from './leaf-query.ts'
import { facetName, scoreScale, searchBody } from './query.ts'
import { describeAnswer, pathOf, type SearchServer } from './server.ts'

/** What a search server found. */
export interface ServerHits {
  hits: {
    id: string
    /** On the scale of our own scores; single precision. */
    score: number
    /** With `sort: 'score'`: the number that it is sorted by, or null where it has none. */
    sortValue?: number | null
    /** With `documents`. */
    document?: unknown
  }[]
  total: number
  facets: Record<string, { value: string; count: number }[]>
}

/** What is needed of the server's answer. */
interface SearchAnswer {
  timed_out: boolean
  _shards: { failed: number }
  hits: {
    total: { value: number }
    hits: { _id: string; _score: number; sort: unknown[]; _source?: { document?: unknown } }[]
  }
  aggregations?: Record<string, { buckets: { key: string; doc_count: number }[] }>
}

/** How many times greater the scores of this server are than ours. */
export async function readScoreScale(server: SearchServer): Promise<number> {
  const { status, body } = await server.send({ method: 'GET', path: '/' })
  const version = (body as { version?: { distribution?: string; number?: string } }).version
  if (status !== 200 || version?.number === undefined)
    throw new QuartermasterError(`Search server: GET /: ${describeAnswer(status, body)}`)
  return scoreScale(version.distribution, version.number)
}

/** An index, or an alias of it, on a server. */
export interface SearchTarget extends IndexedTerms {
  server: SearchServer
  index: string
}

/**
 * Searches an index that was made of this definition. Throws InvalidInput for a query or options that our
 * own search does not accept or that are too large for the server, and QuartermasterError for an incomplete
 * answer.
 */
export async function searchServer(
  { server, index, ...indexed }: SearchTarget,
  definition: SearchDefinition,
  analyzers: Analyzers,
  query: string,
  options: SearchOptions = {},
): Promise<ServerHits> {
  const request = searchBody(definition, analyzers, query, options, indexed)
  const answer = await server.send({
    ...{ method: 'POST', path: `${pathOf(index, '_search')}?search_type=dfs_query_then_fetch` },
    body: JSON.stringify(request),
  } as const)
  const { status } = answer
  const body = answer.body as SearchAnswer
  if (status === 400) throw new InvalidInput(`Search of ${index}: ${describeAnswer(status, body)}`)
  if (status !== 200 || body.timed_out || body._shards.failed > 0)
    throw new QuartermasterError(`Search of ${index}: ${describeAnswer(status, body)}`)
  const isSorted = options.sort === 'score'
  return {
    total: body.hits.total.value,
    hits: body.hits.hits.map(({ _id, _score, sort, _source }) => ({
      ...{ id: _id, score: _score / indexed.scale },
      // The server writes "-Infinity" for a document without the number.
      ...(isSorted && { sortValue: typeof sort[0] === 'number' ? sort[0] : null }),
      ...(options.documents && { document: _source?.document }),
    })),
    facets: Object.fromEntries(
      (options.facets ?? []).map((attribute, n) => [
        attribute,
        body.aggregations![facetName(n)]!.buckets.map(({ key, doc_count }) => ({
          ...{ value: key, count: doc_count },
        })),
      ]),
    ),
  }
}
