import { parseVersionId } from '../contract/keys.ts'
import type { Scores } from '../contract/scores.ts'
import type { Version } from './findings.ts'

export type Metric = 'auc' | 'normalizedEntropy' | 'calibrationRatio'

/** The scores of a chain and its base on one interval's rows. Neither was trained on them. */
export interface Comparison {
  fromMs: number
  throughMs: number
  head: string
  chain: Scores
  base: Scores
}

/** A full or daily, and the hourly increments grown on it, in order of their data. */
export interface Chain {
  base: Version
  increments: Version[]
  comparisons: Comparison[]
}

/**
 * Compares one increment's parent and the base on that increment's rows. Empty for the first
 * increment, whose parent is the base.
 */
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

/** Every full and daily in order of schedule, with its chain. */
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

/** Whether a full or daily scored the interval, which then has whole days. */
export const isOfDays = ({ scoredBy }: { scoredBy: string }): boolean =>
  parseVersionId(scoredBy)?.tier !== 'hourly'

/**
 * Scores of a version on the interval after its data. For a full or daily these are whole days,
 * never the hours of its chain.
 */
export const nextScores = ({ tier, nextInterval }: Version): Scores | null =>
  nextInterval.find((next) => tier === 'hourly' || isOfDays(next))?.scores ?? null

/**
 * Mean over the intervals in which both have a value, weighted by rows. Null if there is no such
 * interval.
 */
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
