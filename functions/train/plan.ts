import type { HoldRow, VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { DAY_MS, dateOf, isoSeconds } from '../contract/time.ts'
import type { RunPlan, Tier } from '../contract/training.ts'
import { shapeDigest } from '../core/configuration.ts'
import { maturedDays } from '../registry/timetable.ts'
import { type ClosedHour, countEvents } from '../samples/plan.ts'

/** The number of other versions that are scored on one interval: parent, siblings and champion. */
export const MAX_COMPARED = 4

export interface RunDecision {
  tier: Tier
  tierReason: string
  dataFromMs: number
  dataThroughMs: number
  /** The version that an increment continues. A full has none. */
  parent: VersionRow | null
  /** Hourly only: the full or daily that the chain starts from. */
  base: VersionRow | null
  /** The reason that the run ends before it looks at data. */
  stop: string | null
}

/** Whether a version is accepted and its model still exists. Old models are collected. */
const isAccepted = ({ status, modelKey }: VersionRow): boolean =>
  status === 'accepted' && modelKey !== null

/**
 * The last accepted full or daily: the one with the newest data, a full before a daily. With `shape`
 * it chooses only versions of that shape, because weights of another shape cannot be continued.
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
      .filter(({ shapeDigest }) => shape === null || shapeDigest === shape)
      .sort(
        (a, b) =>
          b.dataThroughMs - a.dataThroughMs ||
          tierRank(b) - tierRank(a) ||
          b.scheduledMs - a.scheduledMs,
      )[0] ?? null
  )
}

/** The last accepted increment of the chain on a base, or the base if there is no increment. */
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
): RunDecision {
  const parent = base && chooseHead(versions, base)
  const hold = holds.find(({ isHeld, subject }) => isHeld && subject === base?.version)
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
        ? `the configuration or the training image asks for a model of another shape than ${base.version}: the hourly chain rests until the next daily trains a full`
        : hold
          ? `the chain on ${base.version} is on hold since ${isoSeconds(hold.sinceMs)} (${hold.reason}): the next full or daily starts another chain`
          : null,
  }
}

/**
 * Decides tier, interval and parent of a run. Each run begins where the data of its parent ends, so a
 * refused or skipped interval is part of the next one.
 *
 * - A daily or full takes closed, whole event days. A daily continues the last accepted full or daily,
 *   never an hourly.
 * - An hourly takes the closed hours after the head of the chain on `hourlyBase`. If that base is new,
 *   it takes all hours after the base, and so regrows the chain.
 * - A daily without a parent of its shape trains a full. A new version of our own trainer continues
 *   earlier models. Another image continues only models of the state that its label names.
 */
export function decideRun(
  scene: Scene,
  requestedTier: Tier,
  closedThroughMs: number,
  versions: readonly VersionRow[],
  holds: readonly HoldRow[] = [],
  hourlyBase: VersionRow | null = chooseBase(versions, closedThroughMs),
  shape = shapeDigest(scene),
): RunDecision {
  const hold = holds.find(({ isHeld, subject }) => isHeld && subject === requestedTier)
  const stop = hold
    ? `the ${requestedTier} tier is frozen since ${isoSeconds(hold.sinceMs)}: ${hold.reason}`
    : null
  if (requestedTier === 'hourly') {
    const noTier = scene.tiers.hourly
      ? null
      : 'the scene has no hourly tier: this run closes hours and folds values'
    const decision = decideHourly(closedThroughMs, versions, holds, hourlyBase, shape)
    return { ...decision, stop: noTier ?? stop ?? decision.stop }
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
          ? `the configuration or the training image asks for a model of another shape than ${other.version}: no increment can continue it, so this run trains a full`
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

/** Why a run ends before training. Null: there is something to train on. */
export function skipReason(decision: RunDecision, sets: RunPlan['sets']): string | null {
  const { tier, dataFromMs, dataThroughMs, stop } = decision
  if (stop !== null) return stop
  if (dataThroughMs <= dataFromMs)
    return `nothing new: data through ${instant(tier, dataThroughMs)} is trained on already`
  if (sets.length === 0)
    return `no closed events from ${instant(tier, dataFromMs)} to ${instant(tier, dataThroughMs)}: the interval joins the next run's`
  return null
}

/**
 * The start of a full's holdout: its last day, if there is an earlier day to train on. The full trains
 * on the holdout afterwards. Null: there is no holdout.
 */
export function chooseHoldout(decision: RunDecision, sets: RunPlan['sets']): number | null {
  if (decision.tier !== 'full' || sets.length < 2) return null
  return sets[sets.length - 1]!.fromMs
}

/** The holdout of a first full: a third of its events, or at most this number of events. */
const FIRST_HOLDOUT_SHARE = 1 / 3
const ENOUGH_EVENTS = 100_000

/**
 * The start of the holdout if nothing is served yet. The first full is judged by its holdout alone, so
 * the holdout is the last whole hours with enough events to tell a model apart from a constant
 * prediction. It may lie within one day. Null: no hour is left before it to learn from.
 */
export function chooseFirstHoldout(hours: readonly ClosedHour[]): number | null {
  const wanted = Math.min(ENOUGH_EVENTS, FIRST_HOLDOUT_SHARE * countEvents(hours))
  const firstMs = hours.reduce((first, { hourMs }) => Math.min(first, hourMs), Infinity)
  let count = 0
  for (const { hourMs, events } of [...hours].sort((a, b) => b.hourMs - a.hourMs)) {
    count += events
    if (count >= wanted) return hourMs > firstMs ? hourMs : null
  }
  return null
}

/**
 * Chooses the versions that are scored beside the candidate (stored as `rivals`). None of them has
 * seen the rows that this run scores. For an increment their data ends where its interval begins. For
 * a full they are the newest whose data ends before its holdout. The champion comes first, then the
 * parent, then the base of an hourly chain.
 */
export function chooseComparedVersions(
  decision: RunDecision,
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
