import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { ModelFile, TrainingRun } from '../contract/training.ts'
import { decodeModel, type ModelArtifact } from '../core/artifact.ts'
import { CorruptArtifact, InvalidInput } from '../core/errors.ts'
import { type Layout, readRun, sampleFiles } from './channels.ts'
import { headerOf, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { firstScoredRow, type LeftOut, predictFrom, ROWS_PER_STEP, trainPasses } from './fit.ts'
import { drawRows, measureImportance } from './importance.ts'
import { clearModel, createLearner, createModel, type Model, normOf } from './model.ts'
import { collectCases, leftOut, rankCases } from './ranking.ts'
import { describeResult, inspect, type Scorer, writePredictions } from './result.ts'
import { readTrainingRows, type TrainingRows } from './rows.ts'
import { loadModel, saveModel } from './storage.ts'
import { createVectorizer } from './vectorize.ts'

/** Rows between two checkpoints. A lost spot instance costs at most these minutes of work. */
const ROWS_PER_CHECKPOINT = 1_000_000

/** Loads a model of the channel, into `blank` if it is given. */
type LoadFile = (file: ModelFile, blank?: Model) => Model

/** Opens the models channel. Each file is decoded once, because the versions of a chain share their base. */
function openModels(layout: Layout, run: TrainingRun): LoadFile {
  const artifacts = new Map<string, ModelArtifact>()
  const decode = (path: string): ModelArtifact => {
    const artifact =
      artifacts.get(path) ?? decodeModel(readFileSync(join(layout.models, path)), path)
    artifacts.set(path, artifact)
    return artifact
  }
  return ({ path, basePath }, blank) =>
    loadModel(
      decode(path),
      run.configuration.model,
      run.configuration.features,
      basePath === null ? null : decode(basePath),
      blank,
    )
}

/**
 * Scores the other versions (`rivals`) on rows that none of them has trained on. It prints and leaves
 * out a version of another shape.
 */
function scoreOthers(
  load: LoadFile,
  run: TrainingRun,
  rows: TrainingRows,
  from: number,
  print: (line: string) => void,
): Scorer[] {
  let blank: Model | undefined
  return run.rivals.flatMap((file) => {
    // A model that failed to load may be half filled, so it is not reused.
    const reused = blank
    blank = undefined
    try {
      const model = load(file, reused)
      const predictions = predictFrom(model, rows, from)
      blank = clearModel(model)
      return [{ version: file.version, predictions }]
    } catch (error) {
      if (!(error instanceof CorruptArtifact) || file.version === run.parent?.version) throw error
      print(`${file.version} is not scored: ${error.message}`)
      return []
    }
  })
}

/**
 * Runs one training, from the folders of the channels to the output folders. If `mayContinue` returns
 * false, it writes a checkpoint and returns false; the same run continues from it later. Throws
 * InvalidInput without samples, and CorruptArtifact for a parent that cannot be continued.
 */
export async function train(
  layout: Layout,
  mayContinue: () => boolean,
  print: (line: string) => void,
): Promise<boolean> {
  const run = readRun(layout)
  const { configuration, tier, holdoutFromMs } = run
  const isIncrement = tier !== 'full'
  const files = sampleFiles(layout)
  const { features, sampling, model: shape } = configuration
  const collected =
    sampling.negatives && !isIncrement ? collectCases(features, sampling.seed) : null
  const drawn = drawRows(shape.seed)
  const rows = await readTrainingRows(files, features, shape.hashBits, (row) => {
    drawn.see(row)
    collected?.see(row)
  })
  if (rows.count === 0)
    throw new InvalidInput(
      `${run.version}: got no samples in ${files.length} files, expected at least one row; nothing was trained`,
    )
  print(`${run.version}: ${rows.count} rows, ${rows.slots.length} entries`)

  const scoredFrom = firstScoredRow(rows, isIncrement, holdoutFromMs)
  const load = openModels(layout, run)
  const others = scoreOthers(load, run, rows, scoredFrom, print)
  const parent = run.parent ? load(run.parent) : null
  const parentNorm = parent ? normOf(parent) : null
  const checkpoint = readCheckpoint(layout.checkpoints, run)
  const model =
    checkpoint?.model ?? (isIncrement && parent ? parent : createModel(configuration.model))

  let ranking = checkpoint?.ranking ?? null
  const cases = collected?.cases() ?? null
  const rest: LeftOut | null = cases && {
    rows: leftOut(cases, rows),
    onOthersLearned(learner) {
      ranking = rankCases(cases, learner, createVectorizer(features, shape.hashBits))
    },
  }
  let learned = 0
  const trained = await trainPasses(
    model,
    rows,
    { isIncrement, epochs: configuration.tiers[tier]!.epochs, holdoutFromMs, leftOut: rest },
    async (position, predictions) => {
      await yieldToEvents()
      learned += ROWS_PER_STEP
      const stops = !mayContinue()
      if (stops || learned % ROWS_PER_CHECKPOINT === 0)
        writeCheckpoint(layout.checkpoints, run, model, { position, predictions, ranking })
      return stops
    },
    checkpoint ?? undefined,
  )
  if (trained === null) return false

  const scorers = [...others, { version: run.version, predictions: trained.predictions }]
  const sanity = inspect(model, parentNorm, predictFrom(model, rows, 0))
  const learner = createLearner(model)
  const importance = measureImportance(features, shape.hashBits, learner, drawn.rows())
  const header = { ...headerOf(run), importance }
  const modelBytes = saveModel(model, header, run.base ? load(run.base) : null)
  const result = describeResult(run, rows, scoredFrom, scorers, sanity, modelBytes, ranking)
  mkdirSync(layout.model, { recursive: true })
  mkdirSync(layout.data, { recursive: true })
  const predictions = writePredictions(rows, scoredFrom, scorers)
  writeFileSync(join(layout.data, 'predictions.parquet'), predictions)
  writeFileSync(join(layout.data, 'result.json'), `${JSON.stringify(result)}\n`)
  writeFileSync(join(layout.model, 'model.qmm'), modelBytes)
  return true
}
