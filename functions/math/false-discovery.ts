/** By class and count: how many have that count. */
export type ClassCounts = Map<number, Map<number, number>>

export function addCount(counts: ClassCounts, group: number, count: number): void {
  const byCount = counts.get(group) ?? new Map<number, number>()
  counts.set(group, byCount)
  byCount.set(count, (byCount.get(count) ?? 0) + 1)
}

/** What was seen, and the sum of several draws by chance alone. */
export interface Drawn {
  observed: ClassCounts
  drawn: ClassCounts
  draws: number
}

/** Where a class is cut. */
interface Cut {
  /** The least count that is kept. Infinity: none is. */
  least: number
  kept: number
  /** Kept by chance: those of a draw on average, and one draw more (Phipson and Smyth 2010). */
  expected: number
}

/** The lowest cut of a class of whose kept ones chance explains at most a share. */
function cutClass(
  { observed, drawn, draws }: Drawn,
  group: number,
  leastCount: number,
  share: number,
): Cut {
  const [seen, byChance] = [observed.get(group)!, drawn.get(group) ?? new Map<number, number>()]
  const counts = [...new Set([...seen.keys(), ...byChance.keys()])].sort((a, b) => b - a)
  // A class of which none is kept had at most this chance that one was.
  let cut: Cut = { least: Number.POSITIVE_INFINITY, kept: 0, expected: share }
  let [kept, chance] = [0, 0]
  for (const count of counts) {
    if (count < leastCount) break
    kept += seen.get(count) ?? 0
    chance += byChance.get(count) ?? 0
    const expected = (chance + 1) / draws
    if (expected <= share * kept) cut = { least: count, kept, expected }
  }
  return cut
}

/** Halvings of the share that are tried. */
const STEPS = 8

/**
 * The least count that is kept, by class, so that of all that is kept at most `rate` is expected by chance (after
 * Storey and Tibshirani 2003, with one cut a class). Counts below `leastCount` are never kept. A class that is not
 * named keeps none.
 */
export function leastCounts(counts: Drawn, leastCount: number, rate: number): Map<number, number> {
  for (let step = 0; step < STEPS; step++) {
    const cuts = [...counts.observed.keys()].map(
      (group) => [group, cutClass(counts, group, leastCount, rate / 2 ** step)] as const,
    )
    const kept = cuts.reduce((sum, [, cut]) => sum + cut.kept, 0)
    const expected = cuts.reduce((sum, [, cut]) => sum + cut.expected, 0)
    if (expected <= rate * kept) return new Map(cuts.map(([group, { least }]) => [group, least]))
  }
  return new Map()
}
