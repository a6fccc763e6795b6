import { factorize, solve } from '../../math/cholesky.ts'
import type { PlacementModel } from './placement-model.ts'

/** An entity to place: its neighbours' rows, and what content predicts; null: it has no content. */
export interface Newcomer {
  votes: ArrayLike<number>
  prediction: Float64Array | null
}

/**
 * The vectors of newcomers, in their order: the mean of the posterior. Those of equal precision are solved for at
 * once. n × d, row-major.
 */
export function placeVectors(
  model: PlacementModel,
  votes: Float32Array,
  newcomers: readonly Newcomer[],
): Float32Array {
  const { dimensions: d } = model
  const placed = new Float32Array(newcomers.length * d)
  const groups = new Map<string, number[]>()
  for (const [n, { votes: own, prediction }] of newcomers.entries()) {
    const group = `${own.length} ${prediction !== null}`
    const found = groups.get(group)
    if (found) found.push(n)
    else groups.set(group, [n])
  }
  for (const members of groups.values()) {
    const { votes: own, prediction } = newcomers[members[0]!]!
    const prior = prediction ? model.contentPrior : model.plainPrior
    const matrix = Float64Array.from(prior, (value, i) => value + own.length * model.precision[i]!)
    factorize(matrix, d)
    const rhs = new Float64Array(d)
    for (const n of members) {
      sumEvidence(model, votes, newcomers[n]!, rhs)
      solve(matrix, d, rhs, 1)
      for (let i = 0; i < d; i++) placed[n * d + i] = rhs[i]! + model.mean[i]!
    }
  }
  return placed
}

/** The right-hand side: prior precision · (prediction − mean) + gain · Σ(vote − voteMean). */
function sumEvidence(
  { dimensions: d, mean, voteMean, gain, contentPrior }: PlacementModel,
  votes: Float32Array,
  { votes: own, prediction }: Newcomer,
  rhs: Float64Array,
): void {
  const sum = new Float64Array(d)
  for (let v = 0; v < own.length; v++)
    for (let i = 0; i < d; i++) sum[i]! += votes[own[v]! * d + i]! - voteMean[i]!
  for (let i = 0; i < d; i++) {
    let total = 0
    for (let j = 0; j < d; j++) total += gain[i * d + j]! * sum[j]!
    if (prediction)
      for (let j = 0; j < d; j++) total += contentPrior[i * d + j]! * (prediction[j]! - mean[j]!)
    rhs[i] = total
  }
}
