import type { SampleHour } from '../contract/accounts.ts'
import { percent } from '../contract/gates.ts'
import type { Scene } from '../contract/scene.ts'
import { HOUR_MS, isoSeconds } from '../contract/time.ts'
import type { Interval } from '../contract/training.ts'
import type { VerdictHour } from '../contract/verdict-report.ts'

/** The gate that decides, for the decision's evidence. */
export const SERVED_CHEATS_GATE = 'served-cheats'

/** What a model learned of an hour. */
export type LearnedHour = Pick<SampleHour, 'impressions' | 'excluded'>

/** An hour of which a served model learned too many cheats, before a verdict found them. */
export interface CheatedHour {
  hourMs: number
  /** Kept events, those that verdicts exclude now, and the share of them that the model learned. */
  events: number
  excluded: number
  learnedShare: number
  drop: string | null
}
export interface CheatedInterval extends Interval {
  reason: string
  hours: readonly CheatedHour[]
}

const sum = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/** Hours of which verdicts exclude more than the limit now. Most screenings find none. */
export const suspectHours = ({ gates }: Pick<Scene, 'gates'>, hours: readonly VerdictHour[]) =>
  hours.filter(({ events, excluded }) => shareOf(sum(excluded), events) > gates.maxServedCheatShare)

/**
 * The suspect hours whose cheats a served model learned. `learned` has the counts of each hour's sets as
 * the model was trained on them: what verdicts excluded by then, the model never saw.
 */
export function findCheatedHours(
  scene: Pick<Scene, 'gates'>,
  hours: readonly VerdictHour[],
  learned: ReadonlyMap<number, LearnedHour>,
): CheatedHour[] {
  return suspectHours(scene, hours).flatMap(({ hourMs, events, excluded, drop }) => {
    const then = learned.get(hourMs)
    if (!then) return []
    const removed = sum(then.excluded)
    const learnedShare =
      shareOf(sum(excluded), events) - shareOf(removed, removed + then.impressions)
    if (learnedShare <= scene.gates.maxServedCheatShare) return []
    const named = drop?.drop ?? null
    return [{ hourMs, events, excluded: sum(excluded), learnedShare, drop: named }]
  })
}

const describeHours = (hours: readonly CheatedHour[], limit: number): string => {
  const worst = [...hours].sort(
    (a, b) => b.learnedShare - a.learnedShare || a.hourMs - b.hourMs,
  )[0]!
  const { hourMs, events, excluded, learnedShare, drop } = worst
  const count = hours.length === 1 ? 'an hour' : `${hours.length} hours`
  const from = drop === null ? '' : `, most of them in the drop ${drop}`
  return `the served model learned cheats in ${count}: in the hour ${isoSeconds(hourMs)} verdicts exclude ${excluded} of ${events} events${from}, and ${percent(learnedShare)} were learned, more than the allowed ${percent(limit)}`
}

/** Joins hours that follow each other into intervals, each with its reason. */
export function joinCheatedHours(
  { gates }: Pick<Scene, 'gates'>,
  hours: readonly CheatedHour[],
): CheatedInterval[] {
  const groups: CheatedHour[][] = []
  for (const hour of [...hours].sort((a, b) => a.hourMs - b.hourMs)) {
    const last = groups.at(-1)
    if (last && last.at(-1)!.hourMs + HOUR_MS === hour.hourMs) last.push(hour)
    else groups.push([hour])
  }
  return groups.map((group) => ({
    fromMs: group[0]!.hourMs,
    throughMs: group.at(-1)!.hourMs + HOUR_MS,
    reason: describeHours(group, gates.maxServedCheatShare),
    hours: group,
  }))
}
