import type { VersionRow } from '../contract/registry.ts'
import type { TrainingResult } from '../contract/training.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { createInterner } from '../core/intern.ts'
import type { OpenParquet } from '../core/parquet.ts'
import type { LoggedRows } from './trial.ts'

/** A row of `predictions.parquet`; `p_<i>` is the prediction of the i-th scorer. */
export interface ScoredRow {
  user: string
  timeMs: number
  /** Some writers only have integers of 64 bits. */
  label: number | bigint
  weight: number
  release: string | null
  [prediction: `p_${number}`]: number
}

const isProbability = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= 1

const wrong = (version: string, what: string, got: unknown, expected: unknown): CorruptArtifact =>
  new CorruptArtifact(`result of ${version}: got ${what} ${got}, expected ${expected}`)

/** Checks that the result is that of this version and its rows. Throws CorruptArtifact. */
function checkResult(row: VersionRow, { version, rows, scorers }: TrainingResult): void {
  if (version !== row.version) throw wrong(row.version, 'version', version, row.version)
  if (rows !== row.rows) throw wrong(version, 'rows', rows, `the ${row.rows} of its manifest`)
  if (scorers.at(-1) !== version || new Set(scorers).size !== scorers.length)
    throw wrong(
      version,
      'scorers',
      scorers.join(', ') || 'none',
      `each version once, ${version} last`,
    )
}

function checkRow({ version, scorers, sanity }: TrainingResult, each: ScoredRow, r: number): void {
  if (typeof each.user !== 'string')
    throw wrong(version, `in row ${r} the user`, each.user, 'an id')
  if (![0, 1].includes(Number(each.label)))
    throw wrong(version, `in row ${r} the label`, each.label, '0 or 1')
  if (!(Number.isFinite(each.weight) && each.weight > 0))
    throw wrong(version, `in row ${r} the weight`, each.weight, 'a number above 0')
  const bad = scorers.findIndex((_, i) => !isProbability(each[`p_${i}`]))
  if (bad >= 0 && sanity.isFinite)
    throw wrong(version, `in row ${r} p_${bad}`, each[`p_${bad}`] ?? 'nothing', 'a probability')
}

/** Checks the number of scored rows against the manifest and the result. Throws CorruptArtifact. */
function checkCount(
  row: VersionRow,
  { version, scorers, scores }: TrainingResult,
  n: number,
): void {
  const isWhole = row.tier !== 'full'
  if (isWhole ? n !== row.rows : n > row.rows)
    throw wrong(version, 'predictions of', `${n} rows`, `${isWhole ? '' : 'at most '}${row.rows}`)
  for (const scorer of scorers)
    if (scores[scorer]?.rows !== n)
      throw wrong(version, `scores of ${scorer} on`, `${scores[scorer]?.rows ?? 'no'} rows`, n)
}

/**
 * Reads predictions as columns. Predictions and result must belong to this version and agree on rows
 * and scorers: an increment scores every row, a full scores the rows from its holdout on. Where the
 * result says that the training diverged, the gates judge it. Memory: one row group as rows, about
 * 60 bytes for each other row, and each user's id once. Throws CorruptArtifact.
 */
export async function readPredictions(
  row: VersionRow,
  result: TrainingResult,
  scored: OpenParquet<ScoredRow>,
): Promise<LoggedRows> {
  checkResult(row, result)
  checkCount(row, result, scored.rowCount)
  const labels: number[] = []
  const weights: number[] = []
  const users: string[] = []
  const releases: (string | null)[] = []
  const predictions = result.scorers.map((): number[] => [])
  const intern = createInterner()
  for await (const group of scored.groups())
    for (const each of group) {
      checkRow(result, each, labels.length)
      labels.push(Number(each.label))
      weights.push(each.weight)
      users.push(intern(each.user))
      releases.push(each.release == null ? null : intern(each.release))
      predictions.forEach((column, i) => void column.push(each[`p_${i}`]!))
    }
  return { labels, weights, users, releases, predictions }
}
