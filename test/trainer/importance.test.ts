import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SampleRow } from '../../functions/contract/rows.ts'
import type { Feature } from '../../functions/contract/scene.ts'
import { drawRows, measureImportance } from '../../functions/trainer/importance.ts'
import { createLearner, createModel, weightOf } from '../../functions/trainer/model.ts'
import { arrangeRows } from '../../functions/trainer/rows.ts'
import { createVectorizer } from '../../functions/trainer/vectorize.ts'
import { makeScene } from '../make/scene.ts'

const FEATURES: Feature[] = [
  { name: 'colour', kind: 'category', of: 'item.colour' },
  { name: 'noise', kind: 'category', of: 'context.noise' },
  { name: 'shown', kind: 'count', entity: 'item', event: 'impression', windowHours: 24 },
]
const COLOURS = ['red', 'green', 'blue']

/** Samples whose label depends on the colour alone. */
const makeRows = (count: number): SampleRow[] =>
  Array.from({ length: count }, (_, n) => ({
    sample: `s${n}`,
    timeMs: n,
    user: `u${n % 7}`,
    item: `i${n % 11}`,
    label: n % 3 === 0 ? 1 : 0,
    value: null,
    isMature: true,
    known: 1,
    logOddsCorrection: 0,
    weight: 1,
    trust: 1,
    position: null,
    propensity: null,
    release: null,
    f_colour: COLOURS[n % 3]!,
    f_noise: `n${(n * 7) % 5}`,
    f_shown: (n * 13) % 17,
  }))

function trainOn(rows: SampleRow[], kind: 'logistic' | 'factorization-machine') {
  const { model: shape } = makeScene()
  const linear = { hashBits: 12, alpha: 0.2, beta: 1, l1: 0, l2: 0.1, seed: 5 }
  const pairs = { factors: 2, factorAlpha: 0.05, factorL2: 0.0001, factorInit: 0.05 }
  const { youngLabels } = shape
  const model = createModel(
    kind === 'logistic'
      ? { kind, ...linear, youngLabels }
      : { kind, ...linear, ...pairs, youngLabels },
  )
  const learner = createLearner(model)
  const arranged = arrangeRows(rows, FEATURES, createVectorizer(FEATURES, 12))
  for (let row = 0; row < arranged.count; row++)
    learner.learn(
      arranged.slots,
      arranged.values,
      arranged.starts[row]!,
      arranged.starts[row + 1]!,
      arranged.labels[row]!,
      0,
    )
  return { model, learner }
}

describe('The importance of features', () => {
  test("A linear model's importance is the mean size of its terms", () => {
    const rows = makeRows(300)
    const { model, learner } = trainOn(rows, 'logistic')
    const importance = measureImportance(FEATURES, 12, learner, rows)
    for (const feature of FEATURES) {
      const vectorize = createVectorizer([feature], 12)
      let sum = 0
      for (const row of rows) {
        let term = 0
        let isBias = true
        vectorize(row, (slot, value) => {
          if (!isBias) term += weightOf(model, slot) * Math.fround(value)
          isBias = false
        })
        sum += Math.abs(term)
      }
      expect(importance[feature.name]).toBeCloseTo(sum / rows.length, 9)
    }
  })

  test.each(['logistic', 'factorization-machine'] as const)(
    'The feature that decides the label matters most in a %s',
    (kind) => {
      const rows = makeRows(600)
      const { learner } = trainOn(rows, kind)
      const importance = measureImportance(FEATURES, 12, learner, rows)
      expect(importance['colour']).toBeGreaterThan(2 * importance['noise']!)
      expect(importance['colour']).toBeGreaterThan(2 * importance['shown']!)
    },
  )

  test('The drawn rows do not depend on the order of the samples', () => {
    const rows = makeRows(3000)
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const forwards = drawRows(3)
        for (const row of rows) forwards.see(row)
        const shuffled = drawRows(3)
        const start = Math.abs(seed) % rows.length
        for (const row of [...rows.slice(start), ...rows.slice(0, start)].reverse())
          shuffled.see(row)
        expect(shuffled.rows()).toEqual(forwards.rows())
        expect(forwards.rows()).toHaveLength(1000)
      }),
      { numRuns: 5 },
    )
  })
})
