import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SAMPLE_COLUMNS, type SampleRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { featureColumns } from '../../functions/features/cells.ts'
import { predictFrom } from '../../functions/trainer/fit.ts'
import type { Model } from '../../functions/trainer/model.ts'
import { readTrainingRows, type TrainingRows } from '../../functions/trainer/rows.ts'

/** Predictions of samples, vectorized through the trainer's own Parquet, by sample id. */
export async function predictedBy(
  predict: (rows: TrainingRows) => Float64Array,
  scene: Scene,
  samples: readonly SampleRow[],
): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'samples-'))
  const file = join(folder, 'samples.parquet')
  const columns = { ...SAMPLE_COLUMNS, ...featureColumns(scene.features) }
  writeFileSync(file, writeParquet(columns, samples))
  const rows = await readTrainingRows([file], scene.features, scene.model.hashBits)
  rmSync(folder, { recursive: true })
  const predictions = predict(rows)
  return new Map(rows.samples.map((sample, i) => [sample, predictions[i]!]))
}

/** The trainer's own predictions. */
export const predicted = (
  scene: Scene,
  model: Model,
  samples: readonly SampleRow[],
): Promise<Map<string, number>> =>
  predictedBy((rows) => predictFrom(model, rows, 0), scene, samples)
