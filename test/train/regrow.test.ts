import { describe, expect, test } from 'vitest'
import { commitClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { REDRIVE_DAYS } from '../../functions/closing/plan.ts'
import {
  cleanEventsKey,
  dropManifestKey,
  versionManifestKey,
} from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import { EVENT_COLUMNS } from '../../functions/contract/rows.ts'
import { DAY_MS, dateOf, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import {
  OWN_STATE,
  type RunPlan,
  runPlanSchema,
  type Tier,
} from '../../functions/contract/training.ts'
import { configurationDigest, shapeDigest } from '../../functions/core/configuration.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import { getJson } from '../../functions/core/objects.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { releaseLease } from '../../functions/registry/lease.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { commitSampleSet } from '../../functions/samples/commit-set.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { describeVersion } from '../../functions/train/describe-version.ts'
import { placeIncrement } from '../../functions/train/placement.ts'
import { planRun } from '../../functions/train/plan-run.ts'
import { DAY0_MS, makeImpression } from '../make/events.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene({
  features: [{ name: 'item', kind: 'category', of: 'item.id' }],
  canary: undefined,
  // Its runs train without the verdicts stage.
  anticheat: { screening: 'off', honeypots: [], holdback: 0, seed: 1 },
})
const at = (hour: number): number => DAY0_MS + DAY_MS + hour * HOUR_MS
const ofScene = {
  configurationDigest: configurationDigest(scene),
  shapeDigest: shapeDigest(scene),
}
const base = (tier: Tier, day: number, fields: Partial<VersionRow> = {}) =>
  makeVersion(day, { tier, ...ofScene, ...fields })

/** A lake and a registry in which a full through the first day is served. */
async function makeWorld() {
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  const registry = openRegistry(memoryTable(), 'feed')
  const full = base('full', 1)
  await registry.register(full)
  await registry.change(currentRow({ version: full.version }), null)
  let drops = 0

  return {
    lake,
    registry,
    full,
    /** A clean drop of impressions of one hour, as intake leaves it; `told`: what it is planned as. */
    land(hour: number, arrivalMs: number, count = 30, told = count): void {
      const drop = (drops++).toString(16).padStart(32, '0')
      const rows = Array.from({ length: count }, (_, n) =>
        makeImpression({
          event: `${drop}-${n}`,
          timeMs: at(hour) + n * MINUTE_MS,
          arrivalMs,
          user: `u${n}`,
          drop,
        }),
      )
      const key = cleanEventsKey({ scene: 'feed', hourMs: at(hour), arrivalMs, drop, part: 0 })
      lake.drop(key, writeParquet(EVENT_COLUMNS, rows))
      lake.drop(
        dropManifestKey('feed', { arrivalMs, drop }),
        canonicalJson({
          scene: 'feed',
          kind: 'events',
          rawKey: `raw/feed/events/${drop}`,
          drop,
          arrivalMs,
          format: 'jsonl',
          bytes: 1,
          read: count,
          accepted: count,
          quarantined: {},
          events: count,
          byHour: {},
          files: [{ key, rows: told, sha256: 'x' }],
          quarantineFiles: [],
          refused: null,
          codeDigest: 'code',
        }),
      )
    },
    async plan(tier: Tier, scheduledMs: number): Promise<RunPlan> {
      const request = {
        scene: 'feed',
        tier,
        arm: 'served' as const,
        scheduledTime: isoSeconds(scheduledMs),
      }
      const ports = { lake, models, registry, online: memoryTable('online') }
      const state = await planRun(ports, scene, request, {
        ...{ samples: 's', trainer: 't' },
        ...{ trainerState: OWN_STATE, hasIncrementFunction: true },
      })
      return getJson(lake, state.planKey, runPlanSchema)
    },
    /** Does what a plan says up to its version, and settles that. */
    async carryOut(plan: RunPlan, status: VersionRow['status'] = 'accepted'): Promise<VersionRow> {
      for (const piece of plan.closingPieces) await closeTask(lake, piece)
      await commitClosing(lake, 'feed', plan.closedThroughMs)
      for (const piece of plan.samplePieces) await makeSamples(lake, recipeOf(scene), piece)
      const sets = await Promise.all(plan.sets.map((set) => commitSampleSet(lake, 'feed', set)))
      const { row, manifestText } = describeVersion(plan, sets)
      models.drop(versionManifestKey('feed', row.version), manifestText)
      await registry.register({ ...row, status, modelKey: 'model' })
      await releaseLease(registry, plan.fence)
      return row
    },
  }
}
type World = Awaited<ReturnType<typeof makeWorld>>

/** Hours 0 to 2 of the second day, each an increment of its own. */
async function growThreeHours(world: World, status?: VersionRow['status']): Promise<RunPlan[]> {
  const plans: RunPlan[] = []
  for (let hour = 0; hour < 3; hour++) {
    world.land(hour, at(hour + 1) + 2 * MINUTE_MS)
    const plan = await world.plan('hourly', at(hour + 2) + 5 * MINUTE_MS)
    expect(plan.skip).toBeNull()
    await world.carryOut(plan, status)
    plans.push(plan)
  }
  return plans
}

describe('A regrown chain', () => {
  test('A regrown chain learns the same sets despite later arrivals', async () => {
    const world = await makeWorld()
    const before = await growThreeHours(world)
    world.land(1, at(4))
    await world.registry.register(base('daily', 1, { scheduledMs: at(9) }))
    const newer = base('full', 1, { version: 'full-20260106-ffffffff', scheduledMs: at(10) })
    await world.registry.register(newer)
    world.land(3, at(4) + 2 * MINUTE_MS)
    const plan = await world.plan('hourly', at(5) + 5 * MINUTE_MS)
    expect(plan).toMatchObject({
      base: newer.version,
      parent: newer.version,
      dataFromMs: at(0),
      dataThroughMs: at(4),
    })
    expect(plan.sets.slice(0, 3)).toEqual(before.flatMap(({ sets }) => sets))
    expect(plan.samplePieces.map(({ fromMs }) => fromMs)).toEqual([at(3)])
  })

  test('A regrown chain trains where all its hours fit together', async () => {
    const world = await makeWorld()
    const rows = 300_000
    const plans: RunPlan[] = []
    for (let hour = 0; hour < 4; hour++) {
      world.land(hour, at(hour + 1) + 2 * MINUTE_MS, 1, rows)
      if (hour === 3)
        await world.registry.register(
          base('full', 1, { version: 'full-20260106-ffffffff', scheduledMs: at(4) }),
        )
      const plan = await world.plan('hourly', at(hour + 2) + 5 * MINUTE_MS)
      await world.carryOut(plan)
      plans.push(plan)
    }
    expect(plans.map(({ sets }) => sets.length)).toEqual([1, 1, 1, 4])
    expect(plans.map(({ executor }) => executor)).toEqual([
      ...Array.from({ length: 3 }, () => 'lambda'),
      'sagemaker',
    ])
    expect(plans[3]!.executorReason).toBe(placeIncrement(scene, 4 * rows).reason)
    expect(plans[0]!.executorReason).toBe(placeIncrement(scene, rows).reason)
  })

  test('A daily plan states the most that its events would need', async () => {
    const world = await makeWorld()
    world.land(5, at(6) + 2 * MINUTE_MS, 1, 9_000_000)
    const plan = await world.plan('daily', at(26) + 30 * MINUTE_MS)
    expect(plan).toMatchObject({ tier: 'daily', executor: 'sagemaker', isOwnImage: true })
    expect(plan.executorReason).toMatch(
      /^the daily tier trains there; if each of its events became a sample: ml\.m5\.xlarge: 9,000,000 samples need .*; ml\.m5\.large has/,
    )
  })

  test('A regrown chain reuses sets of refused increments, not of failed ones', async () => {
    for (const [status, isPinned] of [
      ['refused', true],
      ['failed', false],
    ] as const) {
      const world = await makeWorld()
      const before = await growThreeHours(world, status)
      // A late drop changes what an unpinned set would be made from.
      world.land(1, at(4))
      const plan = await world.plan('hourly', at(5) + 5 * MINUTE_MS)
      expect(plan.sets[1]!.inputsDigest === before.at(-1)!.sets[1]!.inputsDigest).toBe(isPinned)
    }
  })

  test.each([
    ['recipe makes sets of its own', 'recipeDigest', true],
    ['gate, budget or model learns from the very same ones', 'configurationDigest', false],
  ] as const)('A chain regrown under another %s', async (_, digest, isMadeAnew) => {
    const world = await makeWorld()
    await growThreeHours(world)
    const versions = await world.registry.versions('hourly-')
    for (const row of versions)
      await world.registry.settle({ ...row, [digest]: 'other' }, 'accepted')
    world.land(1, at(4))
    await world.registry.register(
      base('full', 1, { version: 'full-20260106-ffffffff', scheduledMs: at(10) }),
    )
    const plan = await world.plan('hourly', at(5) + 5 * MINUTE_MS)
    const made = plan.samplePieces.map(({ fromMs }) => fromMs)
    expect(made.includes(at(1))).toBe(isMadeAnew)
  })
})

describe('An interval taken out', () => {
  test('An excluded interval stays out of the late lane too', async () => {
    const world = await makeWorld()
    for (const hour of [0, 1, 2, 3]) world.land(hour, at(hour + 1) + 2 * MINUTE_MS)
    await world.registry.exclude({
      fromMs: at(1),
      throughMs: at(2),
      timeMs: at(5),
      reason: 'poisoned',
    })
    const first = await world.plan('daily', at(26) + 30 * MINUTE_MS)
    await world.carryOut(first)
    // The day after, something of the excluded hour and of another comes late.
    world.land(1, at(30))
    world.land(3, at(30))
    world.land(25, at(30))
    const second = await world.plan('daily', at(50) + 30 * MINUTE_MS)
    const hoursOf = ({ samplePieces }: RunPlan): string[] => [
      ...new Set(
        samplePieces.flatMap(({ impressionKeys }) =>
          impressionKeys.map((key) => /date=.{10}\/hour=\d\d/.exec(key)![0]),
        ),
      ),
    ]
    expect(hoursOf(first)).not.toContain('date=2026-01-06/hour=01')
    expect(hoursOf(second)).toEqual(['date=2026-01-06/hour=03', 'date=2026-01-07/hour=01'])
    expect(second.exclusions).toEqual([{ fromMs: at(1), throughMs: at(2) }])
  })
})

test('A late lane reaches back to the oldest redriven arrivals', async () => {
  const world = await makeWorld()
  const oldest = -24 * (scene.maxEventAgeDays + REDRIVE_DAYS - 1)
  world.land(oldest, at(oldest + 24 * scene.maxEventAgeDays))
  world.land(1, at(2) + 2 * MINUTE_MS)
  // An hourly closes it, so that the daily finds it in the lake alone.
  await world.carryOut(await world.plan('hourly', at(3) + 5 * MINUTE_MS))
  const daily = await world.plan('daily', at(26) + 30 * MINUTE_MS)
  const keys = daily.samplePieces.flatMap(({ impressionKeys }) => impressionKeys)
  expect(keys).toContainEqual(expect.stringContaining(`date=${dateOf(at(oldest))}`))
})
