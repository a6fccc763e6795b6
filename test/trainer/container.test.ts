import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../functions/contract/time.ts'
import { trainingResultSchema } from '../../functions/contract/training.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { logLossAt } from '../../functions/math/logistic.ts'
import { DAY0_MS } from '../make/events.ts'
import {
  makeRunFolder,
  makeSampleRows,
  type RunFolder,
  trainingScene,
} from '../make/training-run.ts'

const FIT = join(import.meta.dirname, '..', '..', 'functions', 'trainer', 'fit.task.ts')
const start = (folder: RunFolder) =>
  spawnSync(process.execPath, [FIT], {
    env: { ...process.env, ML_ROOT: folder.root },
    encoding: 'utf8',
  })
function trainIn(folder: RunFolder) {
  const { status, stderr } = start(folder)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return folder.read()
}
const failureOf = (folder: RunFolder): string => {
  expect(start(folder).status).toBe(1)
  return readFileSync(join(folder.root, 'output', 'failure'), 'utf8')
}
const FULL = {
  tier: 'full',
  version: 'full-20260107-00000001',
  holdoutFromMs: DAY0_MS + DAY_MS,
} as const
const parent = { version: 'full-20260106-00000000', path: 'parent/model.qmm', basePath: null }
const train = (days: number) =>
  trainIn(
    makeRunFolder(
      { ...FULL, version: parent.version, holdoutFromMs: null },
      makeSampleRows(days, 3000),
    ),
  )

describe('A full training', () => {
  test('A full scores its holdout before training and beats the base rate', () => {
    const { result, model } = trainIn(makeRunFolder(FULL, makeSampleRows(2, 3000)))
    trainingResultSchema.parse(result)
    const scores = result.scores[FULL.version]!
    expect(result.rows).toBe(6000)
    expect(scores.rows).toBe(3000)
    expect(scores.auc).toBeGreaterThan(0.75)
    expect(scores.normalizedEntropy).toBeLessThan(0.9)
    expect(scores.calibrationRatio).toBeGreaterThan(0.85)
    expect(scores.calibrationRatio).toBeLessThan(1.15)
    const { header } = decodeModel(model)
    expect(header).toMatchObject({
      version: FULL.version,
      parent: null,
      manifestDigest: 'manifest',
      deterministic: true,
    })
    expect(header.rowsSeen).toBe(2 * 6000)
  })

  test('A full training gives the same bytes every time', () => {
    const rows = makeSampleRows(2, 1000)
    expect(trainIn(makeRunFolder(FULL, rows)).model).toEqual(
      trainIn(makeRunFolder(FULL, [...rows].reverse())).model,
    )
  })

  test('Holdout labels change no holdout prediction of a full', async () => {
    const rows = makeSampleRows(2, 1000)
    const flipped = rows.map((row) =>
      row.timeMs >= FULL.holdoutFromMs ? { ...row, label: 1 - row.label } : row,
    )
    const [a, b] = [makeRunFolder(FULL, rows), makeRunFolder(FULL, flipped)]
    trainIn(a)
    trainIn(b)
    expect((await a.predictions()).map((row) => row['p_0'])).toEqual(
      (await b.predictions()).map((row) => row['p_0']),
    )
  })

  test('A full recovers the unsampled base rate from down-sampled negatives', () => {
    const rows = makeSampleRows(4, 8000, { negativeRate: 0.2, bias: -3 })
    const { result } = trainIn(
      makeRunFolder(
        { ...FULL, holdoutFromMs: DAY0_MS + 3 * DAY_MS, dataThroughMs: DAY0_MS + 4 * DAY_MS },
        rows,
      ),
    )
    expect(result.scores[FULL.version]!.calibrationRatio).toBeGreaterThan(0.9)
    expect(result.scores[FULL.version]!.calibrationRatio).toBeLessThan(1.1)
  })

  test('A full with logistic regression also beats the base rate', () => {
    const {
      factors: _f,
      factorAlpha: _a,
      factorL2: _l,
      factorInit: _i,
      ...linear
    } = trainingScene().model as Record<string, unknown>
    const configuration = trainingScene({ model: { ...linear, kind: 'logistic' } as never })
    const { result, model } = trainIn(
      makeRunFolder({ ...FULL, configuration }, makeSampleRows(2, 3000)),
    )
    expect(result.scores[FULL.version]!.auc).toBeGreaterThan(0.75)
    expect(Object.keys(decodeModel(model).sections)).toEqual(['slots', 'weights', 'z', 'n'])
  })
})

describe('An increment', () => {
  const models = { 'parent/model.qmm': train(2).model }
  const rows = makeSampleRows(3, 2000, { seed: 9 }).filter(
    ({ timeMs }) => timeMs >= DAY0_MS + 2 * DAY_MS,
  )
  const daily = {
    tier: 'daily' as const,
    version: 'daily-20260108-00000002',
    parent,
    rivals: [parent],
  }

  test('An increment continues its parent and scores each row before its step', async () => {
    const folder = makeRunFolder(daily, rows, models)
    const { result, model } = trainIn(folder)
    expect(result.scorers).toEqual([parent.version, daily.version])
    expect(decodeModel(model).header).toMatchObject({
      parent: parent.version,
      rowsSeen: 2 * 6000 + rows.length,
    })
    const predictions = await folder.predictions()
    // The first row was scored by the very weights of the parent; later ones by what came since.
    expect(predictions[0]!['p_1']).toBeCloseTo(predictions[0]!['p_0']!, 3)
    const loss = (column: string): number =>
      predictions.reduce((sum, row) => sum + logLossAt(row[column]!, row['label']!), 0)
    expect(loss('p_1')).toBeLessThan(loss('p_0') + 5)
  })

  test('An increment on the next rows equals one uninterrupted training', () => {
    const all = makeSampleRows(2, 1000)
    const first = all.filter(({ timeMs }) => timeMs < DAY0_MS + DAY_MS)
    const once = trainingScene({
      tiers: {
        full: { ...trainingScene().tiers.full, epochs: 1 },
        daily: { ...trainingScene().tiers.daily, epochs: 1 },
      },
    })
    const base = trainIn(
      makeRunFolder(
        { ...FULL, configuration: once, holdoutFromMs: null, version: parent.version },
        first,
      ),
    )
    const second = trainIn(
      makeRunFolder(
        { ...daily, configuration: once },
        all.filter((row) => !first.includes(row)),
        { 'parent/model.qmm': base.model },
      ),
    )
    const whole = trainIn(makeRunFolder({ ...FULL, configuration: once, holdoutFromMs: null }, all))
    expect(decodeModel(second.model).sections).toEqual(decodeModel(whole.model).sections)
  })

  test('An increment of one class trains, with undefined metrics and reasons', () => {
    const { result } = trainIn(
      makeRunFolder(
        daily,
        rows.map((row) => ({ ...row, label: 0 })),
        models,
      ),
    )
    expect(result.scores[parent.version]).toMatchObject({
      auc: null,
      normalizedEntropy: null,
      undefinedBecause: { auc: expect.stringMatching(/no positives/) },
    })
    expect(result.scores[parent.version]!.logLoss).toBeGreaterThan(0)
  })

  test('An increment without samples or usable parent fails in one sentence', () => {
    expect(failureOf(makeRunFolder(daily, [], models))).toMatch(
      /^InvalidInput: daily-20260108-00000002: got no samples in 2 files, expected at least one row; nothing was trained$/,
    )
    const aged = Uint8Array.from(models['parent/model.qmm'])
    aged[8] = 7
    expect(failureOf(makeRunFolder(daily, rows, { 'parent/model.qmm': aged }))).toMatch(
      /got format version 7, expected version 1/,
    )
    const other = trainingScene()
    const configuration = { ...other, model: { ...other.model, hashBits: 14 } }
    expect(failureOf(makeRunFolder({ ...daily, configuration }, rows, models))).toMatch(
      /its hashBits 12 differ from the configured 14; a full training starts a new lineage/,
    )
  })
})

test('An interrupted training resumes from its checkpoint to the same bytes', async () => {
  const configuration = trainingScene({
    tiers: {
      full: { ...trainingScene().tiers.full, epochs: 20 },
      daily: trainingScene().tiers.daily,
    },
  })
  const rows = makeSampleRows(2, 25_000)
  const calm = trainIn(makeRunFolder({ ...FULL, configuration }, rows))
  const folder = makeRunFolder({ ...FULL, configuration }, rows)
  const child = spawn(process.execPath, [FIT], { env: { ...process.env, ML_ROOT: folder.root } })
  await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
  child.kill('SIGTERM')
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(143)
  expect(existsSync(join(folder.root, 'checkpoints', 'checkpoint.qmm'))).toBe(true)
  expect(existsSync(join(folder.root, 'model', 'model.qmm'))).toBe(false)
  const resumed = trainIn(folder)
  expect(resumed.model).toEqual(calm.model)
  expect(resumed.result).toEqual(calm.result)
})
