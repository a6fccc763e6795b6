import { expect, test } from 'vitest'
import { closeTask } from '../../functions/closing/close.ts'
import { HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import { OWN_STATE, runPlanSchema, TIERS } from '../../functions/contract/training.ts'
import { getJson } from '../../functions/core/objects.ts'
import { loadFolded } from '../../functions/features/near-line.ts'
import { seriesOf } from '../../functions/features/series.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { freeze } from '../../functions/release/freeze.ts'
import { planRun } from '../../functions/train/plan-run.ts'
import { arrivalMs, openOnlineWorld } from '../features/online-world.ts'
import { rowValue } from '../features/row-value.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { foldAll } from '../make/fold-all.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const about = { name: 'shown', entity: 'item', windowHours: 24 }
const shown = { ...about, kind: 'count', event: 'impression' } as const
const scene = makeScene({ features: [shown] })
const CODE = { samples: 's', trainer: 't', trainerState: OWN_STATE, hasIncrementFunction: true }
const atHour = (hour: number): number => DAY0_MS + hour * HOUR_MS + 5 * MINUTE_MS

test('Values advance while every tier is frozen', async () => {
  const world = openOnlineWorld(scene)
  const ports = { ...world, models: memoryObjects('models') }
  const registry = openRegistry(memoryTable(), 'feed')
  for (const subject of TIERS)
    await freeze(registry, { subject, reason: 'a migration', timeMs: DAY0_MS })
  const run = async (hour: number): Promise<string | null> => {
    const scheduledTime = isoSeconds(atHour(hour))
    const request = { scene: 'feed', tier: 'hourly', arm: 'served', scheduledTime } as const
    const { planKey, skip } = await planRun({ ...ports, registry }, scene, request, CODE)
    const plan = await getJson(world.lake, planKey, runPlanSchema)
    for (const piece of plan.closingPieces) await closeTask(world.lake, piece)
    await foldAll(world, plan)
    return skip
  }
  const valueAt = async (timeMs: number) =>
    rowValue(
      (await world.row('i1'))!,
      (await loadFolded(world.online, 'feed'))!,
      seriesOf([shown])[0]!,
      timeMs,
      24,
    )
  expect(await run(2)).toMatch(/frozen/)
  const event = makeImpression({ timeMs: arrivalMs - MINUTE_MS, arrivalMs })
  world.land(1, [event, { ...event, row: 9 }])
  await world.write(1)
  // The near line counts both copies, and the closing counts one.
  expect(await valueAt(arrivalMs + MINUTE_MS)).toBe(2)
  expect(await run(4)).toMatch(/frozen/)
  expect(await valueAt(atHour(4))).toBe(1)
  expect(await registry.versions('full')).toEqual([])
})
