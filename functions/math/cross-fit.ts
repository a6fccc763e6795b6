import {
  addRow,
  combineSums,
  emptySums,
  predictRidge,
  type RidgeModel,
  type RidgeSums,
  solveRidge,
  squaredError,
} from './ridge.ts'

/** Relative penalties that are tried, ascending, and the first one. */
const PENALTIES = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]
const FIRST = 4

/** Rows of inputs and outputs, row-major. */
export interface Rows {
  rows: number
  inputs: number
  outputs: number
  /** rows × inputs. */
  x: Float32Array
  /** rows × outputs. */
  y: Float32Array
}

export interface CrossFit {
  /** Of all rows, with the penalty that predicts held-out folds best. */
  model: RidgeModel
  penalty: number
  /** rows × outputs: each row's prediction by a model, and a penalty, that did not see the row's fold. */
  predictions: Float32Array
  /** 1 − the squared error of `predictions` over that of the mean. At most 0: the inputs say nothing. */
  explained: number
}

/**
 * The penalty with the least error, from the first one up or down as long as the error falls: it has one valley.
 */
function choosePenalty(errorOf: (penalty: number) => number): number {
  let at = FIRST
  let least = errorOf(PENALTIES[at]!)
  for (const step of [1, -1])
    while (PENALTIES[at + step] !== undefined) {
      const error = errorOf(PENALTIES[at + step]!)
      if (!(error < least)) break
      least = error
      at += step
    }
  return PENALTIES[at]!
}

/**
 * Ridge regression whose predictions for its own rows are out of fold, for what is trained on them or judged by
 * them (cross-fitting: Chernozhukov et al. 2018, "Double/debiased machine learning", definition 3.1). The penalty
 * of a fold is chosen on the next one, so a row's outputs change nothing about its own prediction. `foldOf` gives 0
 * to `folds` − 1, of at least three. rows · inputs² / 2 products, and some eight solutions of inputs³ / 6 a fold.
 */
export function crossFit(
  { rows, inputs, outputs, x, y }: Rows,
  folds: number,
  foldOf: (row: number) => number,
): CrossFit {
  const parts = Array.from({ length: folds }, () => emptySums(inputs, outputs))
  for (let row = 0; row < rows; row++)
    addRow(parts[foldOf(row)]!, x, y, row * inputs, row * outputs)
  /** Sums without some folds, added up: what is taken away would leave its rounding. */
  const without = (...excluded: RidgeSums[]): RidgeSums =>
    parts.reduce(
      (sum, part) => (excluded.includes(part) ? sum : combineSums(sum, part)),
      emptySums(inputs, outputs),
    )
  const models = parts.map((fold, f) => {
    // The next fold judges the penalty of this one, which it may not see itself.
    const judge = parts[(f + 1) % folds]!
    const rest = without(fold, judge)
    const errorOf = (penalty: number): number => squaredError(solveRidge(rest, penalty), judge)
    return solveRidge(combineSums(rest, judge), choosePenalty(errorOf))
  })
  const total = without()
  const others = parts.map((fold) => without(fold))
  const penalty = choosePenalty((tried) =>
    parts.reduce((error, fold, f) => error + squaredError(solveRidge(others[f]!, tried), fold), 0),
  )
  const predictions = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++)
    predictRidge(models[foldOf(row)]!, x, row * inputs, inputs, predictions, row * outputs)
  const mean = total.y.map((sum) => sum / rows)
  let [error, spread] = [0, 0]
  for (const [at, value] of y.entries()) {
    error += (value - predictions[at]!) ** 2
    spread += (value - mean[at % outputs]!) ** 2
  }
  return {
    model: solveRidge(total, penalty),
    penalty,
    predictions,
    explained: spread > 0 ? 1 - error / spread : 0,
  }
}
