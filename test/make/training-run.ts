import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SAMPLE_COLUMNS } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import type { TrainingResult, TrainingRun } from '../../functions/contract/training.ts'
import { readParquet, writeParquet } from '../../functions/core/parquet.ts'
import { featureColumns } from '../../functions/features/cells.ts'
import { sigmoid } from '../../functions/math/logistic.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { layoutOf } from '../../functions/trainer/channels.ts'
import { DAY0_MS } from './events.ts'
import { makeScene } from './scene.ts'

export const trainingScene = (fields: Partial<Scene> = {}): Scene =>
  makeScene({
    features: [
      { name: 'user', kind: 'category', of: 'user.id' },
      { name: 'item', kind: 'category', of: 'item.id' },
      {
        name: 'rate',
        kind: 'rate',
        entity: 'item',
        outcome: 'click',
        windowHours: 24,
        priorRate: 0.1,
        priorStrength: 10,
      },
    ],
    model: {
      kind: 'factorization-machine',
      hashBits: 12,
      alpha: 0.1,
      beta: 1,
      l1: 0.05,
      l2: 0.1,
      seed: 3,
      youngLabels: 'fake-negative',
      factors: 4,
      factorAlpha: 0.02,
      factorL2: 0.0001,
      factorInit: 0.02,
    },
    canary: undefined,
    ...fields,
  })

export interface MadeSample {
  [column: string]: unknown
  timeMs: number
  label: number
}

/** Samples of some days with a planted truth: users and items each move the odds. */
export function makeSampleRows(
  days: number,
  perDay: number,
  options: { seed?: number; bias?: number; negativeRate?: number } = {},
): MadeSample[] {
  const { seed = 1, bias = -1, negativeRate = 1 } = options
  const uniform = seededUniform(seed)
  const taste = (n: number): number => Math.sin(n * 12.9898) * 1.5
  const rows: MadeSample[] = []
  for (let n = 0; n < days * perDay; n++) {
    const user = Math.floor(uniform() * 40)
    const item = Math.floor(uniform() * 25)
    const label = uniform() < sigmoid(bias + taste(user) + taste(item + 100)) ? 1 : 0
    const isKept = label === 1 || uniform() < negativeRate
    if (!isKept) continue
    rows.push({
      sample: `s${String(n).padStart(7, '0')}`,
      timeMs: DAY0_MS + Math.floor((n / perDay) * DAY_MS),
      user: `u${user}`,
      item: `i${item}`,
      label,
      value: null,
      isMature: true,
      known: 1,
      logOddsCorrection: -Math.log(negativeRate),
      weight: label === 1 ? 1 : 1 / negativeRate,
      trust: 1,
      f_user: `u${user}`,
      f_item: `i${item}`,
      f_rate: 0.1 + 0.02 * (item % 5),
    })
  }
  return rows
}

export interface RunFolder {
  root: string
  read(): { result: TrainingResult; model: Buffer }
  predictions(): Promise<Record<string, number>[]>
}

/** The folders of a training job, as SageMaker would fill them. */
export function makeRunFolder(
  run: Partial<TrainingRun> & Pick<TrainingRun, 'tier' | 'version'>,
  rows: readonly MadeSample[],
  models: Readonly<Record<string, Uint8Array>> = {},
): RunFolder {
  const root = mkdtempSync(join(tmpdir(), 'ml-'))
  const layout = layoutOf(root)
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  const full: TrainingRun = {
    configuration: trainingScene(),
    dataFromMs: DAY0_MS,
    dataThroughMs: DAY0_MS + DAY_MS,
    holdoutFromMs: null,
    parent: null,
    rivals: [],
    base: null,
    codeDigest: 'code',
    configurationDigest: 'configuration',
    manifestDigest: 'manifest',
    ...run,
  }
  write(join(layout.run, 'run.json'), JSON.stringify(full))
  const columns = { ...SAMPLE_COLUMNS, ...featureColumns(full.configuration.features) }
  // Two files, out of order: the container sorts across them.
  const half = rows.length >> 1
  write(join(layout.samples, 'samples', 'a.parquet'), writeParquet(columns, rows.slice(half)))
  write(join(layout.samples, 'samples', 'b.parquet'), writeParquet(columns, rows.slice(0, half)))
  for (const [path, bytes] of Object.entries(models)) write(join(layout.models, path), bytes)
  return {
    root,
    read: () => ({
      result: JSON.parse(readFileSync(join(layout.data, 'result.json'), 'utf8')),
      model: readFileSync(join(layout.model, 'model.qmm')),
    }),
    predictions: () => readParquet(readFileSync(join(layout.data, 'predictions.parquet'))),
  }
}
