import { percent } from '../contract/gates.ts'
import type { CanaryConfiguration, Gates } from '../contract/scene.ts'
import type { Arm, Rates, Trial, Verdict } from '../contract/training.ts'
import { bootstrapDifference } from '../math/bootstrap.ts'
import { compareLosses, pairLosses, type ScoredRows } from './gates.ts'

/** Scored rows with the release that ranked each, where the log has it. */
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
  predictions: rows.predictions.map((of) => wanted.map((i) => of[i]!)),
})

/**
 * One interval of a trial, told by the arms' own logs: a row belongs to the arm whose release
 * ranked it, and to none where the log does not say. Losses are those of the canary's chain and of
 * `control`, the served chain as it stood before the interval.
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
  const own = arms.flatMap((arm, i) => (arm === 'canary' ? [i] : []))
  const isScored = control !== null && scorers.includes(control) && scorers.includes(canary)
  return {
    throughMs,
    canary: rateOf(rows, own),
    served: rateOf(
      rows,
      arms.flatMap((arm, i) => (arm === 'served' ? [i] : [])),
    ),
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
 * The rule of a canary. It is looked at after every closed hour, and so that looking often does not
 * find by chance what is not there, the looks share the confidence (Bonferroni). Worse by outcomes
 * or by loss: withdrawn at once. Not worse after its hours: promoted. Too few people in its own log
 * by twice its hours: withdrawn, since nothing was learned. A log that names no release of either arm:
 * promoted after its hours, since its gates are then all there is.
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
      reason: `canary, ${hours} of ${canary.hours} hours, ${users} people: ${reason}`,
      numbers: { hours, users, ...numbers },
    },
  })
  // A log that never says what ranked it can hold a trial neither up nor down.
  if (own.users.length + others.users.length === 0)
    return hours >= canary.hours
      ? answer(
          'promote',
          'the log names no release of ours, so there is nothing to try it by; its gates have judged it on all rows',
        )
      : answer('wait', 'the log names no release of ours yet')
  if (!isEnough)
    return hours >= 2 * canary.hours
      ? answer(
          'withdraw',
          `its own log holds too few of them, ${canary.minUsers} an arm are needed: do impressions carry the release that ranked them?`,
        )
      : answer('wait', 'too few to tell')
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
  const about = `outcomes at ${percent(numbers.rate)} against ${percent(numbers.servedRate)} served (difference ${percent(rate.low)} to ${percent(rate.high)})${loss ? `, ${loss.said}` : ''}`
  if (rate.high < 0 || (loss && loss.low > gates.maxLogLossIncrease))
    return answer('withdraw', `${about}: worse, and not by chance`, numbers)
  return hours >= canary.hours
    ? answer('promote', `${about}: not worse`, numbers)
    : answer('wait', about, numbers)
}
