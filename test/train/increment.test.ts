import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  jobOutputKey,
  trainingJobName,
  versionModelsChannelKey,
  versionRunKey,
  versionSamplesChannelKey,
} from '../../functions/contract/keys.ts'
import { SAMPLE_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { TrainingRun } from '../../functions/contract/training.ts'
import { readArchive } from '../../functions/core/archive.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { ObjectMissing } from '../../functions/core/errors.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { trainIncrement } from '../../functions/train/increment.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeRunFolder, makeSampleRows, trainingScene } from '../make/training-run.ts'

const FIT = join(import.meta.dirname, '..', '..', 'functions', 'trainer', 'fit.task.ts')
const folder = mkdtempSync(join(tmpdir(), 'increment-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const BASE = 'full-20260106-00000001'
const HOURLY = 'hourly-2026010601-00000002'
const OTHER = 'full-20260113-00000003'
const fileOf = (version: string) => ({ version, path: `${version}/model.qmm`, basePath: null })
const run: Partial<TrainingRun> & Pick<TrainingRun, 'tier' | 'version'> = {
  tier: 'hourly',
  version: HOURLY,
  dataFromMs: DAY0_MS + DAY_MS,
  dataThroughMs: DAY0_MS + DAY_MS + HOUR_MS,
  parent: fileOf(BASE),
  base: fileOf(BASE),
  rivals: [fileOf(BASE)],
}
const rows = makeSampleRows(2, 600).filter(({ timeMs }) => timeMs >= DAY0_MS + DAY_MS)
let base: Uint8Array

/** The container as SageMaker runs it: a process of its own on folders that are filled. */
function trainInContainer(...given: Parameters<typeof makeRunFolder>) {
  const made = makeRunFolder(...given)
  const { status, stderr } = spawnSync(process.execPath, [FIT], {
    env: { ...process.env, ML_ROOT: made.root },
    encoding: 'utf8',
  })
  return { status, stderr, made }
}

/** The buckets as `start` leaves them: run, samples and models of one version, and its channels. */
function makeBuckets(model: Uint8Array, of: string = BASE, version: string = HOURLY) {
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  const columns = {
    ...SAMPLE_COLUMNS,
    f_user: 'string',
    f_item: 'string',
    f_rate: 'float',
  } as const
  const half = rows.length >> 1
  lake.drop('samples/feed/a.parquet', writeParquet(columns, rows.slice(half)))
  lake.drop('samples/feed/b.parquet', writeParquet(columns, rows.slice(0, half)))
  models.drop(`models/feed/${of}/model.qmm`, model)
  models.drop(
    versionRunKey('feed', version),
    canonicalJson({
      configuration: trainingScene(),
      holdoutFromMs: null,
      codeDigest: 'code',
      configurationDigest: 'configuration',
      manifestDigest: 'manifest',
      ...run,
      version,
      parent: fileOf(of),
      base: fileOf(of),
      rivals: [fileOf(of)],
    }),
  )
  models.drop(
    versionSamplesChannelKey('feed', version),
    canonicalJson([{ prefix: 's3://lake/' }, 'samples/feed/a.parquet', 'samples/feed/b.parquet']),
  )
  models.drop(
    versionModelsChannelKey('feed', version),
    canonicalJson([{ prefix: 's3://models/models/feed/' }, `${of}/model.qmm`]),
  )
  const read: string[] = []
  const watched = {
    ...models,
    get: (key: string) => {
      read.push(key)
      return models.get(key)
    },
  }
  return { lake, models, watched, read }
}
type Buckets = ReturnType<typeof makeBuckets>
const increment = (
  { lake, watched }: Buckets,
  where: string,
  version = HOURLY,
  jobName = trainingJobName('feed', version),
) =>
  trainIncrement(
    { lake, models: watched, folder: join(folder, where) },
    { scene: 'feed', version, jobName, scheduledTime: '2026-01-06T02:05:00Z' },
    () => {},
  )
const filesOf = async ({ models }: Buckets, archive: 'model' | 'output', jobName?: string) => {
  const key = jobOutputKey('feed', HOURLY, archive, jobName)
  return readArchive(await models.get(key), key, 1e9)
}

beforeAll(() => {
  const { status, stderr, made } = trainInContainer(
    { tier: 'full', version: BASE },
    makeSampleRows(1, 600),
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
  base = made.read().model
})

describe('An increment in Lambda', () => {
  test('A Lambda increment leaves the same bytes as the container', async () => {
    const { status, stderr, made } = trainInContainer(run, rows, { [`${BASE}/model.qmm`]: base })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const buckets = makeBuckets(base)
    expect(await increment(buckets, 'same')).toEqual({
      time: '2026-01-06T02:05:00Z',
      detail: { TrainingJobName: `qm-feed-${HOURLY}`, TrainingJobStatus: 'Completed' },
    })
    const { model, result } = made.read()
    expect((await filesOf(buckets, 'model')).get('model.qmm')).toEqual(model)
    const output = await filesOf(buckets, 'output')
    expect(JSON.parse(output.get('result.json')!.toString())).toEqual(result)
    expect(output.get('predictions.parquet')).toEqual(
      readFileSync(join(made.root, 'output', 'data', 'predictions.parquet')),
    )
  })

  test('A repeated increment leaves the same archives and no files on disk', async () => {
    const buckets = makeBuckets(base)
    await increment(buckets, 'twice')
    const first = [...buckets.models.contents]
    await increment(buckets, 'twice')
    expect([...buckets.models.contents]).toEqual(first)
    expect(existsSync(join(folder, 'twice', 'work'))).toBe(false)
  })

  test('A second attempt leaves the same bytes under its own name', async () => {
    const buckets = makeBuckets(base)
    await increment(buckets, 'again')
    const again = trainingJobName('feed', HOURLY, 2)
    const { detail } = await increment(buckets, 'again', HOURLY, again)
    expect(detail).toEqual({ TrainingJobName: again, TrainingJobStatus: 'Completed' })
    for (const archive of ['model', 'output'] as const)
      expect(await filesOf(buckets, archive, again)).toEqual(await filesOf(buckets, archive))
  })

  test('An increment caches models of its chain and deletes other models', async () => {
    const modelKey = `models/feed/${BASE}/model.qmm`
    const first = makeBuckets(base)
    await increment(first, 'kept')
    expect(first.read).toContain(modelKey)
    const second = makeBuckets(base)
    await increment(second, 'kept')
    expect(second.read).not.toContain(modelKey)
    const next = 'hourly-2026011301-00000004'
    await increment(makeBuckets(base, OTHER, next), 'kept', next)
    expect(existsSync(join(folder, 'kept', 'models', BASE))).toBe(false)
    expect(existsSync(join(folder, 'kept', 'models', OTHER, 'model.qmm'))).toBe(true)
  })

  test('A corrupt parent gives the failure sentence of a training job', async () => {
    const corrupt = Uint8Array.from(base)
    corrupt[corrupt.length >> 1]! ^= 1
    const buckets = makeBuckets(corrupt)
    const { detail } = await increment(buckets, 'corrupt')
    expect(detail.TrainingJobStatus).toBe('Failed')
    expect(detail.FailureReason).toMatch(/^CorruptArtifact: .*model\.qmm/)
    expect(buckets.models.contents.has(jobOutputKey('feed', HOURLY, 'model'))).toBe(false)
    const { status, made } = trainInContainer(run, rows, { [`${BASE}/model.qmm`]: corrupt })
    expect(status).toBe(1)
    const said = readFileSync(join(made.root, 'output', 'failure'), 'utf8')
    const inOwnFolder = (text: string): string =>
      text.replaceAll(/\S*\/(?=[^/\s]*\/model\.qmm)/g, '')
    expect(inOwnFolder(detail.FailureReason!)).toBe(inOwnFolder(said))
  })

  test('An increment recovers with its repaired parent; no broken copy stays', async () => {
    const corrupt = base.slice(0, base.length >> 1)
    expect((await increment(makeBuckets(corrupt), 'healed')).detail.TrainingJobStatus).toBe(
      'Failed',
    )
    expect((await increment(makeBuckets(base), 'healed')).detail.TrainingJobStatus).toBe(
      'Completed',
    )
  })

  test('An increment throws a retryable fault when an object is missing', async () => {
    const buckets = makeBuckets(base)
    buckets.lake.contents.delete('samples/feed/a.parquet')
    await expect(increment(buckets, 'missing')).rejects.toThrow(ObjectMissing)
  })
})
