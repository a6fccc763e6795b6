import type { ModelArtifact, Section } from '../../../functions/core/artifact.ts'
import { sigmoid } from '../../../functions/math/logistic.ts'
import type { TrainingRows } from '../../../functions/trainer/rows.ts'

/** Step size, and what pulls each weight towards zero whenever its slot is seen. */
const STEP = 0.2
const L2 = 1e-4
/** What each sum of squares begins with, so that the first steps of a row's twenty slots are small. */
const BEGUN = 1

/** Logistic regression by AdaGrad: a weight and the sum of its squared gradients for each slot. */
export interface Learner {
  weights: Float32Array
  squares: Float32Array
}

export const createLearner = (hashBits: number): Learner => ({
  weights: new Float32Array(2 ** hashBits),
  squares: new Float32Array(2 ** hashBits),
})

/** Log-odds of row r: Σ weight × value over its entries. */
function logitOf({ weights }: Learner, rows: TrainingRows, r: number): number {
  let z = 0
  for (let i = rows.starts[r]!; i < rows.starts[r + 1]!; i++)
    z += weights[rows.slots[i]!]! * rows.values[i]!
  return z
}

/** One step on row r (Duchi et al. 2011, equation 1, diagonal); its prediction just before. */
export function learn({ weights, squares }: Learner, rows: TrainingRows, r: number): number {
  const z = logitOf({ weights, squares }, rows, r)
  const error = sigmoid(z + rows.corrections[r]!) - rows.labels[r]!
  for (let i = rows.starts[r]!; i < rows.starts[r + 1]!; i++) {
    const slot = rows.slots[i]!
    const gradient = error * rows.values[i]! + L2 * weights[slot]!
    squares[slot]! += gradient * gradient
    if (gradient !== 0) weights[slot]! -= (STEP * gradient) / Math.sqrt(BEGUN + squares[slot]!)
  }
  return sigmoid(z)
}

export const predict = (learner: Learner, rows: TrainingRows, from: number): Float64Array =>
  Float64Array.from({ length: rows.count - from }, (_, i) =>
    sigmoid(logitOf(learner, rows, from + i)),
  )

export const normOf = ({ weights }: Learner): number =>
  Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0))

/** Puts the slots of a file into a learner; of another image's file there are weights alone. */
export function load(learner: Learner, { sections }: ModelArtifact): Learner {
  const slots = sections['slots'] as Uint32Array
  slots.forEach((slot, i) => {
    learner.weights[slot] = sections['weights']![i]!
    learner.squares[slot] = sections['squares']?.[i] ?? 0
  })
  return learner
}

/** The slots that differ from the base's, or from nothing: what is stored. */
export function store(learner: Learner, base: Learner): Record<string, Section> {
  const { weights, squares } = learner
  const slots = Uint32Array.from(
    Array.from(weights.keys()).filter(
      (slot) => weights[slot] !== base.weights[slot] || squares[slot] !== base.squares[slot],
    ),
  )
  const gather = (from: Float32Array) => Float32Array.from(slots, (slot) => from[slot]!)
  return { slots, weights: gather(weights), squares: gather(squares) }
}
