import { sumDrops } from '../closing/drop-sums.ts'
import type { SampleAccount, SampleHour, SampleManifest } from '../contract/accounts.ts'
import type { Scene } from '../contract/scene.ts'
import { HOUR_MS, isoSeconds } from '../contract/time.ts'
import type { RunPlan, Verdict } from '../contract/training.ts'
import { sumAccounts } from '../samples/commit-set.ts'
import { gateInvalidShare, gateLabels, gatePositiveRate, gateVolume } from './data-gates.ts'
import { type DoubtfulHour, earlierRate, findDoubtfulHours, hoursOf } from './hour-rates.ts'
import type { ClosingDrops } from './interval-drops.ts'

export interface DataJudgement {
  learned: readonly SampleManifest[]
  /**
   * Hours that are out of bounds by themselves, beside others to learn from. An hourly run leaves
   * their sets out; the sets of a full or daily hold them, and are to be made again without them.
   */
  aside: readonly DoubtfulHour[]
  failed: Verdict | null
}

type Plan = Pick<RunPlan, 'tier' | 'expected'>

/** Days are about as old as one another: they compare as they are where nothing else is known. */
const isAsOld = ({ tier, expected }: Plan): boolean =>
  tier !== 'hourly' && expected.known === undefined
const asOld = <T extends { impressions: number }>(counts: T) => ({
  ...counts,
  known: counts.impressions,
})

/** Hours whose rate is out of bounds; none where negatives are drawn, since the rate is the scene's own. */
const findHours = (scene: Scene, hours: readonly SampleHour[], plan: Plan): DoubtfulHour[] =>
  scene.sampling.negatives ? [] : findDoubtfulHours(scene.gates, hours, earlierRate(plan.expected))

/** The first gate that an account does not pass; `doubt`: of an hour of it. */
function askGates(
  scene: Scene,
  plan: Plan,
  account: SampleAccount,
  drops: Verdict,
  doubt: Verdict | null,
): Verdict | null {
  const { gates, tiers, sampling } = scene
  const least = plan.tier === 'hourly' ? tiers.hourly! : gates
  const verdicts = [
    gateVolume(least.minRows, account),
    ...(doubt ? [doubt] : []),
    drops,
    ...(sampling.negatives
      ? []
      : [
          gatePositiveRate(
            gates,
            isAsOld(plan) ? asOld(account) : account,
            earlierRate(plan.expected),
          ),
        ]),
    gateLabels(least, account),
  ]
  return verdicts.find(({ passed }) => !passed) ?? null
}

/** Every hour has a set of its own, and is left out by itself as long as others are left to learn from. */
function judgeHours(
  scene: Scene,
  plan: Plan,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement {
  const hours = hoursOf(plan.tier, sets)
  // An hour's drops are those of the closing that closed it.
  const gateDrops = (of: readonly SampleManifest[]): Verdict => {
    const closed = of.map(({ fromMs }) =>
      closings.find(({ closedThroughMs }) => closedThroughMs >= fromMs + HOUR_MS),
    )
    const read = closings.filter((closing) => closed.includes(closing))
    return gateInvalidShare(scene.gates, sumDrops(read.map(({ drops }) => drops)))
  }
  const broken = sets.flatMap((set): DoubtfulHour[] => {
    const { fromMs } = set
    const verdict = gateDrops([set])
    const reason = `${isoSeconds(fromMs)}: ${verdict.reason}`
    return verdict.passed
      ? []
      : [{ fromMs, throughMs: fromMs + HOUR_MS, verdict: { ...verdict, reason } }]
  })
  const moved = findHours(scene, hours, plan)
  const doubts = [...broken, ...moved]
  const isDoubtful = ({ fromMs }: SampleManifest): boolean =>
    doubts.some((doubt) => doubt.fromMs === fromMs)
  const likely = sets.filter((set) => !isDoubtful(set))
  const learned = likely.length > 0 ? likely : sets
  const last = sets.at(-1)
  // Hours that are each out of bounds do not make up for one another.
  const doubt = likely.length > 0 ? null : doubts.find(({ fromMs }) => fromMs === last?.fromMs)
  const account = sumAccounts(learned.map((set) => set.account))
  return {
    learned,
    aside:
      likely.length > 0
        ? sets.flatMap(({ fromMs }) => doubts.find((of) => of.fromMs === fromMs) ?? [])
        : [],
    failed: askGates(scene, plan, account, gateDrops(learned), doubt?.verdict ?? null),
  }
}

/** A day's set holds all of its hours: those in doubt are set aside as long as they are not the most of it. */
function judgeDays(
  scene: Scene,
  plan: Plan,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement {
  const ofSets = hoursOf(plan.tier, sets)
  const hours = isAsOld(plan) ? ofSets.map(asOld) : ofSets
  const doubts = findHours(scene, hours, plan)
  const countIn = (of: readonly SampleHour[]): number =>
    of.reduce((sum, { impressions }) => sum + impressions, 0)
  const inDoubt = hours.filter(({ hourMs }) => doubts.some(({ fromMs }) => fromMs === hourMs))
  const isMost = 2 * countIn(inDoubt) > countIn(hours)
  const first = isMost ? doubts[0]!.verdict : null
  const account = sumAccounts(sets.map((set) => set.account))
  const drops = gateInvalidShare(scene.gates, sumDrops(closings.map(({ drops }) => drops)))
  if (doubts.length > 0 && !isMost) return { learned: sets, aside: doubts, failed: null }
  const doubt = first && {
    ...first,
    reason: `${doubts.length} of ${hours.length} hours are out of bounds, the first at ${first.reason}`,
  }
  return { learned: sets, aside: [], failed: askGates(scene, plan, account, drops, doubt) }
}

/**
 * The gates that come before training: whether these samples may teach at all. A function of the
 * plan and its samples, so that a retry comes to the same. Every tier asks each hour by itself: one
 * that is out of bounds must not pass by being diluted, by the hours that it joins or by its day.
 * `closings` of the interval, oldest first.
 */
export const judgeData = (
  scene: Scene,
  plan: Plan,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement => (plan.tier === 'hourly' ? judgeHours : judgeDays)(scene, plan, sets, closings)
