import type { Found } from '../graph/retrieval/ports.ts'
import { descending } from '../math/descending.ts'
import type { rowMatrix } from '../math/dot-rows.ts'

/**
 * The ids whose rows are nearest to a vector, at most `depth`, without those that `accepts` declines. Every row is
 * compared. Texts that share nothing are not near each other: only products above 0 count, so a row of zeros never does.
 */
export function nearestIds(
  matrix: ReturnType<typeof rowMatrix>,
  ids: readonly string[],
  vector: Float32Array,
  depth: number,
  accepts: (id: string) => boolean,
): Found[] {
  const found: Found[] = []
  const scores = matrix.scoresOf(vector)
  for (const row of descending(scores)) {
    if (found.length === depth || !(scores[row]! > 0)) break
    if (accepts(ids[row]!)) found.push({ id: ids[row]!, score: scores[row]! })
  }
  return found
}
