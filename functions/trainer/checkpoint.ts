import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ranking, rankingSchema } from '../contract/scores.ts'
import type { TrainingRun } from '../contract/training.ts'
import { decodeModel } from '../core/artifact.ts'
import type { Position } from './fit.ts'
import type { Model } from './model.ts'
import { loadModel, saveModel } from './storage.ts'

const FILE = 'checkpoint.qmm'

/** The origin of a run's artifacts, for their headers. */
export const headerOf = (run: TrainingRun) => ({
  scene: run.configuration.scene,
  version: run.version,
  parent: run.parent?.version ?? null,
  deltaOf: run.base?.version ?? null,
  features: run.configuration.features,
  codeDigest: run.codeDigest,
  configurationDigest: run.configurationDigest,
  manifestDigest: run.manifestDigest,
  deterministic: true,
})

/** The progress of a run, with its results so far. */
export interface Progress {
  position: Position
  predictions: Float64Array
  ranking: Ranking | null
}

const numbersOf = ({ users, items, hitRate10, ndcg10, popularity }: Ranking): number[] => [
  ...[users, items, hitRate10, ndcg10],
  ...[popularity.hitRate10, popularity.ndcg10],
]
const rankingOf = ([users, items, hitRate10, ndcg10, hits, gain]: number[]): Ranking =>
  rankingSchema.parse({
    ...{ users, items, hitRate10, ndcg10 },
    popularity: { hitRate10: hits, ndcg10: gain },
  })

/** Writes a model in the middle of its training. The file appears only when it is whole. */
export function writeCheckpoint(
  folder: string,
  run: TrainingRun,
  model: Model,
  { position, predictions, ranking }: Progress,
): void {
  mkdirSync(folder, { recursive: true })
  const bytes = saveModel(model, { ...headerOf(run), deltaOf: null }, null, {
    position: Uint32Array.of(position.pass, position.row),
    predictions,
    ...(ranking && { ranking: Float64Array.from(numbersOf(ranking)) }),
  })
  writeFileSync(join(folder, `${FILE}.partial`), bytes)
  renameSync(join(folder, `${FILE}.partial`), join(folder, FILE))
}

/** The checkpoint of this run. Null: there is none with the same samples, code and settings. */
export function readCheckpoint(
  folder: string,
  run: TrainingRun,
): ({ model: Model } & Progress) | null {
  const path = join(folder, FILE)
  if (!existsSync(path)) return null
  const artifact = decodeModel(readFileSync(path), path)
  const { version, manifestDigest, codeDigest, configurationDigest } = artifact.header
  const isOfRun =
    version === run.version &&
    manifestDigest === run.manifestDigest &&
    codeDigest === run.codeDigest &&
    configurationDigest === run.configurationDigest
  if (!isOfRun) return null
  const ranking = artifact.sections['ranking'] as Float64Array | undefined
  const [pass, row] = artifact.sections['position'] as Uint32Array
  return {
    model: loadModel(artifact, run.configuration.model, run.configuration.features),
    position: { pass: pass!, row: row! },
    predictions: artifact.sections['predictions'] as Float64Array,
    ranking: ranking ? rankingOf([...ranking]) : null,
  }
}
