import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, dateOf, floorDay } from '../contract/time.ts'
import type { RunPlan, Tier } from '../contract/training.ts'

/** Versions scored beside each other on one interval: enough for parent, siblings and champion. */
const MAX_RIVALS = 4

export interface Decision {
  tier: Tier
  tierReason: string
  dataFromMs: number
  dataThroughMs: number
  /** The version that an increment continues; a full has none. */
  parent: VersionRow | null
}

const accepted = (versions: readonly VersionRow[]): VersionRow[] =>
  versions.filter(({ status }) => status === 'accepted')

/** The last accepted version to build on: the one that saw most, a full before a daily. */
export function chooseParent(
  versions: readonly VersionRow[],
  throughMs: number,
): VersionRow | null {
  const tierRank = ({ tier }: VersionRow): number => (tier === 'full' ? 1 : 0)
  return (
    accepted(versions)
      .filter(({ dataThroughMs }) => dataThroughMs <= throughMs)
      .sort(
        (a, b) =>
          b.dataThroughMs - a.dataThroughMs ||
          tierRank(b) - tierRank(a) ||
          b.scheduledMs - a.scheduledMs,
      )[0] ?? null
  )
}

/**
 * Tier, interval and parent of a run: whole event days that are closed. An increment continues the
 * last accepted version and begins where its data ended, so a refused or skipped interval is part
 * of the next. Without one, there is nothing to increment, and the run trains a full.
 */
export function decideRun(
  scene: Scene,
  requestedTier: Tier,
  closedThroughMs: number,
  versions: readonly VersionRow[],
): Decision {
  const dataThroughMs = floorDay(closedThroughMs)
  const parent = requestedTier === 'full' ? null : chooseParent(versions, dataThroughMs)
  if (parent)
    return {
      tier: 'daily',
      tierReason: `continues ${parent.version}, the last accepted version`,
      dataFromMs: parent.dataThroughMs,
      dataThroughMs,
      parent,
    }
  return {
    tier: 'full',
    tierReason:
      requestedTier === 'full'
        ? 'scheduled'
        : 'no accepted version to continue: an increment needs a parent, so this run trains a full',
    dataFromMs: dataThroughMs - scene.tiers.full.lookbackDays * DAY_MS,
    dataThroughMs,
    parent: null,
  }
}

/** Why a run ends before training, or null where there is something to train on. */
export function skipReason(decision: Decision, days: RunPlan['days']): string | null {
  const { dataFromMs, dataThroughMs } = decision
  if (dataThroughMs <= dataFromMs)
    return `nothing new: data through ${dateOf(dataThroughMs)} is trained on already`
  if (days.length === 0)
    return `no closed events from ${dateOf(dataFromMs)} to ${dateOf(dataThroughMs)}: the interval joins the next run's`
  return null
}

/**
 * A full holds its last day out before training on it too, where there is an earlier day to train
 * on. Null: nothing to hold out.
 */
export function chooseHoldout(decision: Decision, days: RunPlan['days']): number | null {
  if (decision.tier !== 'full' || days.length < 2) return null
  return days[days.length - 1]!.dayMs
}

/**
 * Versions that have not seen the rows that this run will score: those that end where an
 * increment's interval begins, or the newest that end before a full's holdout. `champion` and the
 * parent come first.
 */
export function chooseRivals(
  decision: Decision,
  holdoutFromMs: number | null,
  versions: readonly VersionRow[],
  champion: string | null,
): string[] {
  const trained = versions.filter(({ modelKey }) => modelKey !== null)
  const scoredFromMs = decision.tier === 'full' ? holdoutFromMs : decision.dataFromMs
  if (scoredFromMs === null) return []
  const candidates = trained.filter(({ dataThroughMs, status }) =>
    decision.tier === 'full'
      ? dataThroughMs <= scoredFromMs && status === 'accepted'
      : dataThroughMs === scoredFromMs,
  )
  const newestMs = candidates.reduce((max, { dataThroughMs }) => Math.max(max, dataThroughMs), 0)
  const rank = ({ version }: VersionRow): number =>
    version === champion ? 0 : version === decision.parent?.version ? 1 : 2
  return candidates
    .filter(({ dataThroughMs }) => dataThroughMs === newestMs)
    .sort((a, b) => rank(a) - rank(b) || b.scheduledMs - a.scheduledMs)
    .slice(0, MAX_RIVALS)
    .map(({ version }) => version)
}
