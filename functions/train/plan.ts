import type { HoldRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, dateOf, isoSeconds } from '../contract/time.ts'
import type { RunPlan, Tier } from '../contract/training.ts'
import { shapeDigest } from '../core/configuration.ts'
import { maturedDays } from '../registry/timetable.ts'
import { type ClosedHour, countEvents } from '../samples/plan.ts'

/** Versions scored beside each other on one interval: enough for parent, siblings and champion. */
export const MAX_COMPARED = 4

export interface Decision {
  tier: Tier
  tierReason: string
  dataFromMs: number
  dataThroughMs: number
  /** The version that an increment continues; a full has none. */
  parent: VersionRow | null
  /** Hourly only: the full or daily that the chain stands on. */
  base: VersionRow | null
  /** Why there is nothing to do, whatever the data. */
  stop: string | null
}

/** Accepted, and its model stands: old ones are collected. */
const isAccepted = ({ status, modelKey }: VersionRow): boolean =>
  status === 'accepted' && modelKey !== null

/**
 * The last accepted full or daily: the one that saw most, a full before a daily. Of `shape` only,
 * where one is named: weights of another cannot be continued.
 */
export function chooseBase(
  versions: readonly VersionRow[],
  throughMs: number,
  shape: string | null = null,
): VersionRow | null {
  const tierRank = ({ tier }: VersionRow): number => (tier === 'full' ? 1 : 0)
  return (
    versions
      .filter((version) => isAccepted(version) && version.tier !== 'hourly')
      .filter(({ dataThroughMs }) => dataThroughMs <= throughMs)
      .filter(({ shapeDigest: of }) => shape === null || of === shape)
      .sort(
        (a, b) =>
          b.dataThroughMs - a.dataThroughMs ||
          tierRank(b) - tierRank(a) ||
          b.scheduledMs - a.scheduledMs,
      )[0] ?? null
  )
}

/** The last accepted increment of the chain on a base, or the base where there is none. */
export function chooseHead(versions: readonly VersionRow[], base: VersionRow): VersionRow {
  return versions
    .filter((version) => isAccepted(version) && version.base === base.version)
    .reduce((head, next) => (next.dataThroughMs > head.dataThroughMs ? next : head), base)
}

function decideHourly(
  closedThroughMs: number,
  versions: readonly VersionRow[],
  holds: readonly HoldRow[],
  base: VersionRow | null,
  shape: string,
): Decision {
  const parent = base && chooseHead(versions, base)
  const held = holds.find(({ isHeld, subject }) => isHeld && subject === base?.version)
  return {
    tier: 'hourly',
    tierReason: !parent
      ? 'nothing to continue'
      : parent === base
        ? `regrows the chain on ${base.version}`
        : `continues ${parent.version} on ${base!.version}`,
    dataFromMs: parent?.dataThroughMs ?? closedThroughMs,
    dataThroughMs: closedThroughMs,
    parent,
    base,
    stop: !base
      ? 'no full or daily has been accepted yet: there is nothing to increment'
      : base.shapeDigest !== shape
        ? `${base.version} was trained under a configuration or by an image of another shape: the next daily trains a full under this one`
        : held
          ? `the chain on ${base.version} rests since ${isoSeconds(held.sinceMs)} (${held.reason}): the next full or daily starts another`
          : null,
  }
}

/**
 * Tier, interval and parent of a run. A daily or full takes whole event days that are closed; it
 * continues the last accepted full or daily, never an hourly. An hourly takes the closed hours past
 * the head of the chain on the last accepted base: all of them where that base is new, and so
 * regrows the chain; `hourlyBase` names another where an arm of its own is grown. Each begins where
 * its parent's data ended, so a refused or skipped interval is part of the next. A daily without a parent of its shape trains a full: a new version of our
 * own trainer goes on from the last one's models, and another image only where it says that it keeps
 * the same state, since what a learner goes on from is its own.
 */
export function decideRun(
  scene: Scene,
  requestedTier: Tier,
  closedThroughMs: number,
  versions: readonly VersionRow[],
  holds: readonly HoldRow[] = [],
  hourlyBase: VersionRow | null = chooseBase(versions, closedThroughMs),
  shape = shapeDigest(scene),
): Decision {
  const held = holds.find(({ isHeld, subject }) => isHeld && subject === requestedTier)
  const stop = held
    ? `the ${requestedTier} tier is frozen since ${isoSeconds(held.sinceMs)}: ${held.reason}`
    : null
  if (requestedTier === 'hourly') {
    const decision = decideHourly(closedThroughMs, versions, holds, hourlyBase, shape)
    return { ...decision, stop: stop ?? decision.stop }
  }
  const dataThroughMs = maturedDays(scene, closedThroughMs)
  const parent = requestedTier === 'full' ? null : chooseBase(versions, dataThroughMs, shape)
  const other = chooseBase(versions, dataThroughMs)
  if (parent)
    return {
      tier: 'daily',
      tierReason: `continues ${parent.version}, the last accepted version`,
      dataFromMs: parent.dataThroughMs,
      dataThroughMs,
      parent,
      base: null,
      stop,
    }
  return {
    tier: 'full',
    tierReason:
      requestedTier === 'full'
        ? 'scheduled'
        : other
          ? `the configuration or the training image asks for a model of another shape than ${other.version}: an increment cannot continue that, so this run trains a full`
          : 'no accepted version to continue: an increment needs a parent, so this run trains a full',
    dataFromMs: dataThroughMs - scene.tiers.full.lookbackDays * DAY_MS,
    dataThroughMs,
    parent: null,
    base: null,
    stop,
  }
}

const instant = (tier: Tier, timeMs: number): string =>
  tier === 'hourly' ? isoSeconds(timeMs) : dateOf(timeMs)

/** Why a run ends before training, or null where there is something to train on. */
export function skipReason(decision: Decision, sets: RunPlan['sets']): string | null {
  const { tier, dataFromMs, dataThroughMs, stop } = decision
  if (stop !== null) return stop
  if (dataThroughMs <= dataFromMs)
    return `nothing new: data through ${instant(tier, dataThroughMs)} is trained on already`
  if (sets.length === 0)
    return `no closed events from ${instant(tier, dataFromMs)} to ${instant(tier, dataThroughMs)}: the interval joins the next run's`
  return null
}

/**
 * A full holds its last day out before training on it too, where there is an earlier day to train
 * on. Null: nothing to hold out.
 */
export function chooseHoldout(decision: Decision, sets: RunPlan['sets']): number | null {
  if (decision.tier !== 'full' || sets.length < 2) return null
  return sets[sets.length - 1]!.fromMs
}

/** A first full is judged by its holdout alone: by a third of its events, of which so many are enough. */
const FIRST_HOLDOUT_SHARE = 1 / 3
const ENOUGH_EVENTS = 100_000

/**
 * Where nothing is served yet: the last whole hours that hold enough events to tell a model from a
 * constant prediction, be it within one day. Null: there is no hour before them to learn from.
 */
export function chooseFirstHoldout(hours: readonly ClosedHour[]): number | null {
  const wanted = Math.min(ENOUGH_EVENTS, FIRST_HOLDOUT_SHARE * countEvents(hours))
  const firstMs = hours.reduce((first, { hourMs }) => Math.min(first, hourMs), Infinity)
  let held = 0
  for (const { hourMs, events } of [...hours].sort((a, b) => b.hourMs - a.hourMs)) {
    held += events
    if (held >= wanted) return hourMs > firstMs ? hourMs : null
  }
  return null
}

/**
 * Versions that have not seen the rows that this run will score: those that end where an
 * increment's interval begins, or the newest that end before a full's holdout. The champion comes
 * first, then the parent, then the base that an hourly chain is judged against.
 */
export function chooseComparedVersions(
  decision: Decision,
  holdoutFromMs: number | null,
  versions: readonly VersionRow[],
  champion: string | null,
): string[] {
  const trained = versions.filter(({ modelKey }) => modelKey !== null)
  const { tier, base, parent } = decision
  const scoredFromMs = tier === 'full' ? holdoutFromMs : decision.dataFromMs
  if (scoredFromMs === null) return []
  const rank = ({ version }: VersionRow): number =>
    [champion, parent?.version, base?.version].indexOf(version) >>> 0
  if (tier === 'hourly')
    return trained
      .filter((version) => version.dataThroughMs <= scoredFromMs && rank(version) < 3)
      .sort((a, b) => rank(a) - rank(b))
      .map(({ version }) => version)
  const candidates = trained.filter((version) =>
    tier === 'full'
      ? version.dataThroughMs <= scoredFromMs && isAccepted(version)
      : version.dataThroughMs === scoredFromMs,
  )
  const newestMs = candidates.reduce((max, { dataThroughMs }) => Math.max(max, dataThroughMs), 0)
  return candidates
    .filter(({ dataThroughMs }) => dataThroughMs === newestMs)
    .sort((a, b) => rank(a) - rank(b) || b.scheduledMs - a.scheduledMs)
    .slice(0, MAX_COMPARED)
    .map(({ version }) => version)
}
