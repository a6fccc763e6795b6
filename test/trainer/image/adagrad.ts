import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Scene } from '../../../functions/contract/scene.ts'
import type { Sanity } from '../../../functions/contract/scores.ts'
import type { ModelFile } from '../../../functions/contract/training.ts'
import { decodeModel, encodeModel, type ModelArtifact } from '../../../functions/core/artifact.ts'
import { canonicalJson } from '../../../functions/core/digest.ts'
import { quantileOfSorted } from '../../../functions/math/quantile.ts'
import { layoutOf, readRun, sampleFiles } from '../../../functions/trainer/channels.ts'
import { headerOf } from '../../../functions/trainer/checkpoint.ts'
import { firstScoredRow, predictFrom } from '../../../functions/trainer/fit.ts'
import { describeResult, writePredictions } from '../../../functions/trainer/result.ts'
import { readTrainingRows } from '../../../functions/trainer/rows.ts'
import { loadModel } from '../../../functions/trainer/storage.ts'
import { createLearner, type Learner, learn, load, normOf, predict, store } from './learner.ts'

const isOurs = ({ header }: ModelArtifact): boolean => header.kind === 'logistic'

/** Whether a model's slots mean what the run's do, so that it can be asked about its rows. */
function isReadable(artifact: ModelArtifact, { model, features }: Scene): boolean {
  const { kind, hashBits, factors, features: ofModel } = artifact.header
  const isAlike = hashBits === model.hashBits && canonicalJson(ofModel) === canonicalJson(features)
  const isTheirs = kind === model.kind && 'factors' in model && factors === model.factors
  return isAlike && (isOurs(artifact) || isTheirs)
}

// On AWS the folders are under /opt/ml; on one machine ML_ROOT says where.
const layout = layoutOf(process.env['ML_ROOT'] ?? '/opt/ml')

async function train(): Promise<void> {
  const run = readRun(layout)
  const { model, features, tiers } = run.configuration
  const { hashBits } = model
  const rows = await readTrainingRows(sampleFiles(layout), features, hashBits)

  const decode = (path: string) => decodeModel(readFileSync(join(layout.models, path)), path)
  const open = ({ path, basePath }: ModelFile): Learner => {
    const learner = createLearner(hashBits)
    if (basePath) load(learner, decode(basePath))
    return load(learner, decode(path))
  }

  // Who else is scored: models that have not seen these rows, ours and the built-in trainer's.
  const isIncrement = run.tier !== 'full'
  const from = firstScoredRow(rows, isIncrement, run.holdoutFromMs)
  const score = (rival: ModelFile): Float64Array => {
    const { path, basePath } = rival
    if (isOurs(decode(path))) return predict(open(rival), rows, from)
    const base = basePath === null ? null : decode(basePath)
    return predictFrom(loadModel(decode(path), model, features, base), rows, from)
  }
  const rivals = run.rivals
    .filter(({ path }) => isReadable(decode(path), run.configuration))
    .map((rival) => ({ version: rival.version, predictions: score(rival) }))

  // An increment scores each row just before it learns from it. A full learns what lies before
  // its holdout, scores the holdout, and learns that as well.
  const learner = run.parent ? open(run.parent) : createLearner(hashBits)
  const parentNorm = run.parent ? normOf(learner) : null
  const predictions = new Float64Array(rows.count - from)
  for (let epoch = 0; epoch < tiers[run.tier]!.epochs; epoch++)
    for (let r = 0; r < from; r++) learn(learner, rows, r)
  if (!isIncrement) predictions.set(predict(learner, rows, from))
  for (let epoch = 0; epoch < tiers[run.tier]!.epochs; epoch++)
    for (let r = from; r < rows.count; r++) {
      const before = learn(learner, rows, r)
      if (isIncrement && epoch === 0) predictions[r - from] = before
    }

  const base = run.base ? open(run.base) : createLearner(hashBits)
  const sections = store(learner, base)
  const bytes = encodeModel(
    {
      ...headerOf(run),
      kind: 'logistic',
      hashBits,
      factors: 0,
      hyperparameters: {},
      rowsSeen: rows.count,
    },
    sections,
  )
  const final = predict(learner, rows, 0).sort()
  const norm = normOf(learner)
  const quantile = (p: number) => (final.length > 0 ? quantileOfSorted(final, p) : null)
  const sanity: Sanity = {
    isFinite: Number.isFinite(norm),
    norm: Number.isFinite(norm) ? norm : 0,
    parentNorm,
    slots: sections['slots']!.length,
    predictions: {
      mean: final.reduce((sum, p) => sum + p, 0) / final.length,
      p01: quantile(0.01),
      p50: quantile(0.5),
      p99: quantile(0.99),
    },
  }
  const scorers = [...rivals, { version: run.version, predictions }]
  const result = describeResult(run, rows, from, scorers, sanity, bytes)
  mkdirSync(layout.model, { recursive: true })
  mkdirSync(layout.data, { recursive: true })
  writeFileSync(join(layout.model, 'model.qmm'), bytes)
  writeFileSync(join(layout.data, 'predictions.parquet'), writePredictions(rows, from, scorers))
  writeFileSync(join(layout.data, 'result.json'), JSON.stringify(result))
}

// A day is short work here: what is interrupted begins again, and needs no checkpoint.
process.once('SIGTERM', () => process.exit(143))
train().catch((error: Error) => {
  mkdirSync(dirname(layout.failure), { recursive: true })
  writeFileSync(layout.failure, `${error.name}: ${error.message}`)
  process.exitCode = 1
})
