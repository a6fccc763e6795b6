import type { SearchDefinition } from '../../../functions/contract/search.ts'
import { ndcg } from '../../../functions/math/ndcg.ts'
import type { Document } from './our-index.ts'

/** Ranking quality on a collection of documents and queries whose relevant documents are known. */

export interface JudgedQuery {
  text: string
  /** Grades by id, 1 to 3. Absent: 0. */
  grades: ReadonlyMap<string, number>
}

export interface JudgedCollection {
  name: string
  definition: SearchDefinition
  documents: readonly Document[]
  queries: readonly JudgedQuery[]
  /** For average precision: from this grade on a document is relevant. */
  relevantFrom: number
}

/** Hits of a query that are judged: more would hardly change average precision. */
export const JUDGED_HITS = 1000
const NDCG_PLACES = 10

/** Mean of the precision at each relevant document's place; 0 for those not found (Manning et al. 2008, 8.4). */
function averagePrecision(ids: readonly string[], relevant: ReadonlySet<string>): number {
  let found = 0
  let sum = 0
  for (const [place, id] of ids.entries()) if (relevant.has(id)) sum += ++found / (place + 1)
  return sum / relevant.size
}

/** nDCG@10 against the best order of all graded documents, found or not. */
function ndcgOf(ids: readonly string[], grades: ReadonlyMap<string, number>): number {
  const shown = Array.from({ length: NDCG_PLACES }, (_, place) => grades.get(ids[place] ?? '') ?? 0)
  const first = new Set(ids.slice(0, NDCG_PLACES))
  const others = [...grades].filter(([id]) => !first.has(id)).map(([, grade]) => grade)
  return ndcg([...shown, ...others], NDCG_PLACES)!
}

export interface Quality {
  /** Mean average precision. */
  map: number
  ndcg: number
}

/** Means over the queries that have a relevant document. `rankings` are ids in the order of `queries`. */
export function judge(
  { queries, relevantFrom }: JudgedCollection,
  rankings: readonly (readonly string[])[],
): Quality {
  const sums = { map: 0, ndcg: 0, queries: 0 }
  for (const [n, { grades }] of queries.entries()) {
    const relevant = new Set(
      [...grades].filter(([, grade]) => grade >= relevantFrom).map(([id]) => id),
    )
    if (relevant.size === 0) continue
    sums.queries++
    sums.map += averagePrecision(rankings[n]!, relevant)
    sums.ndcg += ndcgOf(rankings[n]!, grades)
  }
  return { map: sums.map / sums.queries, ndcg: sums.ndcg / sums.queries }
}
