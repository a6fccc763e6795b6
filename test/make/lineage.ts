import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { jobOutputKey, trainingJobName, versionId } from '../../functions/contract/keys.ts'
import type { CurrentRow, VersionRow } from '../../functions/contract/registry.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { PREDICTION_COLUMNS, type TrainingResult } from '../../functions/contract/training.ts'
import { encodeModel, type Section } from '../../functions/core/artifact.ts'
import { shapeDigest } from '../../functions/core/configuration.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { scorePredictions } from '../../functions/math/scores.ts'
import { recipeDigest } from '../../functions/samples/recipe.ts'
import { DAY0_MS } from './events.ts'
import type { MemoryObjects } from './memory-objects.ts'
import { makeScene } from './scene.ts'

/** A registered version whose data ends `day` days after the first one. */
export function makeVersion(day: number, fields: Partial<VersionRow> = {}): VersionRow {
  const tier = fields.tier ?? 'daily'
  const dataThroughMs = DAY0_MS + day * DAY_MS
  const version =
    fields.version ?? versionId({ tier, dataThroughMs, digest: sha256Hex(`${tier}${day}`) })
  return {
    scene: 'feed',
    version,
    tier,
    parent: null,
    base: null,
    arm: 'served',
    executor: 'sagemaker',
    fence: null,
    dataFromMs: dataThroughMs - DAY_MS,
    dataThroughMs,
    scheduledMs: dataThroughMs + 2.5 * HOUR_MS,
    closedThroughMs: dataThroughMs + HOUR_MS,
    rows: 1000,
    positives: 100,
    impressions: 1000,
    manifestDigest: `manifest ${version}`,
    codeDigest: 'code',
    configurationDigest: 'configuration',
    shapeDigest: shapeDigest(makeScene()),
    recipeDigest: recipeDigest(makeScene()),
    jobName: trainingJobName('feed', version),
    restarts: 0,
    status: 'accepted',
    reason: 'every gate passed',
    modelKey: `models/feed/${version}/model.qmm`,
    modelSha256: 'sha',
    sanity: null,
    isDeterministic: true,
    ...fields,
  }
}

/** What is served: the first release, free to be written. */
export const currentRow = (fields: Partial<CurrentRow> = {}): CurrentRow => ({
  sequence: 1,
  version: makeVersion(1).version,
  flippedMs: 1,
  lastSequence: 1,
  fence: 1,
  lease: null,
  canary: null,
  ...fields,
})

export async function makeArchive(
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<Buffer> {
  const tar = pack()
  for (const [name, content] of Object.entries(files))
    tar.entry({ name, mtime: new Date(0) }, Buffer.from(content as string))
  tar.finalize()
  const parts: Buffer[] = []
  for await (const part of tar as AsyncIterable<Buffer>) parts.push(part)
  return gzipSync(Buffer.concat(parts))
}

/** Outputs of a training job as SageMaker leaves them: the candidate's predictions and a rival's. */
export async function leaveOutputs(
  models: MemoryObjects,
  row: VersionRow,
  options: {
    rival?: string
    rows?: number
    /** Of them, in the predictions; all where absent. */
    scored?: number
    ours?: (n: number, label: number) => number
    theirs?: (n: number, label: number) => number
    /** Further rivals, each with what it predicts. */
    others?: Readonly<Record<string, (n: number, label: number) => number>>
    result?: Partial<TrainingResult>
    header?: object
    sections?: Readonly<Record<string, Section>>
  } = {},
): Promise<{ model: Uint8Array; result: TrainingResult }> {
  const {
    rival,
    rows = row.rows,
    scored = rows,
    ours = (_, label) => (label ? 0.6 : 0.2),
    theirs = (_, label) => (label ? 0.5 : 0.3),
    others = {},
  } = options
  const header = {
    kind: 'logistic' as const,
    scene: 'feed',
    version: row.version,
    parent: row.parent,
    deltaOf: row.base,
    hashBits: 10,
    factors: 0,
    features: [],
    hyperparameters: {},
    codeDigest: row.codeDigest,
    configurationDigest: row.configurationDigest,
    manifestDigest: row.manifestDigest,
    deterministic: true,
    rowsSeen: rows,
    ...options.header,
  }
  const sections = { slots: Uint32Array.of(1), weights: Float32Array.of(1) }
  const model = encodeModel(header, options.sections ?? sections)
  const labels = Array.from({ length: scored }, (_, n) => (n % 4 === 0 ? 1 : 0))
  const weights = labels.map(() => 1)
  const columns: Record<string, number[]> = {}
  const scorers = [...(rival ? [rival] : []), ...Object.keys(others), row.version]
  scorers.forEach((version, i) => {
    const predict = version === rival ? theirs : (others[version] ?? ours)
    columns[`p_${i}`] = labels.map((label, n) => predict(n, label))
  })
  const predictions = labels.map((label, n) => ({
    sample: `s${n}`,
    user: `u${n % 50}`,
    timeMs: row.dataFromMs + n,
    label,
    weight: 1,
    ...Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[n]])),
  }))
  const result: TrainingResult = {
    version: row.version,
    rows,
    positives: labels.filter((label) => label === 1).length,
    scoredFromMs: row.dataFromMs,
    scoredThroughMs: row.dataThroughMs,
    scorers,
    scores: Object.fromEntries(
      scorers.map((version, i) => [version, scorePredictions(columns[`p_${i}`]!, labels, weights)]),
    ),
    sanity: {
      isFinite: true,
      norm: 1,
      parentNorm: null,
      slots: 1,
      predictions: { mean: 0.25, p01: 0.1, p50: 0.2, p99: 0.7 },
    },
    modelSha256: sha256Hex(model),
    ...options.result,
  }
  const names = Object.fromEntries(Object.keys(columns).map((name) => [name, 'float' as const]))
  const keyOf = (archive: 'model' | 'output') =>
    jobOutputKey('feed', row.version, archive, row.jobName)
  models.drop(keyOf('model'), await makeArchive({ 'model.qmm': model }))
  models.drop(
    keyOf('output'),
    await makeArchive({
      'result.json': JSON.stringify(result),
      'predictions.parquet': writeParquet({ ...PREDICTION_COLUMNS, ...names }, predictions),
    }),
  )
  return { model, result }
}
