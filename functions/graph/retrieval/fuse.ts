import type { Found } from './ports.ts'

/** A ranked list and what it counts. */
export interface WeightedList {
  name: string
  weight: number
  found: readonly Found[]
}

export interface Fused {
  id: string
  score: number
  /** Rank from 1 in each list that has it. */
  ranks: Readonly<Record<string, number>>
}

/** Cormack, Clarke & Büttcher 2009, section 3: fixed in a pilot, and hardly sensitive. */
const RANK_CONSTANT = 60

type Part = (found: readonly Found[], place: number) => number

/** Σ weight · part over the lists that have a chunk. Equal scores come by id. */
function fuse(lists: readonly WeightedList[], part: Part): Fused[] {
  const fused = new Map<string, { score: number; ranks: Record<string, number> }>()
  for (const { name, weight, found } of lists) {
    if (weight <= 0) continue
    for (const [place, { id }] of found.entries()) {
      const one = fused.get(id) ?? { score: 0, ranks: {} }
      fused.set(id, one)
      one.score += weight * part(found, place)
      one.ranks[name] = place + 1
    }
  }
  return [...fused]
    .map(([id, one]) => ({ id, ...one }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
}

/**
 * Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009, "Reciprocal rank fusion outperforms Condorcet and individual
 * rank learning methods", section 2) with a weight for each list: Σ weight / (constant + rank).
 */
export const fuseRanks = (lists: readonly WeightedList[], constant = RANK_CONSTANT): Fused[] =>
  fuse(lists, (_found, place) => 1 / (constant + place + 1))

/**
 * Fusion of scores: those of a list go from 1 for its first to 0 for its last (Lee 1997, "Analyses of multiple evidence
 * combination", section 4; Bruch, Gai & Ingber 2023, "An analysis of fusion functions for hybrid retrieval", section 4).
 * A list whose first stands out keeps it first, which ranks alone cannot know.
 */
export const fuseScores = (lists: readonly WeightedList[]): Fused[] =>
  fuse(lists, (found, place) => {
    const [most, least] = [found[0]!.score, found.at(-1)!.score]
    return most > least ? (found[place]!.score - least) / (most - least) : 1
  })
