import type { Summary } from '../../../functions/contract/summary.ts'
import { bootstrapMean } from '../../../functions/math/bootstrap.ts'
import { ndcg } from '../../../functions/math/ndcg.ts'
import { NothingServed, type Reader } from '../../../functions/reader/reader.ts'
import type { Search } from '../world/search/searches.ts'
import type { SlateService } from './served-cells.ts'
import type { LoggedSlate } from './slates.ts'

const PLACES = 10
const BOOTSTRAP = { resamples: 1000, confidence: 0.95, seed: 7 }

/** nDCG of one search: in the app's order, and in the order that the served model gives all its results. */
interface Judged {
  user: string
  served: number
  model: number
}

export interface SearchJudge {
  /** The searches before a time that were not taken yet, as slates to score. */
  takeBefore(timeMs: number): LoggedSlate[]
  isOwn(slate: LoggedSlate): boolean
  /** Scores a search of its own at its time, without positions: the model has to find the order. */
  score(slate: LoggedSlate): Promise<void>
  quality(): Summary['search']
}

/** The results of a search in the order of their scores. Equal scores are in order of id. */
const inOrder = ({ results }: Search, scores: readonly number[]): Search['results'] =>
  results
    .map((result, n) => ({ result, score: scores[n]! }))
    .sort((a, b) => b.score - a.score || (a.result.itemId < b.result.itemId ? -1 : 1))
    .map(({ result }) => result)

const ndcgOf = (results: Search['results']): number | null =>
  ndcg(
    results.map(({ grade }) => grade),
    PLACES,
  )

function qualityOf(judged: readonly Judged[]): Summary['search'] {
  if (judged.length === 0) return null
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length
  const gain = bootstrapMean(
    judged.map(({ served, model }) => model - served),
    judged.map(() => 1),
    judged.map(({ user }) => user),
    BOOTSTRAP,
  )
  return {
    searches: judged.length,
    servedNdcg10: mean(judged.map(({ served }) => served)),
    modelNdcg10: mean(judged.map(({ model }) => model)),
    gain,
  }
}

/**
 * Judges the served model by relevance that only the seeded world knows. It scores the results of each
 * search when the search happens, so no model has seen the search. Searches without any relevant result,
 * and those before the first release, are not judged.
 */
export function openSearchJudge(
  reader: Pick<Reader, 'refresh' | 'scoreSlate'>,
  searches: readonly Search[],
  pseudonymOf: (userId: string) => string,
): SearchJudge {
  let next = 0
  const own = new Map<LoggedSlate, Search>()
  const judged: Judged[] = []
  return {
    takeBefore(timeMs) {
      const taken: LoggedSlate[] = []
      for (; next < searches.length && searches[next]!.timeMs < timeMs; next++) {
        const search = searches[next]!
        if (ndcgOf(search.results) === null) continue
        const slate = {
          user: pseudonymOf(search.userId),
          timeMs: search.timeMs,
          context: search.context,
          items: search.results.map(({ itemId }) => ({ item: itemId })),
        }
        own.set(slate, search)
        taken.push(slate)
      }
      return taken
    },
    isOwn: (slate) => own.has(slate),
    async score(slate) {
      const search = own.get(slate)!
      await reader.refresh()
      try {
        const { scores } = await reader.scoreSlate(slate)
        const [served, model] = [ndcgOf(search.results)!, ndcgOf(inOrder(search, scores))!]
        judged.push({ user: slate.user, served, model })
      } catch (error) {
        if (!(error instanceof NothingServed)) throw error
      }
    },
    quality: () => qualityOf(judged),
  }
}

/** A service that also scores the searches that a judge asks for. */
export const withJudge = (service: SlateService, judge: SearchJudge): SlateService => ({
  ...service,
  async slatesIn(drop) {
    const slates = [...(await service.slatesIn(drop)), ...judge.takeBefore(drop.arrivalMs)]
    return slates.sort((a, b) => a.timeMs - b.timeMs || (a.user < b.user ? -1 : 1))
  },
  score: (slate) => (judge.isOwn(slate) ? judge.score(slate) : service.score(slate)),
})
