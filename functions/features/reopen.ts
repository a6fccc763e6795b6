import { closingPlanSchema, dropManifestSchema } from '../contract/accounts.ts'
import {
  closingPlanKey,
  type DropName,
  dropManifestDatePrefix,
  dropManifestKey,
  dropManifestPrefix,
  parseCleanEventsKey,
  parseDropManifestKey,
} from '../contract/keys.ts'
import type { Scene } from '../contract/scene.ts'
import type { FoldedRow, FoldPlan, Series } from '../contract/values.ts'
import { findJson, getJson, type ObjectStore } from '../core/objects.ts'
import type { RowUpdate } from '../core/tables.ts'
import { isNearLine } from './deltas.ts'
import { type DropPorts, readDropStates } from './drop-states.ts'
import { keptSeries } from './near-line.ts'
import { type EntityDeltas, expirySeconds, openUpdates } from './open-blocks.ts'

/**
 * The manifests of drops with hours that a closing does not fold. Later drops than the closing's run
 * have the new series from the near line.
 */
export async function findOpenDrops(
  lake: ObjectStore,
  scene: string,
  { closedThroughMs, arrivedThroughMs, scheduledMs }: FoldPlan,
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
    .filter((key) => {
      const arrivalMs = parseDropManifestKey(key)?.arrivalMs ?? 0
      return arrivalMs > arrivedThroughMs && arrivalMs <= scheduledMs
    })
  return [...new Set([...pending, ...later])].sort()
}

/**
 * The series of open drops: those of the plan, and those that the near line writes now. A plan that is
 * retried after a deployment must not take newer series out of a drop.
 */
export const reopenedSeries = (
  plan: FoldPlan,
  deployed: Scene,
  folded: FoldedRow | null,
): Series[] =>
  [
    ...new Map(
      [...plan.series, ...keptSeries(deployed, folded)].map((one) => [one.id, one]),
    ).values(),
  ].filter((one) => one.isNearLine)

/** What one open drop adds to series. Null for a drop that is not near line. */
export async function readOpenDrop(
  ports: DropPorts,
  manifestKey: string,
  series: readonly Series[],
): Promise<{ name: DropName; deltas: EntityDeltas } | null> {
  const manifest = await findJson(ports.lake, manifestKey, dropManifestSchema)
  if (!manifest || !isNearLine(manifest)) return null
  const { deltas } = await readDropStates(ports, manifest, series)
  return { name: manifest, deltas }
}

/**
 * Writes an open drop again, with the series of the plan: the near line did not know the new ones when
 * the drop arrived.
 */
export const reopenUpdates = (
  scene: string,
  plan: FoldPlan,
  { name, deltas }: { name: DropName; deltas: EntityDeltas },
): RowUpdate[] =>
  openUpdates(scene, name, deltas, plan, expirySeconds(plan.series, plan.scheduledMs))
