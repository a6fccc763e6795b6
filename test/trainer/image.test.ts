import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../../functions/contract/time.ts'
import type { TrainingRun } from '../../functions/contract/training.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { layoutOf } from '../../functions/trainer/channels.ts'
import { train } from '../../functions/trainer/train.ts'
import { DAY0_MS } from '../make/events.ts'
import {
  makeRunFolder,
  makeSampleRows,
  type RunFolder,
  trainingScene,
} from '../make/training-run.ts'

const PROGRAM = join(import.meta.dirname, 'image', 'adagrad.ts')
const rows = makeSampleRows(2, 1000)
const [first, second] = [rows.slice(0, 1000), rows.slice(1000)]
const full = { tier: 'full', version: 'full-20260107-00000001' } as const
const daily = { tier: 'daily', version: 'daily-20260108-00000002' } as const
const fileOf = (version: string) => ({ version, path: `${version}/model.qmm`, basePath: null })
const runImage = ({ root }: RunFolder) =>
  spawnSync(process.execPath, [PROGRAM], { env: { ML_ROOT: root }, encoding: 'utf8' })
const runOurs = ({ root }: RunFolder) =>
  train(
    layoutOf(root),
    () => true,
    () => {},
  )

/** The day after, with the full of the other trainer as a rival that has not seen it. */
const dayAfter = (rival: Uint8Array, configuration = trainingScene()): RunFolder => {
  const run: Partial<TrainingRun> & typeof daily = {
    ...daily,
    configuration,
    dataFromMs: DAY0_MS + DAY_MS,
    dataThroughMs: DAY0_MS + 2 * DAY_MS,
    rivals: [fileOf(full.version)],
  }
  return makeRunFolder(run, second, { [fileOf(full.version).path]: rival })
}

describe('The example image', () => {
  let folder: RunFolder
  beforeAll(() => {
    folder = makeRunFolder({ ...full, holdoutFromMs: DAY0_MS + DAY_MS / 2 }, first)
    expect(runImage(folder)).toMatchObject({ status: 0, stderr: '' })
  })

  test('The example image scores its holdout first and beats the base rate', () => {
    const { result } = folder.read()
    expect(result.scores[full.version]).toMatchObject({ rows: 500 })
    expect(result.scores[full.version]!.normalizedEntropy).toBeLessThan(0.97)
    expect(result.sanity).toMatchObject({ isFinite: true, parentNorm: null })
  })

  test('The example image keeps its own state beside the weights', () => {
    expect(Object.keys(decodeModel(folder.read().model).sections)).toEqual([
      'slots',
      'weights',
      'squares',
    ])
  })

  test('The example image gives the same bytes every time', () => {
    const again = makeRunFolder({ ...full, holdoutFromMs: DAY0_MS + DAY_MS / 2 }, first)
    runImage(again)
    for (const path of ['model/model.qmm', 'output/data/result.json'])
      expect(readFileSync(join(again.root, path))).toEqual(readFileSync(join(folder.root, path)))
  })

  test('The example image leaves a reason when it cannot train', () => {
    const lost = makeRunFolder({ ...daily, parent: fileOf('lost') }, first)
    expect(runImage(lost).status).toBe(1)
    const failure = readFileSync(join(lost.root, 'output', 'failure'), 'utf8')
    expect(failure).toMatch(/^Error: ENOENT.*lost\/model.qmm/)
    expect(existsSync(join(lost.root, 'output', 'data', 'result.json'))).toBe(false)
  })
})

describe('Two trainers', () => {
  const { features } = trainingScene()
  const {
    kind: _,
    factors: _f,
    factorAlpha: _a,
    factorL2: _l,
    factorInit: _i,
    ...numbers
  } = trainingScene().model as Record<string, unknown>
  const linear = trainingScene({ features, model: { ...numbers, kind: 'logistic' } as never })

  test.each([
    ['with factors', trainingScene()],
    ['without factors', linear],
  ])('Both trainers predict the same from a built-in model %s', async (_, configuration) => {
    const folder = makeRunFolder({ ...full, configuration }, first)
    await runOurs(folder)
    const [ours, theirs] = [0, 1].map(() => dayAfter(folder.read().model, configuration))
    await runOurs(ours!)
    runImage(theirs!)
    const [expected, found] = await Promise.all([ours!.predictions(), theirs!.predictions()])
    expect(found).toHaveLength(second.length)
    for (const [r, row] of found.entries()) expect(row['p_0']).toBeCloseTo(expected[r]!['p_0']!, 6)
  })

  test('Both trainers get equal predictions from the model of the image', async () => {
    const folder = makeRunFolder({ ...full, configuration: linear }, first)
    runImage(folder)
    const [ours, theirs] = [0, 1].map(() => dayAfter(folder.read().model, linear))
    await runOurs(ours!)
    runImage(theirs!)
    const [found, expected] = await Promise.all([ours!.predictions(), theirs!.predictions()])
    for (const [r, row] of found.entries()) expect(row['p_0']).toBeCloseTo(expected[r]!['p_0']!, 5)
    expect(ours!.read().result.scorers).toEqual([full.version, daily.version])
  })
})
