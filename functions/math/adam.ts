/** Adam's running means of gradients and of their squares, beside the parameters. */
export interface AdamState {
  step: number
  means: Float32Array
  squares: Float32Array
}

export const createAdam = (parameters: number): AdamState => ({
  step: 0,
  means: new Float32Array(parameters),
  squares: new Float32Array(parameters),
})

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8

/**
 * One step of Adam (Kingma & Ba 2015, algorithm 1, with the paper's constants). `l2` adds l2 · parameter to the
 * gradient. Changes `parameters` and `state`.
 */
export function adamStep(
  state: AdamState,
  parameters: Float32Array,
  gradients: Float32Array,
  learningRate: number,
  l2: number,
): void {
  state.step++
  const { means, squares } = state
  const meanScale = 1 / (1 - BETA1 ** state.step)
  const squareScale = 1 / (1 - BETA2 ** state.step)
  for (let i = 0; i < parameters.length; i++) {
    const gradient = gradients[i]! + l2 * parameters[i]!
    const mean = BETA1 * means[i]! + (1 - BETA1) * gradient
    const square = BETA2 * squares[i]! + (1 - BETA2) * gradient * gradient
    means[i] = mean
    squares[i] = square
    parameters[i]! -=
      (learningRate * mean * meanScale) / (Math.sqrt(square * squareScale) + EPSILON)
  }
}
