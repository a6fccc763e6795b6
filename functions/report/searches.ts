import { z } from 'zod'
import { searchQueriesPrefix } from '../contract/keys.ts'
import { type SearchQueries, searchQueriesSchema } from '../contract/search-queries.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { escapeHtml, table } from './document.ts'
import { formatInstant, formatNumber, formatShare } from './format.ts'

const SHOWN = 20

/** The newest report of a scene's queries, as a list; none where the scene has no search. */
export async function collectSearches(lake: ObjectStore, scene: string): Promise<SearchQueries[]> {
  const newest = (await lake.list(searchQueriesPrefix(scene))).at(-1)
  return newest ? [await getJson(lake, newest.key, searchQueriesSchema)] : []
}

const titled = (title: string, text: string): string =>
  text === '' ? '' : `<h3>${escapeHtml(title)}</h3>\n${text}`

function drawReport(report: SearchQueries): string {
  const { scene, requests, distinct, rare, queries, unknown, synonyms, positions, throughMs } =
    report
  const nothing = queries.filter(({ found }) => found === 0)
  const rate = (clicks: number, shown: number) => (shown > 0 ? formatShare(clicks / shown) : null)
  const head = queries
    .slice(0, SHOWN)
    .map((one) => [
      ...[one.query, one.requests, rate(one.clicks, one.requests), one.found],
      one.position === null ? null : one.position.toFixed(1),
    ])
  return `<p>${escapeHtml(scene)}: ${formatNumber(requests)} requests with ${formatNumber(distinct)} different queries in the week before ${formatInstant(throughMs)}. ${formatNumber(rare)} requests had queries of fewer than five people, which are not named.</p>
${titled('Most frequent queries', head.length === 0 ? '' : table(['query', 'requests', 'clicks', 'found now', 'mean position clicked'], head))}
${titled(
  'Queries that find nothing',
  nothing.length === 0
    ? ''
    : table(
        ['query', 'requests'],
        nothing.slice(0, SHOWN).map(({ query, requests: count }) => [query, count]),
      ),
)}
${titled(
  'Words that no document has',
  unknown.length === 0
    ? ''
    : table(
        ['word', 'requests'],
        unknown.slice(0, SHOWN).map(({ term, requests: count }) => [term, count]),
      ),
)}
${titled(
  'Suggested synonyms: their clicks fall on the same documents',
  synonyms.length === 0
    ? ''
    : table(
        ['query', 'query', 'cosine'],
        synonyms.slice(0, SHOWN).map(({ a, b, cosine }) => [a, b, cosine.toFixed(2)]),
      ),
)}
${titled(
  'Clicks by position',
  positions.length === 0
    ? ''
    : table(
        ['position', 'shown', 'clicks', 'share'],
        positions.map(({ position, shown, clicks }) => [
          position,
          shown,
          clicks,
          rate(clicks, shown),
        ]),
      ),
)}`
}

/** The section of all scenes with search. Throws ZodError for a summary that holds none of these reports. */
export function drawSearches(byScene: Readonly<Record<string, unknown>>): string {
  return Object.values(byScene)
    .flatMap((own) => z.array(searchQueriesSchema).parse(own))
    .map(drawReport)
    .join('\n')
}
