import { describe, expect, test } from 'vitest'
import { seededUniform } from '../../functions/math/random.ts'
import {
  clearModel,
  createLearner,
  createModel,
  normOf,
  weightOf,
} from '../../functions/trainer/model.ts'
import { makeScene } from '../make/scene.ts'

const configuration = {
  ...makeScene().model,
  ...({ kind: 'factorization-machine', hashBits: 10, factors: 4 } as const),
  ...{ factorAlpha: 0.02, factorL2: 0.01, factorInit: 0.05 },
}

/** A model that has learned a few hundred rows of five entries. */
function learned() {
  const model = createModel(configuration)
  const learner = createLearner(model)
  const uniform = seededUniform(3)
  for (let row = 0; row < 300; row++) {
    const slots = Uint32Array.from([0, 1, 2, 3, 4], (i) =>
      i === 0 ? 0 : Math.floor(uniform() * 1024),
    )
    learner.learn(slots, Float32Array.of(1, 1, 0.5, 1, 1), 0, 5, uniform() < 0.3 ? 1 : 0, 0)
  }
  return model
}

describe('a model in memory', () => {
  test('A cleared model equals a new one', () => {
    expect(clearModel(learned())).toEqual(createModel(configuration))
  })

  test('The norm is that of every weight and every factor', () => {
    const model = learned()
    expect(model.pairs).not.toBeNull()
    const weights = Array.from({ length: 1024 }, (_, slot) => weightOf(model, slot))
    const squares = [...weights, ...model.pairs!.values].reduce((sum, v) => sum + v * v, 0)
    expect(squares).toBeGreaterThan(0)
    expect(normOf(model)).toBeCloseTo(Math.sqrt(squares), 10)
  })

  test('Entries without factors learn a weight alone', () => {
    const model = createModel(configuration)
    const learner = createLearner(model)
    const slots = Uint32Array.of(0, 5, 6, 7)
    const values = Float32Array.of(1, 1, 1, 1)
    for (let row = 0; row < 20; row++)
      learner.learn(slots, values, 0, 4, row % 2, 0, 1, Uint8Array.of(0, 1, 0, 1))
    const factorsOf = (slot: number) =>
      [...model.pairs!.values].slice(slot * model.factors, (slot + 1) * model.factors)
    expect(factorsOf(6).every((v) => v === 0)).toBe(true)
    expect(factorsOf(5).every((v) => v !== 0)).toBe(true)
    expect(factorsOf(7).every((v) => v !== 0)).toBe(true)
    expect(model.linear.n[6]).toBeGreaterThan(0)
  })
})
