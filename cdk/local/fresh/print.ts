import type { MeasuredInterval, Study } from '../../../functions/contract/fresh.ts'
import { formatTable } from '../table.ts'

const fixed = (value: number | null, digits: number): string =>
  value === null ? '–' : value.toFixed(digits)
const signed = (value: number, digits: number): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
const shown = ({ value, low, high }: MeasuredInterval, digits: number): string =>
  `${signed(value, digits)} [${signed(low, digits)}, ${signed(high, digits)}]`

const scoreRows = ({ arms, trials }: Study): string[][] =>
  arms.flatMap((arm) =>
    trials.map(({ seed, users, scores }) => {
      const of = scores[arm]!
      return [
        arm,
        String(seed),
        of.rows.toLocaleString('en-GB'),
        String(users),
        fixed(of.auc, 4),
        fixed(of.logLoss, 5),
        fixed(of.normalizedEntropy, 4),
        fixed(of.calibrationRatio, 3),
      ]
    }),
  )

/** A study for a terminal: every trial's scores, then each arm less the baseline, pooled. */
export function formatStudy(study: Study): string {
  const { group, name, note, baseline, differences, trials } = study
  const head = ['arm', 'seed', 'rows', 'users', 'AUC', 'log loss', 'norm.entropy', 'calibration']
  return [
    `${group}: ${name} (${note})`,
    formatTable(head, scoreRows(study)),
    '',
    formatTable(
      [`less “${baseline}”`, 'AUC', 'log loss', 'norm.entropy'],
      differences.map(({ arm, auc, logLoss, normalizedEntropy }) => [
        arm,
        shown(auc, 4),
        shown(logLoss, 5),
        shown(normalizedEntropy, 4),
      ]),
    ),
    `(mean of ${trials.length === 1 ? 'one trial' : `${trials.length} trials`}, with paired bootstrap intervals over users)`,
  ].join('\n')
}
