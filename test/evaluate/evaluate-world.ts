import { scenePk, type VersionRow } from '../../functions/contract/registry.ts'
import type { JobEvent } from '../../functions/contract/training.ts'
import { evaluateJob } from '../../functions/evaluate/evaluate.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import type { Wrap } from '../make/breaking.ts'
import { currentRow, leaveOutputs, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

export const champion = makeVersion(1)

export const candidate = makeVersion(2, {
  parent: champion.version,
  status: 'started',
  rows: 400,
  modelKey: null,
  modelSha256: null,
})

export const eventOf = (row: VersionRow, status = 'Completed', reason?: string): JobEvent => ({
  time: '2026-01-07T02:31:00Z',
  detail: {
    TrainingJobName: row.jobName,
    TrainingJobStatus: status,
    ...(reason ? { FailureReason: reason } : {}),
  },
})

export async function makeWorld(
  outputs: Parameters<typeof leaveOutputs>[2] = { rival: champion.version },
) {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  await registry.register(champion)
  await registry.register({ ...candidate, rows: outputs.rows ?? candidate.rows })
  await registry.change(currentRow({ version: champion.version }), null)
  const { model } = await leaveOutputs(models, candidate, outputs)
  return { models, table, model }
}

export type World = Awaited<ReturnType<typeof makeWorld>>

export const evaluate = (world: World, event = eventOf(candidate), wrap: Wrap = (port) => port) =>
  evaluateJob(
    wrap(world.models),
    (scene) => openRegistry(wrap(world.table), scene),
    () => makeScene(),
    event,
  )

export const rowsOf = (world: World, prefix: string) => world.table.query(scenePk('feed'), prefix)
