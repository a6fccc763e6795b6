import {
  type ClosingPlan,
  closingPlanSchema,
  closingSuccessorSchema,
} from '../contract/accounts.ts'
import { closingPlanKey, closingSuccessorKey } from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import type { FoldedRow, FoldPlan } from '../contract/values.ts'
import { CorruptArtifact } from '../core/errors.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { arrivedThrough } from '../registry/timetable.ts'
import { isFilled, listCounters, readsAfter, wantedSeries } from './fold-plan.ts'
import { planStates } from './states.ts'

/**
 * Rows of one shard. A shard reads, merges and writes about 1,000 rows a second, so it takes 100 s of
 * its function's 15 minutes; five million rows are 50 shards.
 */
const ROWS_PER_SHARD = 100_000
/** A row of counters takes at least as many bytes in its file. */
const MIN_COUNTER_BYTES = 6
/** When a closing was scheduled. Its predecessor names it. */
async function scheduledOf(lake: ObjectStore, closing: ClosingPlan): Promise<number> {
  const { scene, closedThroughMs, previousClosedThroughMs } = closing
  const key = closingSuccessorKey(scene, previousClosedThroughMs ?? 0)
  const next = await getJson(lake, key, closingSuccessorSchema)
  if (next.closedThroughMs === closedThroughMs) return next.scheduledMs
  throw new CorruptArtifact(`${key}: names ${next.closedThroughMs}, expected ${closedThroughMs}`)
}

/** Rows that closings after the basis can change: at most two for each event that they accepted. */
async function boundChanged(
  lake: ObjectStore,
  closing: ClosingPlan,
  basisMs: number,
): Promise<number> {
  let rows = 0
  for (let at: ClosingPlan = closing; ; ) {
    for (const { hours } of at.pieces) for (const { accepted } of hours) rows += 2 * accepted
    const previousMs = at.previousClosedThroughMs
    if (previousMs === null || previousMs <= basisMs) return rows
    at = await getJson(lake, closingPlanKey(at.scene, previousMs), closingPlanSchema)
  }
}

/**
 * Plans how the rows take in a closing. Null: they have taken it in, or a later one. `correctedMs` is
 * the closing whose corrections are made before.
 */
export async function planFold(
  lake: ObjectStore,
  scene: Scene,
  closing: ClosingPlan,
  basis: FoldedRow | null,
  correctedMs: number | null = null,
): Promise<FoldPlan | null> {
  const { closedThroughMs } = closing
  const scheduledMs = await scheduledOf(lake, closing)
  const series = wantedSeries(scene, basis, scheduledMs)
  const isWhole = series.every((one) => isFilled(one, basis))
  if (basis && (basis.closedThroughMs > closedThroughMs || isWhole))
    if (basis.closedThroughMs >= closedThroughMs) return null
  const arrivedThroughMs = arrivedThrough(scheduledMs)
  const plan = { closedThroughMs, arrivedThroughMs, scheduledMs, basis, series }
  const files = isWhole
    ? []
    : await listCounters(lake, scene.scene, readsAfter(plan), closedThroughMs)
  const changed = await boundChanged(lake, closing, basis?.closedThroughMs ?? closedThroughMs)
  const rows = files.reduce((sum, { bytes }) => sum + bytes / MIN_COUNTER_BYTES, changed)
  const shards = Math.max(1, Math.ceil(rows / ROWS_PER_SHARD))
  return { ...plan, shards, states: await planStates(lake, closing, plan, correctedMs) }
}
