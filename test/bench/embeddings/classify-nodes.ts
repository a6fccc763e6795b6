import { sigmoid } from '../../../functions/math/logistic.ts'
import { seededUniform } from '../../../functions/math/random.ts'

/** Vectors of nodes: n × dimensions, row-major. */
export interface Vectors {
  rows: Float32Array
  dimensions: number
}

const NEWTON_STEPS = 10
const GRADIENT_STEPS = 25

/** Row i times the weights; the last weight is the intercept. */
function scoreOf({ rows, dimensions }: Vectors, node: number, weights: Float64Array): number {
  let score = weights[dimensions]!
  for (let d = 0; d < dimensions; d++) score += rows[node * dimensions + d]! * weights[d]!
  return score
}

/** own + Σ_i scale_i · row_i, with the intercept's column of ones. */
function addRows(
  { rows, dimensions }: Vectors,
  nodes: Uint32Array,
  scales: Float64Array,
  own: Float64Array,
): Float64Array {
  const sums = own.slice()
  for (const [i, node] of nodes.entries()) {
    const scale = scales[i]!
    for (let d = 0; d < dimensions; d++) sums[d]! += scale * rows[node * dimensions + d]!
    sums[dimensions]! += scale
  }
  return sums
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Solves Hx = b by conjugate gradients (Hestenes & Stiefel 1952). */
function solve(times: (x: Float64Array) => Float64Array, b: Float64Array): Float64Array {
  const x = new Float64Array(b.length)
  const residual = b.slice()
  let direction = b.slice()
  let norm = dot(b, b)
  const enough = 1e-4 * norm
  for (let step = 0; step < GRADIENT_STEPS && norm > enough; step++) {
    const product = times(direction)
    const length = norm / dot(direction, product)
    for (let i = 0; i < x.length; i++) {
      x[i]! += length * direction[i]!
      residual[i]! -= length * product[i]!
    }
    const next = dot(residual, residual)
    direction = direction.map((value, i) => residual[i]! + (next / norm) * value)
    norm = next
  }
  return x
}

/**
 * Logistic regression with half the squared norm as its penalty (LIBLINEAR's C = 1), by Newton's method. Returns
 * dimensions + 1 weights.
 */
function fitLabel(vectors: Vectors, nodes: Uint32Array, has: (node: number) => boolean) {
  const weights = new Float64Array(vectors.dimensions + 1)
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const p = Float64Array.from(nodes, (node) => sigmoid(scoreOf(vectors, node, weights)))
    const errors = p.map((value, i) => value - (has(nodes[i]!) ? 1 : 0))
    const gradient = addRows(vectors, nodes, errors, weights)
    const times = (x: Float64Array): Float64Array =>
      addRows(
        vectors,
        nodes,
        p.map((value, i) => value * (1 - value) * scoreOf(vectors, nodes[i]!, x)),
        x,
      )
    const move = solve(times, gradient)
    for (let i = 0; i < weights.length; i++) weights[i]! -= move[i]!
    if (dot(move, move) < 1e-6 * dot(weights, weights)) break
  }
  return weights
}

/**
 * Predicts the labels of `test` nodes by one regression a label on the `train` nodes. A node gets as many labels as it
 * has, the likeliest ones (Perozzi et al. 2014, section 6.1). Returns micro and macro F1.
 */
export function classifyNodes(
  vectors: Vectors,
  labels: readonly (readonly number[])[],
  [train, test]: readonly [Uint32Array, Uint32Array],
): { micro: number; macro: number } {
  const count = 1 + Math.max(...labels.flat())
  const models = Array.from({ length: count }, (_, label) =>
    fitLabel(vectors, train, (node) => labels[node]!.includes(label)),
  )
  const [right, given, known] = [0, 0, 0].map(() => new Float64Array(count))
  for (const node of test) {
    const scores = models.map((weights) => scoreOf(vectors, node, weights))
    const own = labels[node]!
    const found = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, own.length)
    for (const label of own) known![label]!++
    for (const label of found) {
      given![label]!++
      if (own.includes(label)) right![label]!++
    }
  }
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0)
  const each = right!.map(
    (value, label) => (2 * value) / Math.max(1, given![label]! + known![label]!),
  )
  return {
    micro: (2 * sum(right!)) / (sum(given!) + sum(known!)),
    macro: sum(each) / count,
  }
}

/** Half of the nodes to train on and half to test on. */
export function halveNodes(nodes: number, seed: number): [train: Uint32Array, test: Uint32Array] {
  const uniform = seededUniform(seed)
  const keys = Array.from({ length: nodes }, uniform)
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!)
  return [order.subarray(0, nodes >> 1), order.subarray(nodes >> 1)]
}
