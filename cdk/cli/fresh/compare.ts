import type { Difference, FreshResult, Study } from '../../../functions/contract/fresh.ts'
import { aucOfRanked, rankRows } from '../../../functions/math/auc.ts'
import { bootstrapStatistics } from '../../../functions/math/bootstrap.ts'
import { logLossAt } from '../../../functions/math/logistic.ts'
import { scorePredictions } from '../../../functions/math/scores.ts'
import type { StudyTrial } from './trial.ts'

const METRICS = 3
/** The baseline of a study that compares each variant with the one before it. */
export const PREVIOUS = 'the step before'

/** Predictions of all variants for the same rows. */
export type ScoredTrial = Pick<StudyTrial, 'seed' | 'rows' | 'predictions'>

/** One trial, prepared for scoring under many draws of its users. */
interface Resampled {
  users: number
  /** AUC, log loss and normalized entropy, variant-major. `draws` has the count of each user. */
  statistics(draws: Uint32Array): Float64Array
}

function prepare({ rows, predictions }: ScoredTrial, arms: readonly string[]): Resampled {
  const index = new Map<string, number>()
  const userOf = Uint32Array.from(rows.users, (user) => {
    if (!index.has(user)) index.set(user, index.size)
    return index.get(user)!
  })
  const sumByUser = (valueAt: (row: number) => number): Float64Array => {
    const sums = new Float64Array(index.size)
    for (let row = 0; row < rows.count; row++) sums[userOf[row]!]! += valueAt(row)
    return sums
  }
  const weights = sumByUser((row) => rows.weights[row]!)
  const positives = sumByUser((row) => rows.weights[row]! * rows.labels[row]!)
  const columns = arms.map((arm) => {
    const scores = predictions[arm]!
    const losses = sumByUser(
      (row) => rows.weights[row]! * logLossAt(scores[row]!, rows.labels[row]!),
    )
    const order = rankRows(scores)
    return {
      losses,
      ascending: Float64Array.from(order, (row) => scores[row]!),
      labels: Uint8Array.from(order, (row) => rows.labels[row]!),
      weights: Float64Array.from(order, (row) => rows.weights[row]!),
      users: Uint32Array.from(order, (row) => userOf[row]!),
    }
  })
  return {
    users: index.size,
    statistics(draws) {
      const total = (values: Float64Array): number =>
        values.reduce((sum, x, u) => sum + x * draws[u]!, 0)
      const weight = total(weights)
      const rate = total(positives) / weight
      const hasBoth = rate > 0 && rate < 1
      const entropy = -(rate * Math.log(rate) + (1 - rate) * Math.log1p(-rate))
      const into = new Float64Array(arms.length * METRICS)
      for (const [
        a,
        { losses, ascending, labels, weights: rowWeights, users },
      ] of columns.entries()) {
        const weightOf = (i: number): number => rowWeights[i]! * draws[users[i]!]!
        const logLoss = total(losses) / weight
        // A draw with one class cannot be ranked, and its rate is known: AUC 0.5, entropy 1.
        into[a * METRICS] = aucOfRanked(ascending, labels, weightOf) ?? 0.5
        into[a * METRICS + 1] = logLoss
        into[a * METRICS + 2] = hasBoth ? logLoss / entropy : 1
      }
      return into
    },
  }
}

/** Each variant minus the baseline: the mean over trials, with users resampled within each trial. */
function differencesOf(
  trials: readonly ScoredTrial[],
  arms: readonly string[],
  baseline: string,
  bootstrap: FreshResult['bootstrap'],
): Difference[] {
  const prepared = trials.map((trial) => prepare(trial, arms))
  const isStepwise = baseline === PREVIOUS
  const others = isStepwise ? arms.slice(1) : arms.filter((arm) => arm !== baseline)
  const against = (arm: string): string => (isStepwise ? arms[arms.indexOf(arm) - 1]! : baseline)
  const place = (arm: string, metric: number): number => arms.indexOf(arm) * METRICS + metric
  const intervals = bootstrapStatistics(
    prepared.map(({ users }) => users),
    (draws) => {
      const scores = prepared.map(({ statistics }, t) => statistics(draws[t]!))
      return others.flatMap((arm) =>
        Array.from({ length: METRICS }, (_, metric) => {
          const gaps = scores.map(
            (trial) => trial[place(arm, metric)]! - trial[place(against(arm), metric)]!,
          )
          return gaps.reduce((a, b) => a + b, 0) / gaps.length
        }),
      )
    },
    bootstrap,
  )
  return others.map((arm, i) => ({
    arm,
    auc: intervals[i * METRICS]!,
    logLoss: intervals[i * METRICS + 1]!,
    normalizedEntropy: intervals[i * METRICS + 2]!,
  }))
}

/** A study of trials. All variants are scored on the same rows. */
export function compareArms(
  about: Pick<Study, 'group' | 'name' | 'note' | 'drift' | 'baseline'>,
  trials: readonly ScoredTrial[],
  bootstrap: FreshResult['bootstrap'],
): Study {
  const arms = Object.keys(trials[0]!.predictions)
  return {
    ...about,
    arms,
    trials: trials.map(({ seed, rows, predictions }) => ({
      seed,
      users: new Set(rows.users).size,
      scores: Object.fromEntries(
        arms.map((arm) => [arm, scorePredictions(predictions[arm]!, rows.labels, rows.weights)]),
      ),
    })),
    differences: differencesOf(trials, arms, about.baseline, bootstrap),
  }
}
