import type { Recalled, RecallSource } from './recalled.ts'

/** Cormack, Clarke and Büttcher 2009, "Reciprocal rank fusion", use 60. */
const RANK_OFFSET = 60

/**
 * Merges ranked lists by reciprocal rank fusion: the greatest sum first, ties by item. An item counts in
 * each list at its first place. Items that are not accepted leave no gap in the ranks.
 */
export function fuseRanks(
  lists: Readonly<Partial<Record<RecallSource, readonly string[]>>>,
  limit: number,
  isAccepted: (item: string) => boolean,
): Recalled[] {
  const found = new Map<string, Recalled>()
  for (const [source, items] of Object.entries(lists) as [RecallSource, readonly string[]][]) {
    let rank = 0
    for (const item of items) {
      const known = found.get(item)
      if (known?.ranks[source] !== undefined || (!known && !isAccepted(item))) continue
      rank++
      const recalled = known ?? { item, score: 0, ranks: {} }
      recalled.score += 1 / (RANK_OFFSET + rank)
      recalled.ranks[source] = rank
      found.set(item, recalled)
    }
  }
  return [...found.values()]
    .sort((a, b) => b.score - a.score || (a.item < b.item ? -1 : 1))
    .slice(0, limit)
}
