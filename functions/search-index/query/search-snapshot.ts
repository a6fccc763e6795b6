import type { SearchDefinition } from '../../contract/search.ts'
import type { SearchOptions } from '../../contract/search-options.ts'
import type { Analyzers } from '../analysis/analyzer.ts'
import { bindQuery } from './bind-query.ts'
import { evaluateAll } from './evaluate-all.ts'
import { evaluateTop } from './evaluate-top.ts'
import { FacetCounts } from './facets.ts'
import { foundTerms } from './found-terms.ts'
import type { Matcher } from './matcher.ts'
import { resolveOptions, type SearchRequest } from './options.ts'
import type { QueryTree } from './query-tree.ts'
import { readQuery } from './read-query.ts'
import type { SearchHit, SearchHits } from './results.ts'
import { explainScore, scoreDocument } from './score-groups.ts'
import type { Snapshot } from './snapshot.ts'
import { type RankedDocument, TopHits } from './top-hits.ts'

/** Up to this many postings all are read, in about 0.2 ms, so that `total` is exact. */
const EXACT_POSTINGS = 5000
/** With more leaves, to choose what to skip costs more than it saves. */
const MAX_PRUNED_LEAVES = 12

function isPrunable(
  { groups, required, excluded, matchesAll }: QueryTree<Matcher>,
  { facets, sortBy }: SearchRequest,
): boolean {
  if (required.length + excluded.length + facets.length > 0 || matchesAll || sortBy !== null)
    return false
  const leaves = groups.flatMap(({ own, alternatives }) => [...own, ...alternatives])
  const postings = leaves.reduce((sum, { cost }) => sum + cost, 0)
  return postings > EXACT_POSTINGS && leaves.length <= MAX_PRUNED_LEAVES
}

type Total = Pick<SearchHits, 'total' | 'totalIsLowerBound'>

/** Matches of a pruned search: those seen, or where nothing is filtered, those of the most frequent leaf. */
function prunedTotal(
  { groups }: QueryTree<Matcher>,
  { filters, ranges }: SearchRequest,
  seen: number,
): Total {
  if (filters.length + ranges.length > 0) return { total: seen, totalIsLowerBound: true }
  const leaves = groups.flatMap(({ own, alternatives }) => [...own, ...alternatives])
  const most = Math.max(...leaves.map(({ liveDocs }) => liveDocs))
  return leaves.length === 1 && most > 0
    ? { total: most, totalIsLowerBound: false }
    : { total: Math.max(seen, most), totalIsLowerBound: true }
}

function describeHits(
  { groups }: QueryTree<Matcher>,
  { parts }: Snapshot,
  { sortBy, isExplained, isHighlighted }: SearchRequest,
  documents: readonly RankedDocument[],
): SearchHit[] {
  const terms = isHighlighted ? foundTerms(groups, documents) : []
  return documents.map(({ key, part, doc }, n) => ({
    id: parts[part]!.segment.idOf(doc),
    score: sortBy === null ? key : scoreDocument(groups, part, doc),
    ...{ part, doc },
    ...(sortBy !== null && { sortValue: key === Number.NEGATIVE_INFINITY ? null : key }),
    ...(isHighlighted && { terms: terms[n]! }),
    ...(isExplained && { explanation: explainScore(groups, part, doc) }),
  }))
}

/**
 * Searches a snapshot. `definition` and `analyzers` are those of its generation; pass the same objects
 * each time, because tables are made once for each. Hits come by relevance or by the business score, the
 * greatest first, then by the UTF-8 bytes of their ids. Throws InvalidInput for a query text or options
 * that it cannot accept. The syntax and the scores are described in README.md of this folder.
 */
export function searchSnapshot(
  definition: SearchDefinition,
  analyzers: Analyzers,
  snapshot: Snapshot,
  query: string,
  options: SearchOptions,
): SearchHits {
  const request = resolveOptions(definition, options)
  const read = readQuery(definition, analyzers, query, request.isAnd)
  const tree = bindQuery(definition, snapshot, read)
  const top = new TopHits(snapshot.parts, request.offset + request.limit)
  const facets = request.facets.length > 0 ? new FacetCounts(request.facets) : null
  const total: Total = isPrunable(tree, request)
    ? prunedTotal(tree, request, evaluateTop(tree, snapshot, request, top))
    : { total: evaluateAll(tree, snapshot, request, top, facets), totalIsLowerBound: false }
  const documents = top.take().slice(request.offset)
  return {
    hits: describeHits(tree, snapshot, request, documents),
    ...total,
    facets: facets?.finish() ?? {},
  }
}
