import type { ExclusionRow } from '../contract/registry.ts'
import type { Scene } from '../contract/scene.ts'
import { HOUR_MS } from '../contract/time.ts'
import { FOLDED_SK, type FoldedRow, type FoldPlan, foldedPk } from '../contract/values.ts'
import type { TableStore } from '../core/tables.ts'
import { excludedFrom } from '../registry/timetable.ts'
import { isFilled } from './fold-plan.ts'
import { loadFolded } from './near-line.ts'

/** The scene's FOLDED row after a fold. Pure. */
export function foldedAfter(
  scene: Scene,
  { closedThroughMs, arrivedThroughMs, scheduledMs, series }: FoldPlan,
  excluded: readonly ExclusionRow[],
): FoldedRow {
  const keepHours = series.reduce((longest, one) => Math.max(longest, one.keepHours), 0)
  const exclusions = excluded
    // No window reaches back to an earlier one.
    .filter(({ throughMs }) => throughMs > closedThroughMs - (keepHours + 1) * HOUR_MS)
    .map(({ fromMs, throughMs, timeMs }) => ({
      fromMs,
      throughMs,
      sinceMs: excludedFrom(scene, timeMs),
    }))
  const nearLineMs = scene.nearLineSeconds * 1000
  return { closedThroughMs, arrivedThroughMs, scheduledMs, nearLineMs, series, exclusions }
}

/** Whether the row says of the rows at least what the fold has made true. */
const isAhead = (row: FoldedRow, { closedThroughMs, series }: FoldPlan): boolean =>
  row.closedThroughMs > closedThroughMs ||
  (row.closedThroughMs === closedThroughMs && series.every((one) => isFilled(one, row)))

/**
 * Moves the scene's mark when every shard of a fold has ended: one conditional write, never backwards.
 * It lists only the series that this fold has kept up. Returns whether the row is this fold's.
 */
export async function advance(
  online: TableStore,
  scene: Scene,
  plan: FoldPlan,
  excluded: readonly ExclusionRow[],
): Promise<boolean> {
  const next = foldedAfter(scene, plan, excluded)
  for (;;) {
    const row = await loadFolded(online, scene.scene)
    if (row && isAhead(row, plan)) return false
    const expected = row && { closedThroughMs: row.closedThroughMs, scheduledMs: row.scheduledMs }
    if (await online.putIfUnchanged(foldedPk(scene.scene), FOLDED_SK, next, expected)) return true
  }
}
