import { sumDropCounts } from '../closing/drop-counts.ts'
import { sumDrops } from '../closing/drop-sums.ts'
import type { SampleAccount, SampleHour, SampleManifest } from '../contract/accounts.ts'
import type { Scene } from '../contract/scene.ts'
import { HOUR_MS, isoSeconds } from '../contract/time.ts'
import type { RunPlan, Verdict } from '../contract/training.ts'
import { countTrusted, sumAccounts } from '../samples/commit-set.ts'
import { gateInvalidShare, gateLabels, gatePositiveRate, gateVolume } from './data-gates.ts'
import { blameDrop, findDoubtfulDrops, type HourDrops } from './drop-rates.ts'
import { type DoubtfulHour, earlierRate, findDoubtfulHours, hoursOf } from './hour-rates.ts'
import type { ClosingDrops } from './interval-drops.ts'
import { countRemoved, gateRemoved, placeOf } from './removed-share.ts'

export interface DataJudgement {
  /** The sets to train on. */
  learned: readonly SampleManifest[]
  /**
   * Hours that are out of bounds, if other hours remain to learn from. An hourly run leaves out the
   * sets of these hours. A set of a full or daily holds many hours, so the run is planned again
   * without the excluded ones.
   */
  excluded: readonly DoubtfulHour[]
  /** The first gate that refuses the run. */
  failed: Verdict | null
}

type Plan = Pick<RunPlan, 'tier' | 'expected' | 'removedBefore'>

/**
 * Whether labels count as complete. Days are about equally old, so their rates can be compared
 * directly if the earlier versions have no `known`.
 */
const hasCompleteLabels = ({ tier, expected }: Plan): boolean =>
  tier !== 'hourly' && expected.known === undefined
const asComplete = <T extends { impressions: number }>(counts: T) => ({
  ...counts,
  known: counts.impressions,
})
/** The counts of a rate: excluded impressions are in no rate. */
const asCounted = (account: SampleAccount) => ({ ...account, impressions: countTrusted(account) })

/** What the drops brought to each of these hours, in all closings. */
function dropsOf(hours: readonly SampleHour[], closings: readonly ClosingDrops[]): HourDrops[] {
  const byHour = new Map<number, HourDrops['drops'][]>()
  for (const { hourMs, drops } of closings.flatMap((closing) => closing.hours ?? []))
    byHour.set(hourMs, [...(byHour.get(hourMs) ?? []), drops])
  return hours
    .filter(({ impressions }) => impressions > 0)
    .map(({ hourMs }) => ({ hourMs, drops: sumDropCounts(byHour.get(hourMs) ?? []) }))
}

/** Names the drop that contributes most to a doubtful hour. */
function nameDrop(doubt: DoubtfulHour, drops: readonly HourDrops[], objective: string) {
  const hour = drops.find(({ hourMs }) => hourMs === doubt.fromMs)
  const blamed = hour ? blameDrop(hour, objective, doubt.verdict) : null
  if (blamed === null) return doubt
  const { drop, outcomes, expected } = blamed
  const reason = `${doubt.verdict.reason}; most of it comes from drop ${drop} (${outcomes} times ${objective}, expected ${expected})`
  return { ...doubt, drop, verdict: { ...doubt.verdict, reason } }
}

/**
 * Hours whose rate is out of bounds, and hours with a drop whose rate is. None if negatives are drawn: the
 * configuration then sets the rate.
 */
function findHours(
  scene: Scene,
  hours: readonly SampleHour[],
  plan: Plan,
  closings: readonly ClosingDrops[],
): DoubtfulHour[] {
  const { gates, objective, sampling } = scene
  if (sampling.negatives) return []
  const drops = dropsOf(hours, closings)
  const earlier = earlierRate(plan.expected)
  const moved = findDoubtfulHours(gates, hours, earlier).map((doubt) =>
    nameDrop(doubt, drops, objective),
  )
  const found = new Set(moved.map(({ fromMs }) => fromMs))
  const poisoned = findDoubtfulDrops(gates, objective, drops, earlier).filter(({ fromMs }) => {
    const isFirst = !found.has(fromMs)
    found.add(fromMs)
    return isFirst
  })
  return [...moved, ...poisoned].sort((a, b) => a.fromMs - b.fromMs)
}

/** The first gate that fails. `doubt` is the verdict on an hour that could not be excluded. */
function findFailedGate(
  scene: Scene,
  plan: Plan,
  account: SampleAccount,
  drops: Verdict,
  removed: Verdict,
  doubt: Verdict | null,
): Verdict | null {
  const { gates, tiers, sampling } = scene
  const least = plan.tier === 'hourly' ? tiers.hourly! : gates
  const verdicts = [
    gateVolume(least.minRows, account),
    ...(doubt ? [doubt] : []),
    drops,
    removed,
    ...(sampling.negatives
      ? []
      : [
          gatePositiveRate(
            gates,
            hasCompleteLabels(plan) ? asComplete(asCounted(account)) : asCounted(account),
            earlierRate(plan.expected),
          ),
        ]),
    gateLabels(least, account),
  ]
  return verdicts.find(({ passed }) => !passed) ?? null
}

/** Each hour has its own set. A doubtful set is left out, as long as other sets remain. */
function judgeHours(
  scene: Scene,
  plan: Plan,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement {
  const hours = hoursOf(plan.tier, sets)
  // The drops of an hour are those of the closing that closed it.
  const gateDrops = (judged: readonly SampleManifest[]): Verdict => {
    const closed = judged.map(({ fromMs }) =>
      closings.find(({ closedThroughMs }) => closedThroughMs >= fromMs + HOUR_MS),
    )
    const read = closings.filter((closing) => closed.includes(closing))
    return gateInvalidShare(scene.gates, sumDrops(read.map(({ drops }) => drops)))
  }
  const gateHours = (judged: readonly SampleManifest[]): Verdict => {
    const removed = countRemoved(judged, closings)
    return gateRemoved(scene.gates, removed, plan.removedBefore ?? [], placeOf(judged, closings))
  }
  const broken = sets.flatMap((set): DoubtfulHour[] => {
    const { fromMs } = set
    const verdict = [gateDrops([set]), gateHours([set])].find(({ passed }) => !passed)
    if (!verdict) return []
    const reason = `${isoSeconds(fromMs)}: ${verdict.reason}`
    return [{ fromMs, throughMs: fromMs + HOUR_MS, verdict: { ...verdict, reason } }]
  })
  const moved = findHours(scene, hours, plan, closings)
  const doubts = [...broken, ...moved]
  const isDoubtful = ({ fromMs }: SampleManifest): boolean =>
    doubts.some((doubt) => doubt.fromMs === fromMs)
  const sound = sets.filter((set) => !isDoubtful(set))
  const learned = sound.length > 0 ? sound : sets
  const last = sets.at(-1)
  // If every hour is out of bounds, the run fails, even if their sum is within bounds.
  const doubt = sound.length > 0 ? null : doubts.find(({ fromMs }) => fromMs === last?.fromMs)
  const account = sumAccounts(learned.map((set) => set.account))
  return {
    learned,
    excluded:
      sound.length > 0
        ? sets.flatMap(({ fromMs }) => doubts.find((hour) => hour.fromMs === fromMs) ?? [])
        : [],
    failed: findFailedGate(
      scene,
      plan,
      account,
      gateDrops(learned),
      gateHours(learned),
      doubt?.verdict ?? null,
    ),
  }
}

/** The set of a day holds all its hours. Doubtful hours are excluded, unless they have most impressions. */
function judgeDays(
  scene: Scene,
  plan: Plan,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement {
  const counted = hoursOf(plan.tier, sets)
  const hours = hasCompleteLabels(plan) ? counted.map(asComplete) : counted
  const doubts = findHours(scene, hours, plan, closings)
  const countIn = (some: readonly SampleHour[]): number =>
    some.reduce((sum, { impressions }) => sum + impressions, 0)
  const inDoubt = hours.filter(({ hourMs }) => doubts.some(({ fromMs }) => fromMs === hourMs))
  const isMost = 2 * countIn(inDoubt) > countIn(hours)
  const first = isMost ? doubts[0]!.verdict : null
  const account = sumAccounts(sets.map((set) => set.account))
  const drops = gateInvalidShare(scene.gates, sumDrops(closings.map(({ drops }) => drops)))
  if (doubts.length > 0 && !isMost) return { learned: sets, excluded: doubts, failed: null }
  const doubt = first && {
    ...first,
    reason: `${doubts.length} of ${hours.length} hours are out of bounds, the first at ${first.reason}`,
  }
  const removed = gateRemoved(
    scene.gates,
    countRemoved(sets, closings),
    plan.removedBefore ?? [],
    placeOf(sets, closings),
  )
  const failed = findFailedGate(scene, plan, account, drops, removed, doubt)
  return { learned: sets, excluded: [], failed }
}

/**
 * The data gates, which run before training. The result depends only on the plan and its samples, so
 * a retry gets the same result. Every tier judges each hour on its own, because the other hours of a
 * run or a day would dilute a bad one. `closings` are those of the interval, oldest first.
 */
export const judgeData = (
  scene: Scene,
  plan: Plan,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement => (plan.tier === 'hourly' ? judgeHours : judgeDays)(scene, plan, sets, closings)
