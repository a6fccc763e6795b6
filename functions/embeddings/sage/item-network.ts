import { type FeatureScale, type ItemCase, itemBatch, sageInputs } from './item-batch.ts'
import { forward, type SageShape } from './network.ts'

/** A trained network that gives an item's two vectors from its content and its users. */
export interface ItemNetwork extends FeatureScale {
  parameters: Float32Array
  hidden: number
  /** d each: what the outputs are measured from. */
  targetIn: ArrayLike<number>
  targetOut: ArrayLike<number>
}

/** Outputs: deviations of `in`, then of `out`, in units of the scale. */
export const shapeOf = (network: FeatureScale & { hidden: number }): SageShape => ({
  inputs: sageInputs(network),
  hidden: network.hidden,
  outputs: 2 * network.dimensions,
})

/** Items computed at once. */
const BATCH = 256

/** The two vectors of each item, n × dimensions. */
export function runNetwork(network: ItemNetwork, cases: readonly ItemCase[]) {
  const { dimensions: d, targetIn, targetOut, scale } = network
  const shape = shapeOf(network)
  const found = { in: new Float32Array(cases.length * d), out: new Float32Array(cases.length * d) }
  for (let from = 0; from < cases.length; from += BATCH) {
    const batch = itemBatch(cases.slice(from, from + BATCH), network)
    const { outputs } = forward(network.parameters, shape, batch, null)
    for (let n = 0; n < batch.own.length; n++)
      for (let i = 0; i < d; i++) {
        found.in[(from + n) * d + i] = targetIn[i]! + scale * outputs[2 * n * d + i]!
        found.out[(from + n) * d + i] = targetOut[i]! + scale * outputs[(2 * n + 1) * d + i]!
      }
  }
  return found
}

/** The block of numbers that a network is kept in: four means of d, the scale, the hidden width, the parameters. */
export function packNetwork(network: ItemNetwork): Float32Array {
  const { meanIn, meanSmoothed, targetIn, targetOut, scale, hidden, parameters } = network
  const head = [meanIn, meanSmoothed, targetIn, targetOut].flatMap((mean) => Array.from(mean))
  return Float32Array.from([...head, scale, hidden, ...parameters])
}

export function unpackNetwork(
  numbers: Float32Array,
  dimensions: number,
  contentDimensions: number,
): ItemNetwork {
  const d = dimensions
  const mean = (n: number): Float32Array => numbers.subarray(n * d, (n + 1) * d)
  return {
    ...{ dimensions, contentDimensions, meanIn: mean(0), meanSmoothed: mean(1) },
    ...{ targetIn: mean(2), targetOut: mean(3), scale: numbers[4 * d]! },
    ...{ hidden: numbers[4 * d + 1]!, parameters: numbers.subarray(4 * d + 2) },
  }
}
