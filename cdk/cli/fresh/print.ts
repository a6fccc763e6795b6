import type { MeasuredInterval, Study } from '../../../functions/contract/fresh.ts'
import type { Scores } from '../../../functions/contract/scores.ts'
import { formatTable } from '../table.ts'

const METRICS = ['auc', 'logLoss', 'normalizedEntropy', 'calibrationRatio'] as const
type Metric = (typeof METRICS)[number]
const DIGITS: Readonly<Record<Metric, number>> = {
  auc: 4,
  logLoss: 5,
  normalizedEntropy: 4,
  calibrationRatio: 3,
}

const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
const shown = ({ value, low, high }: MeasuredInterval, metric: Metric): string =>
  `${signed(value, DIGITS[metric])} [${signed(low, DIGITS[metric])}, ${signed(high, DIGITS[metric])}]`

/** A metric's mean over trials. Null if it is undefined in one of them. */
function meanOf(scores: readonly Scores[], metric: Metric): number | null {
  let sum = 0
  for (const score of scores) {
    const value = score[metric]
    if (value === null) return null
    sum += value
  }
  return sum / scores.length
}

/** Means over trials with the rows of all. For the tier study, each trial too. */
function scoreRows({ group, arms, trials }: Study): string[][] {
  const cells = (scores: readonly Scores[]): string[] => [
    scores.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-GB'),
    ...METRICS.map((metric) => meanOf(scores, metric)?.toFixed(DIGITS[metric]) ?? '–'),
  ]
  return arms.flatMap((arm) => {
    const all = trials.map(({ scores }) => scores[arm]!)
    const each = trials.map(({ seed }, t) => [arm, String(seed), ...cells([all[t]!])])
    const mean = [arm, 'mean', ...cells(all)]
    if (trials.length === 1) return each
    return group === 'tiers' || group === 'held-out' ? [...each, mean] : [mean]
  })
}

/** A study as text: scores, then each variant minus the baseline, pooled over trials. */
export function formatStudy(study: Study): string {
  const { group, name, note, baseline, differences, trials } = study
  const head = ['variant', 'seed', 'rows', 'AUC', 'log loss', 'norm.entropy', 'calibration']
  return [
    `${group}: ${name} (${note})`,
    formatTable(head, scoreRows(study)),
    '',
    formatTable(
      [`minus “${baseline}”`, 'AUC', 'log loss', 'norm.entropy'],
      differences.map((difference) => [
        difference.arm,
        shown(difference.auc, 'auc'),
        shown(difference.logLoss, 'logLoss'),
        shown(difference.normalizedEntropy, 'normalizedEntropy'),
      ]),
    ),
    `(${trials.length === 1 ? 'one trial' : `mean of ${trials.length} trials`}; paired bootstrap intervals over users)`,
  ].join('\n')
}
