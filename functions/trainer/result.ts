import type { Ranking, Sanity, Scores } from '../contract/scores.ts'
import { PREDICTION_COLUMNS, type TrainingResult, type TrainingRun } from '../contract/training.ts'
import { sha256Hex } from '../core/digest.ts'
import { writeParquet } from '../core/parquet.ts'
import { quantileOfSorted } from '../math/quantile.ts'
import { scorePredictions } from '../math/scores.ts'
import { Sum } from '../math/sum.ts'
import { type Model, normOf } from './model.ts'
import type { TrainingRows } from './rows.ts'

/** The predictions of one version for all scored rows. */
export interface Scorer {
  version: string
  predictions: Float64Array
}

/** `predictions.parquet`: the scored rows, with a column for each scorer. */
export function writePredictions(
  rows: TrainingRows,
  from: number,
  scorers: readonly Scorer[],
): Uint8Array {
  const columns = {
    ...PREDICTION_COLUMNS,
    ...Object.fromEntries(scorers.map((_, i) => [`p_${i}`, 'float' as const])),
  }
  return writeParquet(
    columns,
    Array.from({ length: rows.count - from }, (_, i) => ({
      sample: rows.samples[from + i],
      user: rows.users[from + i],
      timeMs: rows.timesMs[from + i],
      label: rows.labels[from + i],
      weight: rows.weights[from + i],
      release: rows.releases[from + i],
      ...Object.fromEntries(scorers.map(({ predictions }, s) => [`p_${s}`, predictions[i]])),
    })),
  )
}

/** Checks the final weights: norm, slots and predictions. No interval has judged these weights yet. */
export function inspect(
  model: Model,
  parentNorm: number | null,
  finalPredictions: Float64Array,
): Sanity {
  const norm = normOf(model)
  const sorted = Float64Array.from(finalPredictions).sort()
  const mean = new Sum()
  for (const p of sorted) mean.add(p)
  const quantile = (p: number): number | null =>
    sorted.length > 0 ? quantileOfSorted(sorted, p) : null
  let slots = 0
  for (const touched of model.touched) slots += touched
  return {
    isFinite: Number.isFinite(norm) && Number.isFinite(mean.value),
    // JSON has no infinity. `isFinite` is false for such a norm.
    norm: Number.isFinite(norm) ? norm : 0,
    parentNorm,
    slots,
    predictions: {
      mean: sorted.length > 0 && Number.isFinite(mean.value) ? mean.value / sorted.length : null,
      p01: quantile(0.01),
      p50: quantile(0.5),
      p99: quantile(0.99),
    },
  }
}

/** `result.json`, which the gates read. */
export function describeResult(
  run: TrainingRun,
  rows: TrainingRows,
  scoredFrom: number,
  scorers: readonly Scorer[],
  sanity: Sanity,
  modelBytes: Uint8Array,
  ranking: Ranking | null = null,
): TrainingResult {
  const labels = rows.labels.subarray(scoredFrom)
  const weights = rows.weights.subarray(scoredFrom)
  const scores: Record<string, Scores> = {}
  for (const { version, predictions } of scorers)
    scores[version] = scorePredictions(predictions, labels, weights)
  return {
    version: run.version,
    rows: rows.count,
    positives: rows.labels.reduce((sum, label) => sum + label, 0),
    scoredFromMs: run.tier === 'full' ? (run.holdoutFromMs ?? run.dataThroughMs) : run.dataFromMs,
    scoredThroughMs: run.dataThroughMs,
    scorers: scorers.map(({ version }) => version),
    scores,
    ...(ranking && { ranking }),
    sanity,
    modelSha256: sha256Hex(modelBytes),
  }
}
