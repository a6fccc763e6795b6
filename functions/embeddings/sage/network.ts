import type { SparseRows } from './sparse-rows.ts'

/**
 * GraphSAGE with the mean aggregator and two layers (Hamilton, Ying & Leskovec 2017, algorithm 1 and section 3.3):
 * h = relu(W₁ᵀ[x ‖ mean of the neighbours' x] + b₁), then W₂ᵀ[h ‖ mean of the neighbours' h] + b₂. Vectors are not
 * scaled to length 1 between layers.
 */
export interface SageShape {
  /** Columns of a first layer's row: own features and the neighbours' mean, side by side. */
  inputs: number
  hidden: number
  outputs: number
}

/** Nodes to compute, and what they are computed from. */
export interface SageBatch {
  /** Rows of the first layer: [x ‖ mean of the neighbours' x]. */
  rows: SparseRows
  /** By node: its own row of the first layer. */
  own: Uint32Array
  /** By node: its neighbours' rows, from offsets[n] to offsets[n + 1]. */
  offsets: Uint32Array
  neighbours: Uint32Array
}

/** Numbers of a network: W₁ (inputs × hidden), b₁, W₂ (2 hidden × outputs), b₂, one after another. */
export const sageParameters = ({ inputs, hidden, outputs }: SageShape): number =>
  inputs * hidden + hidden + 2 * hidden * outputs + outputs

/** Views of the four parts of parameters, or of gradients. */
function partsOf(parameters: Float32Array, { inputs, hidden, outputs }: SageShape) {
  const first = inputs * hidden
  const second = first + hidden
  const third = second + 2 * hidden * outputs
  return {
    w1: parameters.subarray(0, first),
    b1: parameters.subarray(first, second),
    w2: parameters.subarray(second, third),
    b2: parameters.subarray(third),
  }
}

/** First values: uniform, with the variance of Glorot & Bengio (2010), equation 16; biases are 0. */
export function initialParameters(shape: SageShape, uniform: () => number): Float32Array {
  const parameters = new Float32Array(sageParameters(shape))
  const { w1, w2 } = partsOf(parameters, shape)
  const bound1 = Math.sqrt(6 / (shape.inputs + shape.hidden))
  const bound2 = Math.sqrt(6 / (2 * shape.hidden + shape.outputs))
  for (let i = 0; i < w1.length; i++) w1[i] = bound1 * (2 * uniform() - 1)
  for (let i = 0; i < w2.length; i++) w2[i] = bound2 * (2 * uniform() - 1)
  return parameters
}

/** What a pass leaves for the way back. */
export interface SagePass {
  /** nodes × outputs. */
  outputs: Float32Array
  /** First-layer rows × hidden, after relu and dropout. */
  hidden: Float32Array
  /** By number of `hidden`: 0, or what a kept number was multiplied by. */
  kept: Float32Array
  /** By value of the batch's rows: 0, or what it was multiplied by. */
  inputKept: Float32Array
}

/** Inverted dropout (Srivastava et al. 2014): each number is 0 with this chance. null: none is. */
export interface Dropout {
  chance: number
  uniform: () => number
}

function drawKept(length: number, dropout: Dropout | null): Float32Array {
  const kept = new Float32Array(length).fill(1)
  if (dropout && dropout.chance > 0)
    for (let i = 0; i < length; i++)
      kept[i] = dropout.uniform() < dropout.chance ? 0 : 1 / (1 - dropout.chance)
  return kept
}

export function forward(
  parameters: Float32Array,
  shape: SageShape,
  batch: SageBatch,
  dropout: Dropout | null,
): SagePass {
  const { w1, b1, w2, b2 } = partsOf(parameters, shape)
  const { hidden: width, outputs: out } = shape
  const { rows, own, offsets, neighbours } = batch
  const count = rows.offsets.length - 1
  const inputKept = drawKept(rows.values.length, dropout)
  const kept = drawKept(count * width, dropout)
  const hidden = new Float32Array(count * width)
  for (let row = 0; row < count; row++) {
    const at = row * width
    hidden.set(b1, at)
    for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++) {
      const value = rows.values[e]! * inputKept[e]!
      const from = rows.indices[e]! * width
      if (value !== 0) for (let h = 0; h < width; h++) hidden[at + h]! += value * w1[from + h]!
    }
    for (let h = at; h < at + width; h++) {
      if (!(hidden[h]! > 0)) kept[h] = 0
      hidden[h]! *= kept[h]!
    }
  }
  const outputs = new Float32Array(own.length * out)
  for (let node = 0; node < own.length; node++) {
    outputs.set(b2, node * out)
    const add = (row: number, weight: number, side: number): void => {
      for (let h = 0; h < width; h++) {
        const value = weight * hidden[row * width + h]!
        const from = (side * width + h) * out
        if (value !== 0)
          for (let o = 0; o < out; o++) outputs[node * out + o]! += value * w2[from + o]!
      }
    }
    add(own[node]!, 1, 0)
    const share = 1 / (offsets[node + 1]! - offsets[node]!)
    for (let e = offsets[node]!; e < offsets[node + 1]!; e++) add(neighbours[e]!, share, 1)
  }
  return { outputs, hidden, kept, inputKept }
}

/** The gradient of all parameters, from that of the outputs (nodes × outputs), of the pass before. */
export function backward(
  parameters: Float32Array,
  shape: SageShape,
  batch: SageBatch,
  pass: SagePass,
  outputGradient: Float32Array,
): Float32Array {
  const gradients = new Float32Array(parameters.length)
  const { w2 } = partsOf(parameters, shape)
  const into = partsOf(gradients, shape)
  const { hidden: width, outputs: out } = shape
  const { rows, own, offsets, neighbours } = batch
  const hiddenGradient = new Float32Array(pass.hidden.length)
  for (let node = 0; node < own.length; node++) {
    const at = node * out
    for (let o = 0; o < out; o++) into.b2[o]! += outputGradient[at + o]!
    const passBack = (row: number, weight: number, side: number): void => {
      for (let h = 0; h < width; h++) {
        const value = weight * pass.hidden[row * width + h]!
        const from = (side * width + h) * out
        let sum = 0
        for (let o = 0; o < out; o++) {
          const gradient = outputGradient[at + o]!
          into.w2[from + o]! += value * gradient
          sum += w2[from + o]! * gradient
        }
        hiddenGradient[row * width + h]! += weight * sum
      }
    }
    passBack(own[node]!, 1, 0)
    const share = 1 / (offsets[node + 1]! - offsets[node]!)
    for (let e = offsets[node]!; e < offsets[node + 1]!; e++) passBack(neighbours[e]!, share, 1)
  }
  for (let i = 0; i < hiddenGradient.length; i++) hiddenGradient[i]! *= pass.kept[i]!
  for (let row = 0; row < rows.offsets.length - 1; row++) {
    for (let h = 0; h < width; h++) into.b1[h]! += hiddenGradient[row * width + h]!
    for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++) {
      const value = rows.values[e]! * pass.inputKept[e]!
      const from = rows.indices[e]! * width
      if (value !== 0)
        for (let h = 0; h < width; h++)
          into.w1[from + h]! += value * hiddenGradient[row * width + h]!
    }
  }
  return gradients
}
