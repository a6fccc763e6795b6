import { describe, expect, test } from 'vitest'
import { trainingJobName } from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { evaluateJob } from '../../functions/evaluate/evaluate.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { registerAttempt, startReason } from '../../functions/train/attempts.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, leaveOutputs, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const champion = makeVersion(1)
const first = makeVersion(2, {
  parent: champion.version,
  status: 'started',
  modelKey: null,
  modelSha256: null,
})
/** The same version, as a run comes to it that was scheduled later. */
const later = (hours: number): VersionRow => ({
  ...first,
  scheduledMs: first.scheduledMs + hours * HOUR_MS,
  fence: hours,
})
const nameOf = (attempt: number): string => trainingJobName('feed', first.version, attempt)

async function makeWorld(...outputsOf: VersionRow[]) {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  await registry.register(champion)
  await registry.change(currentRow({ version: champion.version }), null)
  await registerAttempt(registry, first)
  for (const row of outputsOf) await leaveOutputs(models, row, { rival: champion.version })
  const ended = (attempt: number, TrainingJobStatus: string) =>
    evaluateJob(
      models,
      () => registry,
      () => makeScene(),
      {
        time: '2026-01-07T02:31:00Z',
        detail: { TrainingJobName: nameOf(attempt), TrainingJobStatus },
      },
    )
  const standing = async () => (await registry.version(first.version))!
  return { table, registry, ended, standing }
}

describe('A failed version', () => {
  test('A later run restarts a failed version under a new job name', async () => {
    const { registry, ended, standing } = await makeWorld({ ...first, jobName: nameOf(2) })
    await ended(1, 'Failed')
    const again = await registerAttempt(registry, later(6))
    expect(again).toEqual({ ...later(6), jobName: nameOf(2) })
    expect(await standing()).toEqual(again)
    expect(startReason(again, true, 'scheduled')).toBe(
      'attempt 2, after a failed attempt: scheduled',
    )
    expect((await ended(2, 'Completed')).verdict).toBe('accepted')
    expect(await standing()).toMatchObject({ status: 'accepted', jobName: nameOf(2) })
  })

  test('Two runs at once restart a failed version only once', async () => {
    const { registry, ended, standing } = await makeWorld()
    await ended(1, 'Stopped')
    const both = await Promise.all([6, 7].map((n) => registerAttempt(registry, later(n))))
    expect(both.map(({ jobName }) => jobName)).toEqual([nameOf(2), nameOf(2)])
    expect(both[0]).toEqual(both[1])
    await ended(2, 'Failed')
    await registerAttempt(registry, later(8))
    expect(await standing()).toMatchObject({ status: 'started', jobName: nameOf(3) })
  })

  test('A failed version stays failed for the same or earlier runs', async () => {
    const { registry, ended, standing } = await makeWorld()
    await ended(1, 'Failed')
    for (const hours of [0, -1]) await registerAttempt(registry, later(hours))
    expect(await standing()).toMatchObject({ status: 'failed', jobName: nameOf(1) })
    await registerAttempt(registry, later(6))
    await ended(2, 'Failed')
    for (const hours of [6, 3]) await registerAttempt(registry, later(hours))
    expect(await standing()).toMatchObject({ status: 'failed', jobName: nameOf(2) })
  })

  test('A restart killed anywhere ends in one new attempt', async () => {
    const makeFailed = async () => {
      const world = await makeWorld()
      await world.ended(1, 'Failed')
      return world
    }
    type World = Awaited<ReturnType<typeof makeFailed>>
    const start = ({ table }: World, wrap: Wrap = (port) => port) =>
      registerAttempt(openRegistry(wrap(table), 'feed'), later(6))
    const calls = await retryAfterEveryKill(
      makeFailed,
      start,
      ({ standing }) => standing(),
      (found, n) =>
        expect(found, `killed at call ${n}`).toEqual({ ...later(6), jobName: nameOf(2) }),
    )
    expect(calls).toBeGreaterThan(2)
  })
})

describe('A training or judged version', () => {
  test('A later run leaves a training or judged version unchanged', async () => {
    for (const status of ['started', 'refused', 'accepted'] as const) {
      const { registry, standing } = await makeWorld()
      await registry.settle({ ...first, status }, 'started')
      expect(await registerAttempt(registry, later(6))).toEqual({ ...first, status })
      expect(await standing()).toEqual({ ...first, status })
    }
    expect(startReason(first, false, 'scheduled')).toBe('started before')
  })

  test('A late end of an earlier attempt does not judge the version', async () => {
    const { registry, ended, standing } = await makeWorld(first)
    await ended(1, 'Failed')
    const again = await registerAttempt(registry, later(6))
    for (const status of ['Failed', 'Stopped', 'Completed'])
      expect(await ended(1, status)).toMatchObject({
        verdict: 'ignored',
        reason: `${nameOf(1)} is not the current job of ${first.version}: that is ${nameOf(2)}`,
      })
    // A judge of the first attempt that has read its row before all this, and writes only now.
    expect(await registry.settle({ ...first, status: 'failed' }, 'started')).toBe(false)
    expect(await standing()).toEqual(again)
  })
})
