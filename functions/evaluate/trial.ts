import { percent } from '../contract/gates.ts'
import type { CanaryConfiguration, Gates } from '../contract/scene.ts'
import type { Arm, Rates, Trial, Verdict } from '../contract/training.ts'
import { bootstrapDifference } from '../math/bootstrap.ts'
import { compareLosses, pairLosses, type ScoredRows } from './gates.ts'

/** Scored rows, each with the release that ranked it; null where the log does not say. */
export interface LoggedRows extends ScoredRows {
  releases: readonly (string | null)[]
}

function rateOf(rows: LoggedRows, wanted: readonly number[]): Rates {
  const byUser = new Map<string, [positives: number, weight: number]>()
  for (const i of wanted) {
    const sum = byUser.get(rows.users[i]!) ?? [0, 0]
    byUser.set(rows.users[i]!, sum)
    sum[0] += rows.weights[i]! * rows.labels[i]!
    sum[1] += rows.weights[i]!
  }
  return {
    users: [...byUser.keys()],
    positives: [...byUser.values()].map(([positives]) => positives),
    weights: [...byUser.values()].map(([, weight]) => weight),
  }
}

const pick = (rows: LoggedRows, wanted: readonly number[]): ScoredRows => ({
  labels: wanted.map((i) => rows.labels[i]!),
  weights: wanted.map((i) => rows.weights[i]!),
  users: wanted.map((i) => rows.users[i]!),
  predictions: rows.predictions.map((column) => wanted.map((i) => column[i]!)),
})

/**
 * Observes one interval of a trial. A row counts for the challenger (the canary) or the champion
 * (the served chain), whichever release ranked it, and for neither where the log does not say. The
 * losses are those of the canary's chain and of `control`, the served chain before the interval.
 */
export function observeTrial(
  rows: LoggedRows,
  scorers: readonly string[],
  canary: string,
  control: string | null,
  armOf: (release: string) => Arm | null,
  throughMs: number,
): Trial {
  const arms = rows.releases.map((release) => (release === null ? null : armOf(release)))
  const rankedBy = (wanted: Arm): number[] => arms.flatMap((arm, i) => (arm === wanted ? [i] : []))
  const own = rankedBy('canary')
  const isScored = control !== null && scorers.includes(control) && scorers.includes(canary)
  return {
    throughMs,
    canary: rateOf(rows, own),
    served: rateOf(rows, rankedBy('served')),
    loss: isScored && own.length > 0 ? pairLosses(pick(rows, own), scorers, canary, control) : null,
  }
}

const join = (parts: readonly Rates[]): Rates => ({
  users: parts.flatMap(({ users }) => users),
  positives: parts.flatMap(({ positives }) => positives),
  weights: parts.flatMap(({ weights }) => weights),
})
const rateIn = ({ positives, weights }: Rates): number =>
  positives.reduce((a, b) => a + b, 0) / weights.reduce((a, b) => a + b, 0)

export interface TrialJudgement {
  decision: 'wait' | 'promote' | 'withdraw'
  verdict: Verdict
}

/**
 * Judges a canary after each closed hour. The looks share the confidence (Bonferroni), so that
 * frequent tests find nothing by chance.
 * - Significantly worse by outcomes or by loss: withdrawn at once.
 * - Not significantly worse after its hours: promoted.
 * - Too few users after twice its hours: withdrawn, since the trial has shown nothing.
 * - No row names a release of champion or challenger: promoted after its hours, on its gates alone.
 */
export function judgeTrial(
  canary: CanaryConfiguration,
  gates: Gates,
  trials: readonly Trial[],
): TrialJudgement {
  const shared = { ...gates, confidence: 1 - (1 - gates.confidence) / canary.hours }
  const { bootstrapResamples: resamples } = gates
  const own = join(trials.map((trial) => trial.canary))
  const others = join(trials.map((trial) => trial.served))
  const users = new Set(own.users).size
  const hours = trials.length
  const losses = trials.flatMap(({ loss }) => loss ?? [])
  const isEnough = users >= canary.minUsers && new Set(others.users).size >= canary.minUsers
  const answer = (
    decision: TrialJudgement['decision'],
    reason: string,
    numbers: Verdict['numbers'] = {},
  ): TrialJudgement => ({
    decision,
    verdict: {
      gate: 'canary',
      passed: decision !== 'withdraw',
      reason: `canary, ${hours} of ${canary.hours} hours, ${users} users: ${reason}`,
      numbers: { hours, users, ...numbers },
    },
  })
  // A log that never names a release must not block the new base.
  if (own.users.length + others.users.length === 0)
    return hours >= canary.hours
      ? answer(
          'promote',
          'no impression names a release of the trial, so only its gates have judged it, on all rows',
        )
      : answer('wait', 'no impression names a release of the trial yet')
  if (!isEnough)
    return hours >= 2 * canary.hours
      ? answer(
          'withdraw',
          `too few users, champion and challenger need ${canary.minUsers} each: check that impressions carry the release that ranked them`,
        )
      : answer('wait', 'too few users to decide')
  const options = { resamples, confidence: shared.confidence, seed: 1 }
  const rate = bootstrapDifference(own, others, options)
  const loss = losses.length > 0 ? compareLosses(shared, losses, losses[0]!.theirs) : null
  const numbers = {
    rate: rateIn(own),
    servedRate: rateIn(others),
    low: rate.low,
    high: rate.high,
    loss: loss?.mean ?? null,
  }
  const about = `outcomes at ${percent(numbers.rate)} against ${percent(numbers.servedRate)} served (difference ${percent(rate.low)} to ${percent(rate.high)})${loss ? `, ${loss.summary}` : ''}`
  if (rate.high < 0 || (loss && loss.low > gates.maxLogLossIncrease))
    return answer('withdraw', `${about}: significantly worse`, numbers)
  return hours >= canary.hours
    ? answer('promote', `${about}: not significantly worse`, numbers)
    : answer('wait', about, numbers)
}
