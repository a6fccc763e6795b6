import { parseVersionId } from '../contract/keys.ts'
import type { Scores } from '../contract/scores.ts'
import type { Findings } from './findings.ts'

type Version = Findings['versions'][number]
export type Metric = 'auc' | 'normalizedEntropy' | 'calibrationRatio'

/** A chain and its base on one interval's rows. Neither had been trained on them. */
export interface Comparison {
  fromMs: number
  throughMs: number
  head: string
  chain: Scores
  base: Scores
}

/** A full or daily and the hourly increments that were grown on it, each in order of its data. */
export interface Chain {
  base: Version
  increments: Version[]
  comparisons: Comparison[]
}

/** One increment's parent and base on that increment's rows; empty for the first, whose parent is the base. */
function compare(
  increment: Version,
  base: Version,
  byId: ReadonlyMap<string, Version>,
): Comparison[] {
  const head = increment.parent === base.version ? null : byId.get(increment.parent ?? '')
  const scoreOf = (version: Version) =>
    version.nextInterval.find(({ scoredBy }) => scoredBy === increment.version)
  const chain = head && scoreOf(head)
  const own = scoreOf(base)
  if (!chain || !own) return []
  return [
    {
      fromMs: chain.dataFromMs,
      throughMs: chain.dataThroughMs,
      head: head.version,
      chain: chain.scores,
      base: own.scores,
    },
  ]
}

/** Every full and daily in order of its schedule, with its chain. */
export function groupChains(versions: readonly Version[]): Chain[] {
  const byId = new Map(versions.map((version) => [version.version, version]))
  const onBase = new Map<string, Version[]>()
  for (const version of versions) {
    if (version.base === null) continue
    const found = onBase.get(version.base) ?? []
    onBase.set(version.base, found)
    found.push(version)
  }
  return versions
    .filter(({ tier }) => tier !== 'hourly')
    .map((base) => {
      const increments = (onBase.get(base.version) ?? []).sort(
        (a, b) => a.dataThroughMs - b.dataThroughMs || a.scheduledMs - b.scheduledMs,
      )
      const comparisons = increments.flatMap((increment) => compare(increment, base, byId))
      return { base, increments, comparisons }
    })
}

/** Whether a full or daily scored the interval, which is then whole days. */
export const isOfDays = ({ scoredBy }: { scoredBy: string }): boolean =>
  parseVersionId(scoredBy)?.tier !== 'hourly'

/** Scores of a version on the interval after its data: whole days for a full or daily, never its chain's hours. */
export const nextScores = ({ tier, nextInterval }: Version): Scores | null =>
  nextInterval.find((next) => tier === 'hourly' || isOfDays(next))?.scores ?? null

/** Mean over the intervals where both have a value, weighted by rows; null where no interval has both. */
export function meanOf(
  comparisons: readonly Comparison[],
  metric: Metric,
): { chain: number; base: number } | null {
  let weight = 0
  let chain = 0
  let base = 0
  for (const { chain: ours, base: theirs } of comparisons) {
    const [a, b] = [ours[metric], theirs[metric]]
    if (a === null || b === null) continue
    weight += ours.rows
    chain += ours.rows * a
    base += ours.rows * b
  }
  return weight === 0 ? null : { chain: chain / weight, base: base / weight }
}
