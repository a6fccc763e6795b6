import { describe, expect, test } from 'vitest'
import { closeTask } from '../../functions/closing/close.ts'
import { samplesPrefix, versionManifestKey } from '../../functions/contract/keys.ts'
import { DECISION_SK, scenePk, type VersionRow } from '../../functions/contract/registry.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import {
  OWN_STATE,
  type RunRequest,
  runPlanSchema,
  type Tier,
  versionManifestSchema,
} from '../../functions/contract/training.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { releaseLease } from '../../functions/registry/lease.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { chooseRuns, exclude } from '../../functions/release/exclude.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { planRun } from '../../functions/train/plan-run.ts'
import { startTraining } from '../../functions/train/start.ts'
import { retryAfterEveryKill } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { land, makeLog } from '../make/landing.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const feed = makeScene()
const scene = makeScene({
  canary: undefined,
  // Its runs train without the verdicts stage.
  anticheat: { screening: 'off', honeypots: [], holdback: 0, seed: 1 },
  sampling: { negativeRate: 1, seed: 1, eventsPerShard: 100_000 },
  gates: { ...feed.gates, minRows: 1, maxPositiveRateFold: 1000 },
  tiers: { ...feed.tiers, hourly: { ...feed.tiers.hourly!, minRows: 1 } },
})
const DAYS = 4
const place = { modelsBucket: 'models', modelsKey: 'key', image: 'image', role: 'role' }
const morningOf = (day: number): number => DAY0_MS + day * DAY_MS + 2.5 * HOUR_MS
const at = (day: number, hour: number): number => DAY0_MS + day * DAY_MS + hour * HOUR_MS

function openWorld() {
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  const started = new Map<string, RunRequest>()
  const runs = {
    start: async (name: string, input: RunRequest) => {
      const isNew = !started.has(name)
      started.set(name, input)
      return isNew
    },
  }
  return { lake, models, table, registry, runs, started }
}
type World = ReturnType<typeof openWorld>

/** A run as the state machine makes it, up to its training, which succeeds at once; then it is served. */
async function run(world: World, tier: Tier, timeMs: number): Promise<VersionRow | null> {
  const { lake, models, registry } = world
  const request = { scene: 'feed', tier, arm: 'served' as const, scheduledTime: isoSeconds(timeMs) }
  const code = {
    ...{ samples: 's', trainer: 't' },
    ...{ trainerState: OWN_STATE, hasIncrementFunction: true },
  }
  const online = memoryTable('online')
  const state = await planRun({ lake, models, registry, online }, scene, request, code)
  const plan = await getJson(lake, state.planKey, runPlanSchema)
  for (const piece of plan.closingPieces) await closeTask(lake, piece)
  for (const piece of plan.samplePieces) await makeSamples(lake, recipeOf(scene), piece)
  const jobs = { create: async () => true }
  const { version } = await startTraining(
    { lake, models, registry, jobs, place, trainer: code.trainer },
    scene,
    state,
  )
  if (version === null) return null
  const row = {
    ...(await registry.version(version))!,
    modelKey: `${version}.qmm`,
    modelSha256: 'x',
  }
  await registry.settle({ ...row, status: 'accepted' }, 'started')
  await releaseLease(registry, row.fence)
  const current = await registry.current()
  const sequence = (current?.lastSequence ?? 0) + 1
  const flipped = { ...(current ?? currentRow()), sequence, lastSequence: sequence, version }
  await registry.change(flipped, current?.fence ?? null)
  return { ...row, status: 'accepted' }
}

/** A full of the first day, a daily of the second, and the third day's hours one by one until noon. */
async function grow(): Promise<World> {
  const world = openWorld()
  const log = makeLog(5, DAYS, 1500)
  for (let hour = 0; hour < (DAYS + 2) * 24; hour++) {
    const fromMs = DAY0_MS + hour * HOUR_MS
    const arrived = log.filter((row) => row.arrivalMs >= fromMs && row.arrivalMs < fromMs + HOUR_MS)
    if (arrived.length > 0) land(world.lake, arrived, hour + 1)
  }
  await run(world, 'daily', morningOf(1))
  await run(world, 'daily', morningOf(2))
  for (let hour = 4; hour <= 12; hour++) await run(world, 'hourly', at(2, hour) + 5 * MINUTE_MS)
  return world
}

/** Times of every sample that a version and what it grew on have learned from. */
async function samplesOf({ lake, models, registry }: World, head: string): Promise<number[]> {
  const times: number[] = []
  for (let of: string | null = head; of !== null; of = (await registry.version(of))!.parent) {
    const manifest = await getJson(models, versionManifestKey('feed', of), versionManifestSchema)
    for (const { key } of manifest.sets.flatMap(({ files }) => files))
      times.push(...(await readParquet<SampleRow>(await lake.get(key))).map(({ timeMs }) => timeMs))
  }
  return times
}
const within = (times: readonly number[], fromMs: number, throughMs: number): number[] =>
  times.filter((timeMs) => timeMs >= fromMs && timeMs < throughMs)
const ask = (world: World, fromMs: number, throughMs: number) =>
  exclude(world, scene, { reason: 'a broken client', timeMs: at(2, 12.5), fromMs, throughMs })
const served = async ({ registry }: World) => (await registry.current())!.version!

describe('An excluded interval', () => {
  test('Excluding hours of increments takes down later ones and regrows the chain', async () => {
    const world = await grow()
    const before = await world.registry.versions('hourly')
    const [fromMs, throughMs] = [at(2, 6), at(2, 7)]
    expect(within(await samplesOf(world, await served(world)), fromMs, throughMs)).not.toEqual([])
    const { refused, regrows } = await ask(world, fromMs, throughMs)
    expect(regrows).toEqual(['hourly'])
    expect(refused).toEqual(
      before.filter((row) => row.dataThroughMs > fromMs).map(({ version }) => version),
    )
    // What is served stays until the run replaces it.
    expect(refused).toContain(await served(world))

    const [request] = [...world.started.values()]
    expect(request).toMatchObject({ tier: 'hourly', scheduledTime: isoSeconds(at(2, 12.5)) })
    const regrown = (await run(world, 'hourly', Date.parse(request!.scheduledTime)))!
    expect(regrown).toMatchObject({
      dataFromMs: fromMs,
      parent: before.findLast((row) => row.dataThroughMs <= fromMs)!.version,
    })
    const times = await samplesOf(world, regrown.version)
    expect(within(times, fromMs, throughMs)).toEqual([])
    expect(within(times, throughMs, throughMs + HOUR_MS)).not.toEqual([])
    expect(new Set(times.length === 0 ? [] : [await served(world)])).toEqual(
      new Set([regrown.version]),
    )
  })

  test('Excluding hours of a daily takes its chain down to the parent', async () => {
    const world = await grow()
    const [full, daily] = (await world.registry.versions()).filter(({ tier }) => tier !== 'hourly')
    const [root, fallen] = full!.tier === 'full' ? [full!, daily!] : [daily!, full!]
    const [fromMs, throughMs] = [at(1, 20), at(2, 5)]
    const { refused, regrows } = await ask(world, fromMs, throughMs)
    expect(regrows).toEqual(['daily'])
    expect(refused).toContain(fallen.version)
    expect(refused).not.toContain(root.version)
    expect(await world.registry.versions('hourly')).toSatisfy((rows: VersionRow[]) =>
      rows.every(({ status }) => status === 'refused'),
    )
    const again = (await run(world, 'daily', at(2, 12.5)))!
    expect(again).toMatchObject({ tier: 'daily', parent: root.version, dataFromMs: at(1, 0) })
    const hourly = (await run(world, 'hourly', at(2, 13) + 5 * MINUTE_MS))!
    expect(hourly.base).toBe(again.version)
    expect(within(await samplesOf(world, hourly.version), fromMs, throughMs)).toEqual([])
    // Their stragglers come a day later, in the next daily's late lane.
    for (const day of [3, 4]) {
      const next = (await run(world, 'daily', morningOf(day)))!
      const times = await samplesOf(world, next.version)
      expect(within(times, fromMs, throughMs), `day ${day}`).toEqual([])
      expect(within(times, at(1, 0), fromMs)).not.toEqual([])
    }
  })

  test('An exclusion takes down versions whose samples no longer exist', async () => {
    const [held, gone] = [await grow(), await grow()]
    for (const key of [...gone.lake.contents.keys()])
      if (key.startsWith(samplesPrefix('feed'))) await gone.lake.delete(key)
    // An hour before all data: only a daily may have met it, as a late one.
    expect(await ask(held, at(-1, 0), at(-1, 1))).toMatchObject({ refused: [], regrows: [] })
    const { refused, regrows } = await ask(gone, at(-1, 0), at(-1, 1))
    expect(refused[0]).toMatch(/^daily-/)
    expect(refused.at(-1)).toBe(await served(gone))
    expect(regrows).toEqual(['daily'])
  })

  test('An exclusion takes down a daily whose labels may come from it', async () => {
    const world = await grow()
    const daily = (await world.registry.versions('daily'))[0]!
    // Its day ended before; its closing had seen the first hour of the next.
    const [fromMs, throughMs] = [at(2, 0), at(2, 1)]
    expect(daily).toMatchObject({ dataThroughMs: fromMs, closedThroughMs: throughMs })
    const { refused, regrows } = await ask(world, fromMs, throughMs)
    expect(refused).toContain(daily.version)
    expect(regrows).toEqual(['daily'])
    const again = (await run(world, 'daily', at(2, 12.5)))!
    const setOf = async (version: string) => {
      const key = versionManifestKey('feed', version)
      return (await getJson(world.models, key, versionManifestSchema)).sets[0]!
    }
    const [before, after] = [await setOf(daily.version), await setOf(again.version)]
    expect(after.fromMs).toBe(before.fromMs)
    expect(after.inputsDigest).not.toBe(before.inputsDigest)
    // An hour that its closing had not reached gave it nothing.
    const other = await grow()
    expect((await ask(other, throughMs, at(2, 2))).refused).not.toContain(daily.version)
  })

  test('An exclusion within the first full leads to a new full', async () => {
    const world = await grow()
    expect(await ask(world, at(0, 3), at(0, 4))).toMatchObject({ regrows: ['daily'] })
    const full = (await run(world, 'daily', at(2, 12.5)))!
    expect(full).toMatchObject({ tier: 'full', parent: null })
    expect(within(await samplesOf(world, full.version), at(0, 3), at(0, 4))).toEqual([])
  })

  test('An exclusion of unlearned hours is recorded and starts no run', async () => {
    const world = await grow()
    expect(await ask(world, at(3, 1), at(3, 2))).toMatchObject({ refused: [], regrows: [] })
    expect(world.started.size).toBe(0)
    expect(await world.registry.exclusions()).toHaveLength(1)
  })

  test('An exclusion that affects daily and parent chain starts two runs', () => {
    const full = makeVersion(1, { tier: 'full' })
    const daily = makeVersion(2, { parent: full.version })
    const onFull = makeVersion(3, { tier: 'hourly', base: full.version, parent: full.version })
    const onDaily = makeVersion(4, { tier: 'hourly', base: daily.version, parent: daily.version })
    expect(chooseRuns([daily, onDaily])).toEqual(['daily'])
    expect(chooseRuns([onFull])).toEqual(['hourly'])
    expect(chooseRuns([daily, onDaily, onFull])).toEqual(['daily', 'hourly'])
    expect(chooseRuns([])).toEqual([])
  })

  test('An exclusion must consist of whole hours, in order', async () => {
    const world = openWorld()
    await expect(ask(world, at(2, 1) + MINUTE_MS, at(2, 3))).rejects.toThrow(
      /from 2026-01-07T01:01:00.000Z is within an hour: only whole hours can be excluded; nothing was excluded/,
    )
    await expect(ask(world, at(2, 3), at(2, 3))).rejects.toThrow(/contains no hour/)
    expect(await world.registry.exclusions()).toEqual([])
  })

  test('A killed exclusion gives one exclusion and one run after a retry', async () => {
    const calm = await grow()
    await ask(calm, at(2, 6), at(2, 7))
    const rows = (world: World) => world.table.query(scenePk('feed'), '')
    const expected = await rows(calm)
    const grown = await grow()
    const contents = [grown.lake, grown.models].map(({ contents: of }) => [...of])
    const stood = await rows(grown)
    const calls = await retryAfterEveryKill(
      async () => {
        const world = openWorld()
        for (const [key, object] of contents[0]!) world.lake.contents.set(key, object)
        for (const [key, object] of contents[1]!) world.models.contents.set(key, object)
        for (const { sk, ...row } of stood) await world.table.put(scenePk('feed'), sk, row)
        return world
      },
      (world, wrap) =>
        ask(
          {
            ...world,
            lake: wrap(world.lake),
            models: wrap(world.models),
            registry: openRegistry(wrap(world.table), 'feed'),
            runs: wrap(world.runs),
          },
          at(2, 6),
          at(2, 7),
        ),
      async (world) => ({ rows: await rows(world), runs: [...world.started] }),
      (found, n) =>
        expect(found, `killed at call ${n}`).toEqual({ rows: expected, runs: [...calm.started] }),
    )
    expect(calls).toBeGreaterThan(10)
    const decided = expected.filter(({ sk }) => sk.startsWith(DECISION_SK))
    expect(decided.filter((row) => row['kind'] === 'exclusion')).toHaveLength(1)
  })
})
