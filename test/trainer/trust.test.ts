import { expect, test } from 'vitest'
import type { SampleRow } from '../../functions/contract/rows.ts'
import type { Feature } from '../../functions/contract/scene.ts'
import { scorePredictions } from '../../functions/math/scores.ts'
import { trainPasses } from '../../functions/trainer/fit.ts'
import { createModel, weightOf } from '../../functions/trainer/model.ts'
import { arrangeRows } from '../../functions/trainer/rows.ts'
import { createVectorizer } from '../../functions/trainer/vectorize.ts'
import { makeScene } from '../make/scene.ts'

const features: Feature[] = [{ name: 'item', kind: 'category', of: 'item.id' }]
const HASH_BITS = 10
const vectorize = createVectorizer(features, HASH_BITS)
const model = { ...makeScene().model, kind: 'logistic' as const, hashBits: HASH_BITS, l1: 0, l2: 0 }
const row = (n: number, label: number, trust: number): SampleRow => ({
  ...{ sample: `s${n}`, timeMs: n, user: 'u', item: 'i', label, value: null, f_item: 'i' },
  ...{ isMature: true, known: 1, logOddsCorrection: 0, weight: 2, trust },
  ...{ position: null, propensity: null, release: null },
})

async function weightAfter(rows: SampleRow[]): Promise<number> {
  const trained = createModel(model)
  const options = { isIncrement: true, epochs: 1, holdoutFromMs: null }
  await trainPasses(trained, arrangeRows(rows, features, vectorize), options, async () => false)
  const [slot] = arrangeRows(rows, features, vectorize).slots.subarray(1)
  return weightOf(trained, slot!)
}

test('A step on a weighed row is smaller by its trust', async () => {
  const [whole, half, hardly] = await Promise.all(
    [1, 0.5, 1e-6].map((trust) => weightAfter([row(0, 1, trust)])),
  )
  expect(whole).toBeGreaterThan(half!)
  expect(half).toBeGreaterThan(hardly!)
  expect(Math.abs(hardly!)).toBeLessThan(1e-5)
  // FTRL from zero: w = −z / (β + √n) · α, with z and √n both in proportion to the trust.
  const { alpha, beta } = model
  for (const [trust, weight] of [
    [1, whole],
    [0.5, half],
  ] as const)
    expect(weight).toBeCloseTo((alpha * 0.5 * trust) / (beta + 0.5 * trust), 6)
})

test('Metrics weigh a row by its weight times its trust', () => {
  const rows = arrangeRows([row(0, 1, 0.25), row(1, 0, 1)], features, vectorize)
  expect([...rows.weights]).toEqual([0.5, 2])
  const { logLoss } = scorePredictions([0.8, 0.8], rows.labels, rows.weights)
  expect(logLoss).toBeCloseTo((0.5 * -Math.log(0.8) + 2 * -Math.log(0.2)) / 2.5, 12)
})
