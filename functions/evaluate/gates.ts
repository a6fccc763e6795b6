import type { Gates } from '../contract/scene.ts'
import type { Sanity } from '../contract/scores.ts'
import type { PairedLoss, TrainingResult, Verdict } from '../contract/training.ts'
import { bootstrapMean } from '../math/bootstrap.ts'
import { logLossAt } from '../math/logistic.ts'

/** Scored rows as columns; `predictions[i]` are those of `scorers[i]`. */
export interface ScoredRows {
  labels: ArrayLike<number>
  weights: ArrayLike<number>
  users: readonly string[]
  predictions: readonly ArrayLike<number>[]
}

/** The final weights must be finite, and their norm must be near that of the parent's weights. */
export function gateWeights(gates: Gates, sanity: Sanity): Verdict {
  const { norm, parentNorm } = sanity
  const ratio = parentNorm !== null && parentNorm > 0 ? norm / parentNorm : null
  const numbers = { norm, parentNorm, ratio }
  const verdict = (passed: boolean, reason: string): Verdict => ({
    gate: 'weights',
    passed,
    reason,
    numbers,
  })
  if (!sanity.isFinite) return verdict(false, 'its weights are not finite: training diverged')
  if (ratio !== null && (ratio > gates.maxNormRatio || ratio < 1 / gates.maxNormRatio))
    return verdict(
      false,
      `the norm of its weights is ${ratio.toFixed(2)} times its parent's: expected at most ${gates.maxNormRatio} times larger or smaller`,
    )
  return verdict(
    true,
    ratio === null
      ? 'its weights are finite'
      : `the norm of its weights is ${ratio.toFixed(2)} times its parent's`,
  )
}

/** A model that predicts the same for every row has learned nothing, or is broken. */
export function gatePredictions(result: TrainingResult): Verdict {
  const { mean, p01, p99 } = result.sanity.predictions
  const passed = mean !== null && p01 !== null && p99 !== null && p01 >= 0 && p99 <= 1 && p99 > p01
  const isTiny = result.rows < 2
  return {
    gate: 'predictions',
    passed: passed || isTiny,
    reason: passed
      ? `predictions spread from ${p01.toFixed(4)} to ${p99.toFixed(4)}`
      : `its predictions do not spread (1st percentile ${p01}, 99th ${p99}): it predicts the same for every row`,
    numbers: { mean, p01, p99 },
  }
}

interface Difference {
  mean: number
  low: number
  high: number
  users: number
  /** The difference in words. */
  summary: string
}

/** A name, and its prediction of row i. */
type Predictor = readonly [name: string, predict: (i: number) => number]

/** The losses of two predictors on the same rows, summed by user. */
export function pairLoss(
  rows: ScoredRows,
  [ours, a]: Predictor,
  [theirs, b]: Predictor,
): PairedLoss {
  const sums = new Map<string, { difference: number; weight: number }>()
  rows.users.forEach((user, i) => {
    const sum = sums.get(user) ?? { difference: 0, weight: 0 }
    sums.set(user, sum)
    const label = rows.labels[i]!
    sum.difference += rows.weights[i]! * (logLossAt(a(i), label) - logLossAt(b(i), label))
    sum.weight += rows.weights[i]!
  })
  const byUser = [...sums.values()]
  return {
    ours,
    theirs,
    users: [...sums.keys()],
    differences: byUser.map(({ difference }) => difference),
    weights: byUser.map(({ weight }) => weight),
  }
}

/** The losses of two scorers on the same rows, summed by user. */
export function pairLosses(
  rows: ScoredRows,
  scorers: readonly string[],
  ours: string,
  theirs: string,
): PairedLoss {
  const predictorOf = (name: string): Predictor => {
    const predictions = rows.predictions[scorers.indexOf(name)]!
    return [name, (i) => predictions[i]!]
  }
  return pairLoss(rows, predictorOf(ours), predictorOf(theirs))
}

/** The mean difference over intervals. The bootstrap draws users: a user has one draw for all intervals. */
export function compareLosses(
  gates: Gates,
  parts: readonly PairedLoss[],
  theirs: string,
): Difference {
  const users = parts.flatMap((part) => part.users)
  const weights = parts.flatMap((part) => part.weights)
  const differences = parts
    .flatMap((part) => part.differences)
    .map((difference, i) => difference / weights[i]!)
  const { mean, low, high } = bootstrapMean(differences, weights, users, {
    resamples: gates.bootstrapResamples,
    confidence: gates.confidence,
    seed: 1,
  })
  const distinct = new Set(users).size
  const summary = `log loss ${mean >= 0 ? '+' : ''}${mean.toFixed(5)} (${Number((100 * gates.confidence).toFixed(1))} % interval ${low.toFixed(5)} to ${high.toFixed(5)}) against ${theirs}, ${distinct} users`
  return { mean, low, high, users: distinct, summary }
}

/**
 * Compares the served chain with its base on the last closed intervals, before either was trained
 * on them. This check comes after a release, and shows whether the release was a good one.
 */
export function gateServed(gates: Gates, parts: readonly PairedLoss[]): Verdict {
  const [{ ours, theirs }] = parts as [PairedLoss]
  const { mean, low, high, users, summary } = compareLosses(gates, parts, theirs)
  const isEnough = users >= gates.minJudgedUsers
  const passed = !isEnough || low <= gates.maxLogLossIncrease
  const about = `served ${ours}: ${summary} over ${parts.length} intervals`
  return {
    gate: 'served',
    passed,
    reason: passed
      ? isEnough
        ? about
        : `${about}: too few users to decide`
      : `${about}: significantly worse, by more than the ${gates.maxLogLossIncrease} allowed`,
    numbers: { mean, low, high, users, intervals: parts.length },
  }
}

/**
 * Compares the challenger with the champion on the same rows, before either was trained on them:
 * paired bootstrap of the difference in log loss, by user. The gate fails where the whole confidence
 * interval lies above the allowed increase: the challenger is significantly worse.
 */
export function gateRegression(
  gates: Gates,
  rows: ScoredRows,
  scorers: readonly string[],
  champion: string | null,
): Verdict {
  const gate = 'regression'
  const others = scorers.slice(0, -1)
  const other = champion !== null && others.includes(champion) ? champion : (others[0] ?? null)
  if (other === null || rows.users.length === 0)
    return {
      gate,
      passed: true,
      reason:
        other === null
          ? 'no earlier version to compare it with'
          : 'no rows that neither version was trained on',
      numbers: { rows: rows.users.length },
    }
  const ours = scorers[scorers.length - 1]!
  const paired = pairLosses(rows, scorers, ours, other)
  const { mean, low, high, summary } = compareLosses(gates, [paired], other)
  const passed = low <= gates.maxLogLossIncrease
  return {
    gate,
    passed,
    reason: passed
      ? summary
      : `${summary}: significantly worse, by more than the ${gates.maxLogLossIncrease} allowed`,
    numbers: { mean, low, high, rows: rows.users.length },
  }
}
