import { sigmoid } from '../math/logistic.ts'
import { createLearner, type Learner, type Model } from './model.ts'
import type { TrainingRows } from './rows.ts'

/** One pass over rows [from, to). A progressive pass keeps its prediction from just before each step. */
interface Pass {
  from: number
  to: number
  isProgressive: boolean
  /** Scores [from, to) before the first step. */
  scoresFirst: boolean
  /** Learns the left-out rows. The other passes learn the rest. */
  isLast: boolean
}

/** Rows that are learned after all others. */
export interface LeftOut {
  /** 1 for each of these rows. */
  rows: Uint8Array
  /** Called when all other rows are learned. */
  onOthersLearned(learner: Learner): void
}

/** The position in training. A checkpoint stores it, and training continues from there. */
export interface Position {
  pass: number
  row: number
}

export interface Fit {
  /** The first scored row. All rows after it are scored too. */
  scoredFrom: number
  /** The candidate's predictions for rows from `scoredFrom` on. */
  predictions: Float64Array
}

/** Rows between two checks whether to stop. One step takes about a microsecond for each slot. */
export const ROWS_PER_STEP = 5_000

const firstRowFrom = (rows: TrainingRows, timeMs: number): number => {
  let low = 0
  let high = rows.count
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows.timesMs[middle]! < timeMs) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Plans the passes. An increment scores each row just before it learns from it, and then runs the rest
 * of its epochs. A full trains on the rows before its holdout, scores the holdout, and then trains on
 * it too, so its last day is not lost.
 */
function planPasses(
  rows: TrainingRows,
  isIncrement: boolean,
  epochs: number,
  holdoutFromMs: number | null,
  hasLast: boolean,
): { passes: Pass[]; scoredFrom: number } {
  const repeat = (from: number, to: number, count: number): Pass[] =>
    Array.from({ length: count }, () => ({
      ...{ from, to, isProgressive: false, scoresFirst: false, isLast: false },
    }))
  if (isIncrement) {
    const first: Pass = {
      ...{ from: 0, to: rows.count, isProgressive: true, scoresFirst: false, isLast: false },
    }
    return { passes: [first, ...repeat(0, rows.count, epochs - 1)], scoredFrom: 0 }
  }
  const split = firstScoredRow(rows, isIncrement, holdoutFromMs)
  const [tail, ...tails] = repeat(split, rows.count, epochs)
  return {
    passes: [
      ...repeat(0, split, epochs),
      ...[{ ...tail!, scoresFirst: true }, ...tails],
      ...repeat(0, rows.count, hasLast ? epochs : 0).map((pass) => ({ ...pass, isLast: true })),
    ],
    scoredFrom: split,
  }
}

function scoreRows(
  learner: Learner,
  rows: TrainingRows,
  from: number,
  to: number,
  into: Float64Array,
  at: number,
): void {
  for (let r = from; r < to; r++)
    into[at + r - from] = sigmoid(
      learner.logit(rows.slots, rows.values, rows.starts[r]!, rows.starts[r + 1]!),
    )
}

/** The first scored row: the first of all for an increment, the first of the holdout for a full. */
export const firstScoredRow = (
  rows: TrainingRows,
  isIncrement: boolean,
  holdoutFromMs: number | null,
): number =>
  isIncrement ? 0 : holdoutFromMs === null ? rows.count : firstRowFrom(rows, holdoutFromMs)

/** Predictions of a model for rows from `from` on. The model does not change. */
export function predictFrom(model: Model, rows: TrainingRows, from: number): Float64Array {
  const predictions = new Float64Array(rows.count - from)
  scoreRows(createLearner(model), rows, from, rows.count, predictions, 0)
  return predictions
}

/**
 * Trains `model` in place. Rows that are left out are learned last. Between steps it calls `pause` with
 * its position. If `pause` returns true, training stops there and the result is null. `resume` has the
 * position and predictions of a checkpoint. Training continues from there to the same bytes.
 */
export async function trainPasses(
  model: Model,
  rows: TrainingRows,
  options: {
    isIncrement: boolean
    epochs: number
    holdoutFromMs: number | null
    leftOut?: LeftOut | null
  },
  pause: (position: Position, predictions: Float64Array) => Promise<boolean>,
  resume?: { position: Position; predictions: Float64Array },
): Promise<Fit | null> {
  const { leftOut = null } = options
  const { passes, scoredFrom } = planPasses(
    rows,
    options.isIncrement,
    options.epochs,
    options.holdoutFromMs,
    leftOut !== null,
  )
  const predictions = resume?.predictions ?? new Float64Array(rows.count - scoredFrom)
  const learner = createLearner(model)
  for (let p = resume?.position.pass ?? 0; p < passes.length; p++) {
    const pass = passes[p]!
    const start = p === resume?.position.pass ? resume.position.row : pass.from
    if (pass.scoresFirst && start === pass.from)
      scoreRows(learner, rows, pass.from, pass.to, predictions, pass.from - scoredFrom)
    if (pass.isLast && !passes[p - 1]?.isLast && start === pass.from)
      leftOut!.onOthersLearned(learner)
    for (let row = start; row < pass.to; ) {
      const end = Math.min(pass.to, row + ROWS_PER_STEP)
      for (; row < end; row++) {
        if (leftOut !== null && (leftOut.rows[row] === 1) !== pass.isLast) continue
        const z = learner.learn(
          rows.slots,
          rows.values,
          rows.starts[row]!,
          rows.starts[row + 1]!,
          rows.labels[row]!,
          rows.corrections[row]!,
          rows.known[row]!,
          rows.hasFactors,
          rows.trusts[row]!,
        )
        if (pass.isProgressive) predictions[row - scoredFrom] = sigmoid(z)
      }
      if (await pause({ pass: p, row }, predictions)) return null
    }
  }
  return { scoredFrom, predictions }
}
