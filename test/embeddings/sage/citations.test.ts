import { expect, test } from 'vitest'
import { readCitations } from './planetoid.ts'
import { classifyBySage } from './sage-classifier.ts'
import { classifyBySmoothing } from './smoothing-classifier.ts'

const folder = process.env['QUARTERMASTER_DATA']

test.skipIf(!folder)('Smoothing and GraphSAGE name the topics of papers', () => {
  const cora = readCitations(folder!, 'cora')
  expect([cora.nodes, cora.classes, cora.words.columns]).toEqual([2708, 7, 1433])
  expect(cora.split.train.length).toBe(140)
  // All hops and seeds are in the benchmark.
  const smoothing = classifyBySmoothing(cora, [5])
  expect(smoothing.test).toBeGreaterThanOrEqual(0.81)
  const options = { hidden: 32, learningRate: 0.01, l2: 5e-4, dropout: 0.5 }
  const sage = classifyBySage(cora, { ...options, epochs: 40, patience: 15 }, 1)
  expect(sage.test).toBeGreaterThan(0.77)
})
