import type { SearchDefinition, SearchOptions } from '../../contract/search.ts'
import { InvalidInput } from '../../core/errors.ts'
import type { Analyzers } from '../analysis/analyzer.ts'
import { createSynonyms } from '../analysis/query-synonyms.ts'
import type { FieldAnalysis } from '../query/field-text.ts'
import { resolveOptions, type SearchRequest } from '../query/options.ts'
import { parseQuery } from '../query/parse.ts'
import { prefixAnalyzers } from '../query/prefix-analyzers.ts'
import type { Condition, Group, Leaf, QueryTree } from '../query/query-tree.ts'
import { translateQuery } from '../query/translate-query.ts'
import { type IndexedTerms, type LeafQuery, leafQueries, type ServerQuery } from './leaf-query.ts'
import { filterPath, ID_PATH, numberPath, STORED_PATH } from './names.ts'

/**
 * Our queries in the server's query language ("Query DSL"). Our own parser and analyzers read the text, so
 * the server is asked for the same terms as our own index.
 */

const NOTHING: ServerQuery = { match_none: {} }
const EVERYTHING: ServerQuery = { match_all: {} }

const ifAll = (conditions: readonly ServerQuery[]): ServerQuery =>
  conditions.length === 0 ? EVERYTHING : { bool: { filter: conditions } }
const ifAny = (conditions: readonly ServerQuery[]): ServerQuery =>
  conditions.length === 0 ? NOTHING : { bool: { should: conditions, minimum_should_match: 1 } }

function conditionQuery(condition: Condition<Leaf>, leafQuery: LeafQuery): ServerQuery {
  if ('leaf' in condition) return leafQuery(condition.leaf, 1)
  return 'all' in condition
    ? ifAll(condition.all.map((one) => conditionQuery(one, leafQuery)))
    : ifAny(condition.any.map((one) => conditionQuery(one, leafQuery)))
}

/** A group counts the greatest of the sum of its own words, and of each alternative. */
function groupQuery({ own, alternatives, times }: Group<Leaf>, leafQuery: LeafQuery): ServerQuery {
  const words = own.map((leaf) => leafQuery(leaf, times))
  const sum = words.length > 1 ? [{ bool: { should: words } }] : words
  const queries = [...sum, ...alternatives.map((leaf) => leafQuery(leaf, times))]
  return queries.length === 1 ? queries[0]! : { dis_max: { queries, tie_breaker: 0 } }
}

/** The same hits with the same scores, but for `scale` and rounding. */
function treeQuery(tree: QueryTree<Leaf>, leafQuery: LeafQuery, filters: readonly ServerQuery[]) {
  const { groups, required, excluded, matchesAll } = tree
  const needsGroup = required.length === 0 && !matchesAll
  const conditions = required.map((one) => conditionQuery(one, leafQuery))
  const nothing = needsGroup && groups.length === 0 ? [NOTHING] : []
  return {
    bool: {
      should: groups.map((group) => groupQuery(group, leafQuery)),
      minimum_should_match: needsGroup && groups.length > 0 ? 1 : 0,
      filter: [EVERYTHING, ...conditions, ...nothing, ...filters],
      must_not: excluded.map((one) => conditionQuery(one, leafQuery)),
    },
  }
}

/** A document without the number is in no range. */
function rangeQuery({ attribute, from, through }: SearchRequest['ranges'][number]): ServerQuery {
  if (from === Number.POSITIVE_INFINITY || through === Number.NEGATIVE_INFINITY) return NOTHING
  const ends = {
    ...(Number.isFinite(from) && { gte: from }),
    ...(Number.isFinite(through) && { lte: through }),
  }
  const field = numberPath(attribute)
  return Object.keys(ends).length > 0 ? { range: { [field]: ends } } : { exists: { field } }
}

/** Values that one facet returns. The server allows as many in one answer (`search.max_buckets`). */
const MAX_FACET_VALUES = 65_535
export const facetName = (n: number): string => `facet_${n}`

/**
 * How many times greater a server's BM25 scores are than ours. All but OpenSearch from 3.0 on keep the
 * factor k1 + 1, which orders nothing differently.
 */
export const scoreScale = (distribution: string | undefined, version: string): number =>
  distribution === 'opensearch' && Number.parseInt(version, 10) >= 3 ? 1 : 2.2

/** The clauses of a query text, as our own search reads them. Throws InvalidInput for a text too long. */
function readQuery(
  definition: SearchDefinition,
  analyzers: Analyzers,
  query: string,
  isAnd: boolean,
): QueryTree<Leaf> {
  const synonyms = createSynonyms(definition, analyzers)
  const forPrefixes = prefixAnalyzers(definition)
  const fields = Object.keys(definition.fields).map(
    (field): FieldAnalysis => ({
      field,
      analyze: analyzers[field]!,
      analyzePrefix: forPrefixes[field]!,
      findAlternatives: synonyms[field]!,
    }),
  )
  return translateQuery(parseQuery(query), fields, isAnd)
}

/**
 * The body of a search request ("Search") for the documents that our own search finds, in its order: by
 * relevance or by the business score, then by id. Throws InvalidInput as our own search does, and for
 * `explain` and `highlight`, which only our own search has.
 */
export function searchBody(
  definition: SearchDefinition,
  analyzers: Analyzers,
  query: string,
  options: SearchOptions,
  indexed: IndexedTerms,
): Record<string, unknown> {
  const request = resolveOptions(definition, options)
  if (request.isExplained || request.isHighlighted)
    throw new InvalidInput('A search server has no explain and no highlight as our own search has')
  const { limit, offset, sortBy, facets } = request
  const filters = [
    ...request.filters.map(({ attribute, values }) => ({
      terms: { [filterPath(attribute)]: values },
    })),
    ...request.ranges.map(rangeQuery),
  ]
  const tree = readQuery(definition, analyzers, query, request.isAnd)
  const byNumber = sortBy !== null && { [numberPath(sortBy)]: { order: 'desc', missing: '_last' } }
  return {
    query: treeQuery(tree, leafQueries(definition, indexed), filters),
    from: offset,
    size: limit,
    sort: [byNumber || { _score: 'desc' }, { [ID_PATH]: 'asc' }],
    track_scores: true,
    track_total_hits: true,
    _source: options.documents ? [STORED_PATH] : false,
    aggs: Object.fromEntries(
      facets.map((attribute, n) => [
        facetName(n),
        { terms: { field: filterPath(attribute), size: MAX_FACET_VALUES } },
      ]),
    ),
  }
}
