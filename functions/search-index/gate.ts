import type { SearchDefinition } from '../contract/search.ts'
import { bootstrapMean } from '../math/bootstrap.ts'
import { ndcg } from '../math/ndcg.ts'
import type { Analyzers } from './analysis/analyzer.ts'
import type { OpenSnapshot } from './open-snapshot.ts'
import { searchSnapshot } from './query/search-snapshot.ts'

/** An index and the definition that it is searched by. */
export interface Searched {
  search: SearchDefinition
  analyzers: Analyzers
  index: OpenSnapshot
}
/** A query that a person may ask, and the document whose own words it has, where there is one. */
export interface Probe {
  query: string
  id: string | null
  /** What people clicked for this query. Absent: nothing is known. */
  clicked?: ReadonlySet<string>
}

/** What was found when a rebuilt index was compared with the served one. */
export interface Comparison {
  isAccepted: boolean
  reason: string
  queries: number
  /** Means over queries: the common share of the first ten hits, and rank-biased overlap. */
  overlap: number
  rankBiasedOverlap: number
  /** Shares of queries without a hit, and of documents that their own words find, served and rebuilt. */
  zero: [served: number, rebuilt: number]
  found: [served: number, rebuilt: number]
  /** Mean nDCG@10 of what was clicked, and the 95 % interval of the difference; null without clicks. */
  ndcg: { served: number; rebuilt: number; low: number; high: number } | null
  /** The queries whose hits differ most, the worst first. */
  worst: { query: string; overlap: number; served: string[]; rebuilt: string[] }[]
}

const DEPTH = 10
/** Webber, Moffat and Zobel 2010: at 0.9, the first ten hits have 86 % of the weight. */
const PERSISTENCE = 0.9
const SHOWN = 5

const hitsOf = ({ search, analyzers, index }: Searched, query: string): string[] =>
  searchSnapshot(search, analyzers, { parts: index.segments, ...index.snapshot }, query, {
    limit: DEPTH,
  }).hits.map(({ id }) => id)

/** The share of the longer list that both have; 1 where both are empty. */
export function overlapOf(a: readonly string[], b: readonly string[]): number {
  const longer = Math.max(a.length, b.length)
  return longer === 0 ? 1 : a.filter((id) => b.includes(id)).length / longer
}

/** Rank-biased overlap, extrapolated from the lists' common depth (Webber et al. 2010, equation 32 for equal lengths). */
export function rankBiasedOverlap(a: readonly string[], b: readonly string[]): number {
  const depth = Math.max(a.length, b.length)
  if (depth === 0) return 1
  let sum = 0
  let agreement = 0
  for (let d = 1; d <= depth; d++) {
    const first = new Set(a.slice(0, d))
    agreement = b.slice(0, d).filter((id) => first.has(id)).length / d
    sum += (1 - PERSISTENCE) * PERSISTENCE ** (d - 1) * agreement
  }
  return sum + PERSISTENCE ** depth * agreement
}

/** Documents that were clicked are right, all others are not. */
function ndcgOf(hits: readonly string[], clicked: ReadonlySet<string>): number {
  const grades = Array.from({ length: DEPTH }, (_, place) =>
    clicked.has(hits[place] ?? '') ? 1 : 0,
  )
  const missed = [...clicked].filter((id) => !hits.includes(id))
  return ndcg([...grades, ...missed.map(() => 1)], DEPTH)!
}

interface Asked extends Probe {
  served: string[]
  rebuilt: string[]
}

function compareClicks(asked: readonly Asked[]): Comparison['ndcg'] {
  const judged = asked.filter(({ clicked }) => clicked !== undefined && clicked.size > 0)
  if (judged.length === 0) return null
  const pairs = judged.map(({ served, rebuilt, clicked }) => ({
    served: ndcgOf(served, clicked!),
    rebuilt: ndcgOf(rebuilt, clicked!),
  }))
  const { low, high } = bootstrapMean(
    pairs.map(({ served, rebuilt }) => rebuilt - served),
    pairs.map(() => 1),
    judged.map(({ query }) => query),
    { resamples: 1000, confidence: 0.95, seed: 1 },
  )
  return {
    served: mean(pairs.map(({ served }) => served)),
    rebuilt: mean(pairs.map(({ rebuilt }) => rebuilt)),
    ...{ low, high },
  }
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 1 : values.reduce((a, b) => a + b, 0) / values.length
const share = <T>(values: readonly T[], is: (value: T) => boolean): number =>
  values.length === 0 ? 0 : values.filter(is).length / values.length
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`

/** Compares a rebuilt index with the served one by the definition's gate. Names the queries that show a loss. */
export function compareIndexes(
  served: Searched,
  rebuilt: Searched,
  probes: readonly Probe[],
): Comparison {
  const { gate } = rebuilt.search
  const asked = probes.map((probe) => {
    const [before, after] = [hitsOf(served, probe.query), hitsOf(rebuilt, probe.query)]
    return { ...probe, served: before, rebuilt: after, overlap: overlapOf(before, after) }
  })
  const byClicks = compareClicks(asked)
  const own = asked.filter(({ id }) => id !== null)
  const overlap = mean(asked.map((one) => one.overlap))
  const zero: [number, number] = [
    share(asked, (one) => one.served.length === 0),
    share(asked, (one) => one.rebuilt.length === 0),
  ]
  const found: [number, number] = [
    share(own, (one) => one.served.includes(one.id!)),
    share(own, (one) => one.rebuilt.includes(one.id!)),
  ]
  const worst = asked
    .filter((one) => one.overlap < 1)
    .sort((a, b) => a.overlap - b.overlap || (a.query < b.query ? -1 : 1))
    .slice(0, SHOWN)
  const flaws = [
    overlap < gate.minOverlap &&
      `the first ten hits have ${percent(overlap)} in common, expected ${percent(gate.minOverlap)} or more`,
    zero[1] - zero[0] > gate.maxZeroGrowth &&
      `${percent(zero[1])} of queries find nothing, before ${percent(zero[0])}`,
    found[0] - found[1] > gate.maxFoundLoss &&
      `${percent(found[1])} of documents are found by their own words, before ${percent(found[0])}`,
    byClicks !== null &&
      byClicks.high < -gate.maxNdcgLoss &&
      `nDCG@10 of what people clicked fell from ${byClicks.served.toFixed(3)} to ${byClicks.rebuilt.toFixed(3)}`,
  ].filter((flaw) => flaw !== false)
  const shown = worst.map(({ query }) => JSON.stringify(query)).join(', ')
  return {
    isAccepted: flaws.length === 0,
    reason:
      flaws.length === 0
        ? `overlap ${percent(overlap)} on ${asked.length} queries`
        : `${flaws.join('; ')}; see the queries ${shown}`,
    queries: asked.length,
    rankBiasedOverlap: mean(asked.map((one) => rankBiasedOverlap(one.served, one.rebuilt))),
    ...{ overlap, zero, found, ndcg: byClicks },
    worst: worst.map(({ query, ...one }) => ({
      ...{ query, overlap: one.overlap, served: one.served, rebuilt: one.rebuilt },
    })),
  }
}
