import {
  MODEL_PART,
  OBJECT_KIND,
  onlineRowsPrefix,
  type Parts,
  ROWS_KIND,
  VALUES_PART,
} from '../../functions/contract/part.ts'
import type { ReleaseRow, VersionRow } from '../../functions/contract/registry.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { FOLDED_SK, foldedPk } from '../../functions/contract/values.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { foldedAfter } from '../../functions/features/advance.ts'
import { wantedSeries } from '../../functions/features/fold-plan.ts'
import { openRegistry, type Registry } from '../../functions/registry/registry.ts'
import { PARTS, VERSION_PARTS } from '../../functions/release/parts/list.ts'
import type { Wrap } from './breaking.ts'
import { DAY0_MS } from './events.ts'
import { currentRow, makeVersion } from './lineage.ts'
import { type MemoryObjects, memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'
import { makeScene } from './scene.ts'

/** A registry and its models, with what releases have been so far. */
export interface ReleasesWorld {
  table: ReturnType<typeof memoryTable>
  registry: Registry
  models: MemoryObjects
}
export const MODEL = 'the model'

const fileOf = (row: VersionRow) => ({
  key: row.modelKey!,
  sha256: row.modelSha256!,
  generation: row.version,
})
export const partsOf = (row: VersionRow, base: VersionRow | null = null): Parts => ({
  [MODEL_PART]: {
    ...fileOf(row),
    kind: OBJECT_KIND,
    base: base && fileOf(base),
    throughMs: row.dataThroughMs,
  },
  [VALUES_PART]: {
    ...{ key: onlineRowsPrefix('feed'), sha256: null, kind: ROWS_KIND },
    ...{ generation: 'generation', base: null, throughMs: row.closedThroughMs },
  },
})
export const releaseOf = (
  sequence: number,
  row: VersionRow,
  base: VersionRow | null = null,
): ReleaseRow => ({
  scene: 'feed',
  sequence,
  version: row.version,
  dataThroughMs: row.dataThroughMs,
  parts: partsOf(row, base),
  preparedMs: row.scheduledMs,
  fence: 0,
})

interface Stored {
  table: TableStore
  models: ObjectStore
  lake?: ObjectStore
  online?: TableStore
}
/** The online table of a scene whose rows hold the window of every feature. */
export function filledTable(scene: Scene, closedThroughMs: number = DAY0_MS): TableStore {
  const table = memoryTable('online')
  const mark = { closedThroughMs, arrivedThroughMs: closedThroughMs, scheduledMs: closedThroughMs }
  const plan = { ...mark, basis: null, series: wantedSeries(scene, null, closedThroughMs) }
  // In memory, the row is there at once.
  void table.put(
    foldedPk(scene.scene),
    FOLDED_SK,
    foldedAfter(scene, { ...plan, shards: 1, states: [] }, []),
  )
  return table
}
/** Ports of a release with the parts that production has; without a table all values are there. */
export function releasePorts(
  world: Stored,
  wrap: Wrap = (port) => port,
  scene: Scene = makeScene(),
) {
  const registry = openRegistry(wrap(world.table), 'feed')
  const models = wrap(world.models)
  const lake = wrap(world.lake ?? memoryObjects('lake'))
  const online = wrap(world.online ?? filledTable(scene))
  const stores = { registry, models, lake, online, scene, log: () => {} }
  return { registry, parts: PARTS, stores }
}
/** Ports of a promotion or a fall back, which publish what belongs to a version. */
export function versionPorts({ table, models }: Stored, wrap: Wrap = (port) => port) {
  const registry = openRegistry(wrap(table), 'feed')
  return { registry, parts: VERSION_PARTS, stores: { registry, models: wrap(models) } }
}

/** `count` dailies, day by day, each released and flipped to at its own time; the last is served. */
export async function makeReleases(count: number): Promise<ReleasesWorld> {
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  const models = memoryObjects('models')
  for (let n = 1; n <= count; n++) {
    const row = makeVersion(n, {
      modelSha256: sha256Hex(MODEL),
      parent: n === 1 ? null : makeVersion(n - 1).version,
    })
    await register({ table, registry, models }, row)
    await registry.prepare(releaseOf(n, row))
    await registry.decide(
      {
        timeMs: row.scheduledMs,
        kind: 'flip',
        tier: 'daily',
        version: row.version,
        from: n - 1 || null,
        to: n,
        reason: row.reason,
        evidence: {},
      },
      row.version,
    )
  }
  const { version, scheduledMs } = makeVersion(count)
  const row = currentRow({ sequence: count, lastSequence: count, version, flippedMs: scheduledMs })
  await registry.change(row, null)
  return { table, registry, models }
}

export async function register(
  { registry, models }: ReleasesWorld,
  row: VersionRow,
): Promise<VersionRow> {
  await registry.register(row)
  models.drop(row.modelKey!, MODEL)
  return row
}

export const atDay = (day: number): number => DAY0_MS + day * DAY_MS
