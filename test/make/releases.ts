import type { ReleaseRow, VersionRow } from '../../functions/contract/registry.ts'
import { DAY_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { openRegistry, type Registry } from '../../functions/registry/registry.ts'
import { DAY0_MS } from './events.ts'
import { currentRow, makeVersion } from './lineage.ts'
import { type MemoryObjects, memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'

/** A registry and its models, with what releases have been so far. */
export interface ReleasesWorld {
  table: ReturnType<typeof memoryTable>
  registry: Registry
  models: MemoryObjects
}
export const MODEL = 'the model'

export const releaseOf = (sequence: number, row: VersionRow): ReleaseRow => ({
  scene: 'feed',
  sequence,
  version: row.version,
  modelKey: row.modelKey!,
  modelSha256: row.modelSha256!,
  base: null,
  dataThroughMs: row.dataThroughMs,
  featureGeneration: 'generation',
  countsThroughMs: row.closedThroughMs,
  preparedMs: row.scheduledMs,
  fence: 0,
})

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
