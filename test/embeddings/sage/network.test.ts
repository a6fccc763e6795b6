import { expect, test } from 'vitest'
import {
  backward,
  forward,
  initialParameters,
  type SageBatch,
  sageParameters,
} from '../../../functions/embeddings/sage/network.ts'
import { trainNetwork } from '../../../functions/embeddings/sage/train-network.ts'
import { seededUniform } from '../../../functions/math/random.ts'
import { drawLatentWorld } from '../placement/latent-world.ts'

const shape = { inputs: 5, hidden: 4, outputs: 3 }
/** Four rows; the first node has two neighbours, the second has none and shares a row. */
const batch: SageBatch = {
  rows: {
    columns: 5,
    offsets: Uint32Array.of(0, 2, 4, 5, 8),
    indices: Uint32Array.of(0, 3, 1, 4, 2, 0, 1, 2),
    values: Float32Array.of(0.5, -1, 1.5, 0.3, -0.7, 0.2, 0.9, -0.4),
  },
  own: Uint32Array.of(0, 2),
  offsets: Uint32Array.of(0, 2, 2),
  neighbours: Uint32Array.of(1, 3),
}

test('Two layers take the mean of neighbours, and relu between them', () => {
  // Hidden: h = relu(first two inputs); outputs: own h plus ten times the mean of the neighbours' h.
  const small = { inputs: 2, hidden: 2, outputs: 2 }
  const parameters = Float32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 10, 0, 0, 10, 0.5, -0.5)
  expect(parameters).toHaveLength(sageParameters(small))
  const rows = {
    columns: 2,
    offsets: Uint32Array.of(0, 2, 3, 5),
    indices: Uint32Array.of(0, 1, 0, 0, 1),
    values: Float32Array.of(1, -2, 4, 2, 6),
  }
  const one = { own: Uint32Array.of(0), offsets: Uint32Array.of(0, 2) }
  const { outputs } = forward(
    parameters,
    small,
    { rows, ...one, neighbours: Uint32Array.of(1, 2) },
    null,
  )
  expect([...outputs]).toEqual([1 + 10 * 3 + 0.5, 0 + 10 * 3 - 0.5])
})

test.each([0, 0.4])('Gradients are those of finite differences at dropout %s', (chance) => {
  const parameters = initialParameters(shape, seededUniform(4))
  for (let i = 0; i < parameters.length; i++) parameters[i]! += 0.01 * (i % 7)
  const weights = Float32Array.of(1, -2, 0.5, 0.7, 1.1, -0.4)
  // The same stream of chances drops the same numbers.
  const pass = () => forward(parameters, shape, batch, { chance, uniform: seededUniform(9) })
  const loss = (): number => pass().outputs.reduce((sum, value, i) => sum + value * weights[i]!, 0)
  const gradients = backward(parameters, shape, batch, pass(), weights)
  const step = 1 / 512
  for (let i = 0; i < parameters.length; i++) {
    const value = parameters[i]!
    parameters[i] = value + step
    const above = loss()
    parameters[i] = value - step
    const below = loss()
    parameters[i] = value
    expect(gradients[i], `parameter ${i}`).toBeCloseTo((above - below) / (2 * step), 3)
  }
})

test('Training a network twice gives the same bytes', () => {
  const { space, training } = drawLatentWorld(4, 60, 60, 10)
  const network = trainNetwork(space, training, 7)!
  expect(trainNetwork(space, training, 7)).toEqual(network)
  expect(trainNetwork(space, training, 8)!.parameters).not.toEqual(network.parameters)
  expect(network.parameters.every(Number.isFinite)).toBe(true)
})
