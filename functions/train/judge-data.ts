import { sumDrops } from '../closing/drop-sums.ts'
import type { SampleAccount, SampleManifest } from '../contract/accounts.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { HOUR_MS } from '../contract/time.ts'
import type { Interval, RunPlan, Verdict } from '../contract/training.ts'
import { gateInvalidShare, gatePositiveRate, gateVolume } from '../evaluate/data-gates.ts'
import { sumAccounts } from '../samples/seal.ts'
import type { ClosingDrops } from './interval-drops.ts'

/** Accepted versions whose data says what positive rate to expect. */
const TRAILING_VERSIONS = 7

/** Sums over the last accepted dailies, or fulls where there is none: what a run is compared with. */
export function expectRate(versions: readonly VersionRow[]): RunPlan['expected'] {
  const accepted = versions.filter(({ status }) => status === 'accepted')
  const dailies = accepted.filter(({ tier }) => tier === 'daily')
  const fulls = accepted.filter(({ tier }) => tier === 'full')
  const trailing = (dailies.length > 0 ? dailies : fulls)
    .sort((a, b) => b.dataThroughMs - a.dataThroughMs)
    .slice(0, TRAILING_VERSIONS)
  const sum = (of: (version: VersionRow) => number): number =>
    trailing.reduce((total, version) => total + of(version), 0)
  return {
    impressions: sum(({ impressions }) => impressions),
    ...(trailing.every(({ known }) => known !== undefined) && { known: sum((row) => row.known!) }),
    positives: sum(({ positives }) => positives),
  }
}

export interface DataJudgement {
  learned: readonly SampleManifest[]
  /** Hours whose positive rate or share in quarantine is out of bounds by itself; the next daily judges them with its day. */
  aside: readonly Interval[]
  failed: Verdict | null
}

/**
 * The gates that come before training: whether these samples may teach at all. A function of the
 * plan and its samples, so that a retry comes to the same. An hourly run over several hours asks
 * each hour by itself: an hour that was refused joins the next run, and must not pass by being
 * diluted. It is set aside, in the version's manifest, as long as others are left to learn from.
 * `closings` of the interval, oldest first: an hour's drops are those of the one that closed it.
 */
export function judgeData(
  scene: Scene,
  { tier, expected }: Pick<RunPlan, 'tier' | 'expected'>,
  sets: readonly SampleManifest[],
  closings: readonly ClosingDrops[],
): DataJudgement {
  const { gates } = scene
  const trailing = { rows: expected.known ?? expected.impressions, positives: expected.positives }
  // Days are about as old as one another: they compare as they are where nothing else is known.
  const isAsOld = tier !== 'hourly' && expected.known === undefined
  const gateRate = (account: SampleAccount): Verdict =>
    gatePositiveRate(
      gates,
      isAsOld ? { ...account, known: account.impressions } : account,
      trailing,
    )
  const gateDrops = (of: readonly SampleManifest[]): Verdict => {
    const closed = of.map(({ fromMs }) =>
      closings.find(({ closedThroughMs }) => closedThroughMs >= fromMs + HOUR_MS),
    )
    const read =
      tier === 'hourly' ? closings.filter((closing) => closed.includes(closing)) : closings
    return gateInvalidShare(gates, sumDrops(read.map(({ drops }) => drops)))
  }
  const doubtOf = (set: SampleManifest): Verdict | undefined =>
    [gateDrops([set]), gateRate(set.account)].find(({ passed }) => !passed)
  const likely = tier === 'hourly' && sets.length > 1 ? sets.filter((set) => !doubtOf(set)) : sets
  const learned = likely.length > 0 ? likely : sets
  const account = sumAccounts(learned.map((set) => set.account))
  const verdicts = [
    gateVolume(tier === 'hourly' ? scene.tiers.hourly!.minRows : gates.minRows, account),
    gateDrops(learned),
    gateRate(account),
  ]
  return {
    learned,
    aside: sets
      .filter((set) => !learned.includes(set))
      .map(({ fromMs }) => ({ fromMs, throughMs: fromMs + HOUR_MS })),
    // Hours that are each out of bounds do not make up for one another.
    failed:
      verdicts.find(({ passed }) => !passed) ??
      (likely.length > 0 ? null : (sets.map(doubtOf).at(-1) ?? null)),
  }
}
