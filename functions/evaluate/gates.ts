import type { Gates } from '../contract/scene.ts'
import type { Sanity } from '../contract/scores.ts'
import type { PairedLoss, TrainingResult, Verdict } from '../contract/training.ts'
import { bootstrapMean } from '../math/bootstrap.ts'
import { logLossAt } from '../math/logistic.ts'

/** Scored rows, column by column; `predictions[i]` belongs to `scorers[i]`. */
export interface ScoredRows {
  labels: ArrayLike<number>
  weights: ArrayLike<number>
  users: readonly string[]
  predictions: readonly ArrayLike<number>[]
}

/** The final weights are numbers, and not of another size than their parent's. */
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
      `the norm of its weights is ${ratio.toFixed(2)} times its parent's; at most ${gates.maxNormRatio} either way is allowed`,
    )
  return verdict(
    true,
    ratio === null
      ? 'weights are finite'
      : `weights are ${ratio.toFixed(2)} times its parent's norm`,
  )
}

/** A model that says the same of every row has learned nothing, or has broken. */
export function gatePredictions(result: TrainingResult): Verdict {
  const { mean, p01, p99 } = result.sanity.predictions
  const passed = mean !== null && p01 !== null && p99 !== null && p01 >= 0 && p99 <= 1 && p99 > p01
  const isTiny = result.rows < 2
  return {
    gate: 'predictions',
    passed: passed || isTiny,
    reason: passed
      ? `predictions spread from ${p01.toFixed(4)} to ${p99.toFixed(4)}`
      : `its predictions do not spread (1st percentile ${p01}, 99th ${p99}): it tells no row from another`,
    numbers: { mean, p01, p99 },
  }
}

interface Difference {
  mean: number
  low: number
  high: number
  users: number
  said: string
}

/** A name, and what it predicts of row i. */
type Predictor = readonly [name: string, predict: (i: number) => number]

/** Losses of the same rows by two predictors, summed by user. */
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

/** The same of two scorers. */
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

/** The mean difference over intervals: bootstrap by user, who stays one person in all of them. */
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
  const people = new Set(users).size
  const said = `log loss ${mean >= 0 ? '+' : ''}${mean.toFixed(5)} (${Number((100 * gates.confidence).toFixed(1))} % interval ${low.toFixed(5)} to ${high.toFixed(5)}) against ${theirs}, ${people} users`
  return { mean, low, high, users: people, said }
}

/**
 * The chain that is served against the base it stands on, on its last closed intervals, none of
 * which either had been trained on: what tells, after a release, whether it was a good one.
 */
export function gateServed(gates: Gates, parts: readonly PairedLoss[]): Verdict {
  const [{ ours, theirs }] = parts as [PairedLoss]
  const { mean, low, high, users, said } = compareLosses(gates, parts, theirs)
  const isEnough = users >= gates.minJudgedUsers
  const passed = !isEnough || low <= gates.maxLogLossIncrease
  const about = `served ${ours}: ${said} over ${parts.length} intervals`
  return {
    gate: 'served',
    passed,
    reason: passed
      ? isEnough
        ? about
        : `${about}: too few to tell`
      : `${about}: worse by more than the ${gates.maxLogLossIncrease} allowed, and not by chance`,
    numbers: { mean, low, high, users, intervals: parts.length },
  }
}

/**
 * Candidate against champion on the same rows, which neither had been trained on: paired bootstrap
 * of the difference in log loss, by user. Refused when the whole interval lies above what the
 * configuration allows: worse, and not by chance.
 */
export function gateRegression(
  gates: Gates,
  rows: ScoredRows,
  scorers: readonly string[],
  champion: string | null,
): Verdict {
  const gate = 'regression'
  const rivals = scorers.slice(0, -1)
  const rival = champion !== null && rivals.includes(champion) ? champion : (rivals[0] ?? null)
  if (rival === null || rows.users.length === 0)
    return {
      gate,
      passed: true,
      reason:
        rival === null
          ? 'no earlier version to compare it with'
          : 'no rows that neither was trained on',
      numbers: { rows: rows.users.length },
    }
  const ours = scorers[scorers.length - 1]!
  const paired = pairLosses(rows, scorers, ours, rival)
  const { mean, low, high, said } = compareLosses(gates, [paired], rival)
  const passed = low <= gates.maxLogLossIncrease
  return {
    gate,
    passed,
    reason: passed
      ? said
      : `${said}: worse by more than the ${gates.maxLogLossIncrease} allowed, and not by chance`,
    numbers: { mean, low, high, rows: rows.users.length },
  }
}
