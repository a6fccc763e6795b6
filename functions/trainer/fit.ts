import { sigmoid } from '../math/logistic.ts'
import { createLearner, type Learner, type Model } from './model.ts'
import type { TrainingRows } from './rows.ts'

/** One pass over rows [from, to); a progressive one keeps what it predicted just before each step. */
interface Pass {
  from: number
  to: number
  isProgressive: boolean
  /** Before the first row: score [from, to) with the weights as they are. */
  scoresFirst: boolean
  /** Learns the rows that are left for the end; the other passes learn the rest. */
  isLast: boolean
}

/** Rows, 1 each, that are learned after all others, and what is done in between. */
export interface LeftOut {
  rows: Uint8Array
  onOthersLearned(learner: Learner): void
}

/** How far training has come: what a checkpoint must say to go on as if never interrupted. */
export interface Position {
  pass: number
  row: number
}

export interface Fit {
  /** First row that is scored; all rows from there on are. */
  scoredFrom: number
  /** The candidate's predictions for rows from `scoredFrom` on. */
  predictions: Float64Array
}

/** Rows between two looks at whether to stop; a step takes about a microsecond a slot. */
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
 * An increment scores each row just before the step on it, then passes over the rest of its
 * epochs. A full training passes over what lies before its holdout, scores the holdout, and trains
 * on that as well, so that its last day is not wasted.
 */
function planPasses(
  rows: TrainingRows,
  isIncrement: boolean,
  epochs: number,
  holdoutFromMs: number | null,
  hasLast: boolean,
): { passes: Pass[]; scoredFrom: number } {
  const again = (from: number, to: number, times: number): Pass[] =>
    Array.from({ length: times }, () => ({
      ...{ from, to, isProgressive: false, scoresFirst: false, isLast: false },
    }))
  if (isIncrement) {
    const first: Pass = {
      ...{ from: 0, to: rows.count, isProgressive: true, scoresFirst: false, isLast: false },
    }
    return { passes: [first, ...again(0, rows.count, epochs - 1)], scoredFrom: 0 }
  }
  const split = firstScoredRow(rows, isIncrement, holdoutFromMs)
  const [tail, ...tails] = again(split, rows.count, epochs)
  return {
    passes: [
      ...again(0, split, epochs),
      ...[{ ...tail!, scoresFirst: true }, ...tails],
      ...again(0, rows.count, hasLast ? epochs : 0).map((pass) => ({ ...pass, isLast: true })),
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

/** The first row that is scored: all of an increment's, a full's from its holdout on. */
export const firstScoredRow = (
  rows: TrainingRows,
  isIncrement: boolean,
  holdoutFromMs: number | null,
): number =>
  isIncrement ? 0 : holdoutFromMs === null ? rows.count : firstRowFrom(rows, holdoutFromMs)

/** Frozen predictions of a model for rows from `from` on. */
export function predictFrom(model: Model, rows: TrainingRows, from: number): Float64Array {
  const predictions = new Float64Array(rows.count - from)
  scoreRows(createLearner(model), rows, from, rows.count, predictions, 0)
  return predictions
}

/**
 * Trains `model` in place; what is left out, if anything, after all others. Between steps it calls `pause` with where it is; when that answers
 * true, training ends there and the answer is null. `resume` goes on from a checkpoint's position
 * and predictions to the same bytes.
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
        )
        if (pass.isProgressive) predictions[row - scoredFrom] = sigmoid(z)
      }
      if (await pause({ pass: p, row }, predictions)) return null
    }
  }
  return { scoredFrom, predictions }
}
