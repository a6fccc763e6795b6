import { expect, test } from 'vitest'
import { adamStep, createAdam } from '../../functions/math/adam.ts'

test('The first step of Adam is the learning rate against the sign', () => {
  const parameters = Float32Array.of(1, 1, 1)
  adamStep(createAdam(3), parameters, Float32Array.of(0.002, -5, 0), 0.1, 0)
  expect(parameters[0]).toBeCloseTo(0.9, 5)
  expect(parameters[1]).toBeCloseTo(1.1, 5)
  expect(parameters[2]).toBe(1)
})

test('Adam finds the least of a badly scaled square', () => {
  const parameters = Float32Array.of(3, -2)
  const state = createAdam(2)
  const step = (): void =>
    adamStep(
      state,
      parameters,
      Float32Array.of(200 * (parameters[0]! - 1), parameters[1]!),
      0.05,
      0,
    )
  for (let i = 0; i < 500; i++) step()
  expect(parameters[0]).toBeCloseTo(1, 2)
  expect(parameters[1]).toBeCloseTo(0, 2)
})
