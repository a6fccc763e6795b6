import { closingPlanSchema, dropManifestSchema } from '../contract/accounts.ts'
import {
  closingPlanKey,
  deltaKey,
  dropManifestDatePrefix,
  dropManifestKey,
  dropManifestPrefix,
  parseCleanEventsKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { DeltaRow } from '../contract/rows.ts'
import type { FoldPlan } from '../contract/values.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import { readRows } from '../core/read-rows.ts'
import type { RowUpdate } from '../core/tables.ts'
import { isNearLine } from './deltas.ts'
import { readDelta } from './near-line.ts'
import { addCounts, type EntityDeltas, expirySeconds, openUpdates } from './open-blocks.ts'

/** The manifests of drops with hours that a closing does not fold. */
export async function findOpenDrops(
  lake: ObjectStore,
  scene: string,
  { closedThroughMs, arrivedThroughMs }: FoldPlan,
): Promise<string[]> {
  const [closing, listed] = await Promise.all([
    getJson(lake, closingPlanKey(scene, closedThroughMs), closingPlanSchema),
    lake.list(dropManifestPrefix(scene), dropManifestDatePrefix(scene, arrivedThroughMs)),
  ])
  const pending = closing.pending
    .flatMap(({ key }) => parseCleanEventsKey(key) ?? [])
    .map((name) => dropManifestKey(scene, name))
  const later = listed
    .map(({ key }) => key)
    .filter((key) => (parseDropManifestKey(key)?.arrivalMs ?? 0) > arrivedThroughMs)
  return [...new Set([...pending, ...later])].sort()
}

/** What one drop adds, from the near line's file where it has written that. */
export async function readOpenDrop(
  lake: ObjectStore,
  scene: string,
  manifestKey: string,
): Promise<{ arrivalMs: number; drop: string; delta: DeltaRow[] } | null> {
  const manifest = await findJson(lake, manifestKey, dropManifestSchema)
  if (!manifest || !isNearLine(manifest)) return null
  const { arrivalMs, drop } = manifest
  const stored = await lake.head(deltaKey({ scene, arrivalMs, drop }))
  const delta = stored
    ? await readRows<DeltaRow>(lake, [stored.key])
    : await readDelta(lake, manifest)
  return { arrivalMs, drop, delta }
}

/**
 * Writes an open drop again, with the series of the plan: the near line did not know the new ones when
 * the drop arrived.
 */
export function reopenUpdates(
  scene: string,
  plan: FoldPlan,
  { arrivalMs, drop, delta }: { arrivalMs: number; drop: string; delta: readonly DeltaRow[] },
): RowUpdate[] {
  const deltas: EntityDeltas = new Map()
  addCounts(
    deltas,
    delta,
    plan.series.filter((one) => one.isNearLine),
  )
  const expiresAt = expirySeconds(plan.series, plan.scheduledMs)
  return openUpdates(scene, { arrivalMs, drop }, deltas, plan, expiresAt)
}
