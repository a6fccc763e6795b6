import { type DropManifest, dropManifestSchema } from '../contract/accounts.ts'
import { cleanKeysOf, deltaKey } from '../contract/keys.ts'
import { DELTA_COLUMNS } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import {
  FOLDED_SK,
  type FoldedRow,
  foldedPk,
  foldedRowSchema,
  type Series,
} from '../contract/values.ts'
import { ObjectMissing } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import type { TableStore } from '../core/tables.ts'
import { isNearLine } from './deltas.ts'
import { readDropStates } from './drop-states.ts'
import { expirySeconds, openUpdates } from './open-blocks.ts'
import { seriesOf } from './series.ts'
import { publishFiles, STATED_KINDS } from './statements.ts'

export interface NearLinePorts {
  lake: ObjectStore
  online: TableStore
  scene: Scene
}
/** What became of a drop, and how many rows of the online table were written. */
export interface WrittenDrop {
  /**
   * `deleted`: its manifest or clean files are gone. `too large`: its events count from their closing
   * on. `none`: it was refused, or has nothing for values.
   */
  result: 'written' | 'deleted' | 'too large' | 'none'
  rows: number
}

export async function loadFolded(
  online: Pick<TableStore, 'get'>,
  scene: string,
): Promise<FoldedRow | null> {
  const row = await online.get(foldedPk(scene), FOLDED_SK)
  return row && foldedRowSchema.parse(row)
}

/** The series that a scene's features need, and those that the rows still hold for earlier features. */
export function keptSeries({ features }: Scene, folded: FoldedRow | null): Series[] {
  const kept = new Map<string, Series>()
  for (const { wantedMs: _, ...series } of folded?.series ?? []) kept.set(series.id, series)
  for (const series of seriesOf(features)) {
    const before = kept.get(series.id)
    kept.set(series.id, {
      ...series,
      keepHours: Math.max(series.keepHours, before?.keepHours ?? 0),
      isNearLine: series.isNearLine || (before?.isNearLine ?? false),
    })
  }
  return [...kept.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function writeEvents(
  { lake, online, scene }: NearLinePorts,
  manifest: DropManifest,
  writtenMs: number,
): Promise<WrittenDrop> {
  if (!isNearLine(manifest)) return { result: 'too large', rows: 0 }
  const folded = await loadFolded(online, scene.scene)
  const series = keptSeries(scene, folded)
  const own = series.filter((one) => one.isNearLine)
  const { delta, deltas } = await readDropStates({ lake, online }, manifest, own)
  const expiresAt = expirySeconds(series, writtenMs)
  const updates = openUpdates(scene.scene, manifest, deltas, folded, expiresAt)
  await online.updateAll(updates)
  // Last: the time of the delta in the store says when the drop was applied. Only counts are kept. A state
  // may have an attribute from a row that changed before this repeat, so its bytes could differ.
  const { arrivalMs, drop } = manifest
  await lake.put(
    deltaKey({ scene: scene.scene, arrivalMs, drop }),
    writeParquet(DELTA_COLUMNS, delta),
  )
  return { result: 'written', rows: updates.length }
}

/** Publishes what a drop says about items and users. Returns the number of rows. */
async function writeStatements(
  { lake, online, scene }: NearLinePorts,
  manifest: DropManifest,
): Promise<number> {
  let rows = 0
  for (const [kind, entity] of STATED_KINDS) {
    const keys = cleanKeysOf(manifest, kind)
    if (keys.length > 0) rows += (await publishFiles(lake, online, scene, entity, keys)).entities
  }
  return rows
}

/**
 * Writes what a drop changes in the online table: newer statements about items and users, and for events
 * an attribute of its own in each entity's row. It reads no counts. A repeat, and any order of drops, ends
 * in the same rows. Throws only for faults of the stores.
 */
export async function writeDrop(
  ports: NearLinePorts,
  manifestKey: string,
  writtenMs: number,
): Promise<WrittenDrop> {
  const manifest = await findJson(ports.lake, manifestKey, dropManifestSchema)
  if (!manifest) return { result: 'deleted', rows: 0 }
  try {
    if (manifest.refused !== null) return { result: 'none', rows: 0 }
    // First: events of the drop take attributes from its own statements.
    const stated = await writeStatements(ports, manifest)
    if (manifest.kind !== 'events') return { result: stated > 0 ? 'written' : 'none', rows: stated }
    const { result, rows } = await writeEvents(ports, manifest, writtenMs)
    return { result, rows: stated + rows }
  } catch (error) {
    if (error instanceof ObjectMissing) return { result: 'deleted', rows: 0 }
    throw error
  }
}
