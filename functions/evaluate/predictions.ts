import type { VersionRow } from '../contract/registry.ts'
import type { TrainingResult } from '../contract/training.ts'
import { CorruptArtifact } from '../core/errors.ts'

/** A row of `predictions.parquet`; `p_<i>` is the prediction of the i-th scorer. */
export interface ScoredRow {
  user: string
  timeMs: number
  /** Some writers know no integers of 32 bits. */
  label: number | bigint
  weight: number
  release: string | null
  [prediction: `p_${number}`]: number
}

const isProbability = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= 1

/**
 * The result and its predictions must speak of the same rows and the same scorers, and of this
 * version: every row of an increment is scored, and of a full those from its holdout on. A training
 * that says itself that it diverged is left to the gates. Throws CorruptArtifact.
 */
export function checkPredictions(
  row: VersionRow,
  result: TrainingResult,
  scored: readonly ScoredRow[],
): void {
  const wrong = (what: string, got: unknown, expected: unknown): CorruptArtifact =>
    new CorruptArtifact(`result of ${row.version}: got ${what} ${got}, expected ${expected}`)
  const { version, scorers, scores, sanity } = result
  if (version !== row.version) throw wrong('version', version, row.version)
  if (result.rows !== row.rows) throw wrong('rows', result.rows, `the ${row.rows} of its manifest`)
  if (scorers.at(-1) !== version || new Set(scorers).size !== scorers.length)
    throw wrong('scorers', scorers.join(', ') || 'none', `each rival once, ${version} last`)
  const isWhole = row.tier !== 'full'
  if (isWhole ? scored.length !== row.rows : scored.length > row.rows)
    throw wrong(
      'predictions of',
      `${scored.length} rows`,
      `${isWhole ? '' : 'at most '}${row.rows}`,
    )
  for (const scorer of scorers)
    if (scores[scorer]?.rows !== scored.length)
      throw wrong(`scores of ${scorer} on`, `${scores[scorer]?.rows ?? 'no'} rows`, scored.length)
  for (const [r, each] of scored.entries()) {
    if (typeof each.user !== 'string') throw wrong(`in row ${r} the user`, each.user, 'an id')
    if (![0, 1].includes(Number(each.label)))
      throw wrong(`in row ${r} the label`, each.label, '0 or 1')
    if (!(Number.isFinite(each.weight) && each.weight > 0))
      throw wrong(`in row ${r} the weight`, each.weight, 'a number above 0')
    const bad = scorers.findIndex((_, i) => !isProbability(each[`p_${i}`]))
    if (bad >= 0 && sanity.isFinite)
      throw wrong(`in row ${r} p_${bad}`, each[`p_${bad}`] ?? 'nothing', 'a probability')
  }
}
