import { describe, expect, test } from 'vitest'
import type { VersionRow } from '../../functions/contract/registry.ts'
import type { PairedLoss } from '../../functions/contract/training.ts'
import {
  constantPrediction,
  gateServedConstant,
  pairWithConstant,
} from '../../functions/evaluate/constant.ts'
import { evaluateJob } from '../../functions/evaluate/evaluate.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { currentRow, leaveOutputs, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const { gates } = makeScene()
const predictions = { mean: 0.25, p01: 0.1, p50: 0.2, p99: 0.7 }
const SPREAD = { isFinite: true, norm: 1, parentNorm: null, slots: 1, predictions }
type Predict = (n: number, label: number) => number
/** Labels are one in four, and so they were before. */
const RATE = { impressions: 1000, positives: 250 }
const good: Predict = (_, label) => (label ? 0.6 : 0.2)
const constant: Predict = () => 0.25
const bad: Predict = (n) => (n % 3 === 0 ? 0.6 : 0.1)

async function judge(
  outputs: Parameters<typeof leaveOutputs>[2],
  { champion = null, fields = {} }: { champion?: VersionRow | null; fields?: object } = {},
) {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  const rows = outputs?.rows ?? 400
  const candidate = makeVersion(2, {
    ...{ tier: champion ? 'daily' : 'full', status: 'started', rows },
    ...{ modelKey: null, modelSha256: null, parent: champion?.version ?? null, ...RATE, ...fields },
  })
  if (champion) {
    await registry.register(champion)
    await registry.change(currentRow({ version: champion.version }), null)
  }
  await registry.register(candidate)
  await leaveOutputs(models, candidate, { ...outputs, rows })
  const event = {
    time: '2026-01-07T02:31:00Z',
    detail: { TrainingJobName: candidate.jobName, TrainingJobStatus: 'Completed' },
  }
  const judgement = await evaluateJob(
    models,
    () => registry,
    () => makeScene(),
    event,
  )
  return { ...judgement, registry }
}

describe('The first release', () => {
  test('A first release beats the constant prediction and states the margin', async () => {
    expect((await judge({ ours: good, rows: 9 })).verdict).toBe('accepted')
    expect(await judge({ ours: good })).toMatchObject({
      verdict: 'accepted',
      reason: expect.stringMatching(
        /^log loss -0\.2\d+ \(95 % interval .*\) against the constant 25\.00 %, 50 users$/,
      ),
    })
  })

  test.each([
    ['says the same of every row', { ours: constant }, /\+0\.00000 .*: a first release must be/],
    ['is worse', { ours: bad }, /\+0\.\d+ .*: a first release must be better$/],
  ])('A first release is refused when it %s', async (_, outputs, reason) => {
    const result = { sanity: SPREAD }
    const { verdict, reason: said, registry } = await judge({ ...outputs, result })
    expect(verdict).toBe('refused')
    expect(said).toMatch(reason)
    expect(await registry.decisions()).toMatchObject([
      { kind: 'refusal', evidence: { gate: 'constant' } },
    ])
  })

  test('A first release without held-out rows is refused', async () => {
    const { verdict, reason } = await judge({ ours: good, scored: 0 })
    expect(verdict).toBe('refused')
    expect(reason).toBe(
      'no rows were held out: a first release must beat the constant prediction on held-out rows',
    )
  })
})

describe('A full or daily version', () => {
  const champion = makeVersion(1, RATE)
  const others = { [champion.version]: bad }

  test('A better version replaces one worse than a constant prediction', async () => {
    expect((await judge({ ours: good, others }, { champion })).verdict).toBe('accepted')
  })

  test('A refused version leads to withdrawal of a worse-than-constant champion', async () => {
    const result = { sanity: { ...SPREAD, isFinite: false } }
    expect(await judge({ ours: good, others, result }, { champion })).toMatchObject({
      verdict: 'withdrawn',
      reason: expect.stringMatching(/^served daily-20260106.*significantly worse$/),
    })
  })

  test('The served version survives an hour in which everybody clicks', async () => {
    // Labels are one in four where one in a hundred was learned: all that was learned is surprised.
    const learned = makeVersion(1, { impressions: 1000, positives: 10 })
    const theirs = { [learned.version]: (_: number, label: number) => (label ? 0.02 : 0.008) }
    const result = { sanity: { ...SPREAD, isFinite: false } }
    const { verdict } = await judge({ others: theirs, result }, { champion: learned })
    expect(verdict).toBe('refused')
  })
})

describe('The constant prediction', () => {
  test('The constant is the final training rate when labels are young', () => {
    expect(constantPrediction({ impressions: 1000, positives: 10 })).toBe(0.01)
    expect(constantPrediction({ impressions: 1000, positives: 10, known: 100 })).toBe(0.1)
  })

  test('There is no constant prediction when all labels are equal', () => {
    expect(constantPrediction({ impressions: 1000, positives: 0 })).toBeNull()
    expect(constantPrediction({ impressions: 1000, positives: 1000 })).toBeNull()
    expect(constantPrediction({ impressions: 0, positives: 0 })).toBeNull()
  })

  test('The constant loses what a predictor of that rate loses', () => {
    const labels = Array.from({ length: 1000 }, (_, n) => (n % 100 === 0 ? 1 : 0))
    const rows = {
      ...{ labels, weights: labels.map(() => 1), users: labels.map((_, n) => `u${n % 60}`) },
      predictions: [labels.map(() => 0.1)],
    }
    const paired = pairWithConstant(rows, ['v'], 'v', 0.1)
    expect(paired.theirs).toBe('the constant 10.00 %')
    for (const difference of paired.differences) expect(difference).toBeCloseTo(0, 12)
  })
})

describe('The served version', () => {
  const interval = (users: number, difference: number, spread = 0.01): PairedLoss => ({
    ours: 'hourly-1',
    theirs: 'the constant 10.00 %',
    users: Array.from({ length: users }, (_, n) => `u${n}`),
    differences: Array.from({ length: users }, (_, n) => difference + spread * ((n % 3) - 1)),
    weights: Array.from({ length: users }, () => 1),
  })

  test('A served version significantly worse than a constant is withdrawn', () => {
    expect(gateServedConstant(gates, [interval(90, 0.02)], 1, false)).toMatchObject({
      gate: 'served-constant',
      passed: false,
      reason: expect.stringMatching(/^served hourly-1: .*90 users: significantly worse$/),
    })
    expect(gateServedConstant(gates, [interval(90, 0.02, 2)], 1, false).passed).toBe(true)
    expect(gateServedConstant(gates, [interval(49, 0.02)], 1, false)).toMatchObject({
      passed: true,
      reason: expect.stringMatching(/too few users to decide$/),
    })
  })

  test('Hourly looks at the served version give chance no extra weight', () => {
    const near = [interval(90, 0.02, 0.1)]
    expect(gateServedConstant(gates, near, 1, false).passed).toBe(false)
    expect(gateServedConstant(gates, near, 24, false).passed).toBe(true)
  })

  test('A first served version must beat the constant on its first day', () => {
    const parts = Array.from({ length: 24 }, () => interval(90, 0, 2))
    expect(gateServedConstant(gates, parts, 24, false).passed).toBe(true)
    expect(gateServedConstant(gates, parts, 24, true)).toMatchObject({
      passed: false,
      reason: expect.stringMatching(/over 24 intervals, 90 users: not better on its first day$/),
    })
    expect(gateServedConstant(gates, [interval(90, -0.001, 2)], 24, true).passed).toBe(true)
  })
})
