import type { Scores } from '../contract/scores.ts'
import { auc } from './auc.ts'
import { logLossAt } from './logistic.ts'
import { Sum } from './sum.ts'

/**
 * Scores of predictions in (0, 1) against 0/1 labels, weighted. Normalized entropy is log loss
 * divided by the entropy of the mean label (He et al. 2014, equation 1). The calibration ratio is
 * the mean prediction divided by the mean label. A metric is null, with its reason, if one class is
 * missing or a prediction is not a number.
 */
export function scorePredictions(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
): Scores {
  const rows = predictions.length
  const loss = new Sum()
  const predicted = new Sum()
  const positive = new Sum()
  const weight = new Sum()
  let positives = 0
  let broken = 0
  for (let i = 0; i < rows; i++) {
    loss.add(weights[i]! * logLossAt(predictions[i]!, labels[i]!))
    predicted.add(weights[i]! * predictions[i]!)
    positive.add(weights[i]! * labels[i]!)
    weight.add(weights[i]!)
    if (labels[i] === 1) positives++
    if (Number.isNaN(predictions[i])) broken++
  }
  const undefinedBecause: Record<string, string> = {}
  const because = (reason: string, ...metrics: string[]): void => {
    for (const metric of metrics) undefinedBecause[metric] ??= reason
  }
  const all = ['auc', 'logLoss', 'normalizedEntropy', 'calibrationRatio']
  if (rows === 0) because('no rows', ...all)
  if (broken > 0) because(`${broken} of ${rows} predictions are not numbers`, ...all)
  if (positives === 0)
    because(`no positives among ${rows} rows`, 'auc', 'normalizedEntropy', 'calibrationRatio')
  if (positives === rows) because(`no negatives among ${rows} rows`, 'auc', 'normalizedEntropy')
  const defined = (metric: string, value: () => number | null): number | null =>
    metric in undefinedBecause ? null : value()
  const rate = positive.value / weight.value
  const logLoss = defined('logLoss', () => loss.value / weight.value)
  return {
    rows,
    positives,
    auc: defined('auc', () => auc(predictions, labels, weights)),
    logLoss,
    normalizedEntropy: defined(
      'normalizedEntropy',
      () => logLoss! / -(rate * Math.log(rate) + (1 - rate) * Math.log1p(-rate)),
    ),
    calibrationRatio: defined('calibrationRatio', () => predicted.value / positive.value),
    undefinedBecause,
  }
}
