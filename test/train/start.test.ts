import { describe, expect, test } from 'vitest'
import {
  closingCommitKey,
  closingPlanKey,
  runPlanKey,
  sampleManifestKey,
} from '../../functions/contract/keys.ts'
import { DECISION_SK, scenePk, VERSION_SK } from '../../functions/contract/registry.ts'
import { HOUR_MS, isoSeconds } from '../../functions/contract/time.ts'
import type { RunState } from '../../functions/contract/training.ts'
import { configurationDigest } from '../../functions/core/configuration.ts'
import { canonicalJson } from '../../functions/core/digest.ts'
import type { TrainingJobs } from '../../functions/core/training-jobs.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { gatePositiveRate } from '../../functions/train/data-gates.ts'
import { startTraining } from '../../functions/train/start.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'
import { day, manifestOf, place, plan, scene, scheduledMs } from './start-world.ts'

const planKey = runPlanKey('feed', 'daily', scheduledMs)
const state: RunState = {
  scene: 'feed',
  tier: 'daily',
  scheduledTime: isoSeconds(scheduledMs),
  planKey,
  skip: null,
  closingPieces: [],
  screenPieces: [],
  statePieces: [],
  foldPieces: [],
  samplePieces: [],
}
/** A lake as the maps leave it, with a registry of one accepted version, and jobs that are counted. */
async function makeWorld(
  options: { samples?: number; positives?: number; quarantined?: number; skip?: string } = {},
) {
  const { samples = 1000, positives = 100, quarantined = 0, skip = null } = options
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  const table = memoryTable()
  const jobs: string[] = []
  lake.drop(planKey, canonicalJson({ ...plan, skip }))
  lake.drop(
    closingPlanKey('feed', plan.closedThroughMs),
    canonicalJson({
      scene: 'feed',
      closedThroughMs: plan.closedThroughMs,
      previousClosedThroughMs: null,
      pieces: [],
      pending: [],
      consumedDrops: [],
      drops: {
        read: 1000,
        accepted: 1000 - quarantined,
        quarantined: quarantined ? { not_json: quarantined } : {},
        refused: {},
      },
    }),
  )
  lake.drop(
    sampleManifestKey({ scene: 'feed', ...day }),
    canonicalJson(manifestOf(samples, positives)),
  )
  const registry = openRegistry(table, 'feed')
  await registry.register(makeVersion(0, { tier: 'daily', impressions: 1000, positives: 100 }))
  const create: Pick<TrainingJobs, 'create'> = {
    create: async ({ TrainingJobName }) => {
      if (jobs.includes(TrainingJobName!)) return false
      jobs.push(TrainingJobName!)
      return true
    },
  }
  return { lake, models, table, jobs, create }
}
type World = Awaited<ReturnType<typeof makeWorld>>
const start = (
  world: World,
  wrap: Wrap = (port) => port,
  trainer = plan.codeDigest,
  run: RunState = state,
  deployed = scene,
) =>
  startTraining(
    {
      lake: wrap(world.lake),
      models: wrap(world.models),
      registry: openRegistry(wrap(world.table), 'feed'),
      jobs: wrap(world.create),
      place,
      trainer,
    },
    deployed,
    run,
  )
const rowsOf = (world: World, prefix: string) => world.table.query(scenePk('feed'), prefix)

describe('Starting a training', () => {
  test('A start registers the version and starts its job once', async () => {
    const world = await makeWorld()
    const { version } = await start(world)
    expect(world.jobs).toEqual([`qm-feed-${version}`])
    expect((await rowsOf(world, VERSION_SK)).map((row) => row['status'])).toEqual([
      'accepted',
      'started',
    ])
    expect(world.lake.contents.has(closingCommitKey('feed', plan.closedThroughMs))).toBe(true)
    expect((await start(world)).reason).toBe('started before')
    expect(world.jobs).toHaveLength(1)
  })

  test('A later run starts the next attempt of a failed version once', async () => {
    const world = await makeWorld()
    const { version } = await start(world)
    const registry = openRegistry(world.table, 'feed')
    await registry.settle({ ...(await registry.version(version!))!, status: 'failed' }, 'started')
    // The run that failed, delivered again: the same time is the same plan, and starts nothing.
    expect((await start(world)).reason).toBe('started before')
    const laterMs = scheduledMs + 6 * HOUR_MS
    const laterKey = runPlanKey('feed', 'daily', laterMs)
    world.lake.drop(laterKey, canonicalJson({ ...plan, scheduledMs: laterMs }))
    const later = { ...state, scheduledTime: isoSeconds(laterMs), planKey: laterKey }
    const again = { version, jobName: `qm-feed-${version}-a2`, executor: 'sagemaker' }
    expect(await start(world, undefined, undefined, later)).toMatchObject({
      ...again,
      reason: 'attempt 2, after a failed attempt: continues',
    })
    expect(await start(world, undefined, undefined, later)).toMatchObject({
      ...again,
      reason: 'started before',
    })
    expect(world.jobs).toEqual([`qm-feed-${version}`, `qm-feed-${version}-a2`])
    expect(await registry.version(version!)).toMatchObject({
      status: 'started',
      scheduledMs: laterMs,
    })
  })

  test('A start killed at any call gives one job after a retry', async () => {
    const calm = await makeWorld()
    await start(calm)
    const stateOf = async (world: World) => ({
      jobs: world.jobs,
      versions: await rowsOf(world, VERSION_SK),
      models: [...world.models.contents].sort(),
      lake: [...world.lake.contents].sort(),
    })
    const expected = await stateOf(calm)
    const calls = await retryAfterEveryKill(makeWorld, start, stateOf, (found, n) =>
      expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(8)
  })

  test.each([
    [
      'too few samples',
      { samples: 50 },
      'skip',
      /50 samples, fewer than the 100 that training needs: the interval joins the next run's/,
    ],
    [
      'too much in quarantine',
      { quarantined: 300 },
      'refusal',
      /300 of 1000 records read were quarantined \(30.00 %, most as not_json\), more than the allowed 20.00 %/,
    ],
    [
      'a positive rate that moved',
      { positives: 500 },
      'refusal',
      /positive rate 50.00 % of 1000 impressions against 10.00 % before: its odds moved by more than 3 times, and not by chance/,
    ],
    [
      'more than any instance of the scene holds',
      { samples: 200_000_000, positives: 20_000_000 },
      'refusal',
      /^200,000,000 samples need .* of memory.*: .*keep fewer negatives/,
    ],
    ['nothing to train on', { skip: 'nothing new' }, 'skip', /nothing new/],
  ])('A start with %s ends with a decision and no job', async (_, options, kind, reason) => {
    const world = await makeWorld(options)
    expect((await start(world)).version).toBeNull()
    expect(world.jobs).toEqual([])
    const [decision, ...others] = await rowsOf(world, DECISION_SK)
    expect(others).toEqual([])
    expect(decision).toMatchObject({ kind, tier: 'daily', reason: expect.stringMatching(reason) })
  })

  test.each([
    ['another trainer', 'deployed since', scene],
    ['another configuration', plan.codeDigest, makeScene({ latenessMinutes: 90 })],
  ])('A start is skipped when %s was deployed since the plan', async (_, trainer, deployed) => {
    const world = await makeWorld()
    const started = await start(world, undefined, trainer, undefined, deployed)
    expect(started).toMatchObject({ version: null, executor: 'none' })
    expect(world.jobs).toEqual([])
    expect(await rowsOf(world, DECISION_SK)).toMatchObject([
      {
        kind: 'skip',
        reason: expect.stringMatching(
          /^a trainer or configuration was deployed after this run was planned: the interval joins/,
        ),
        evidence: {
          planned: { trainer: plan.codeDigest, configuration: plan.configurationDigest },
          deployed: { trainer, configuration: configurationDigest(deployed) },
        },
      },
    ])
  })

  test('A training too large for its instance gets the next one, recorded', async () => {
    const world = await makeWorld({ samples: 8_400_000, positives: 840_000 })
    const asked: string[] = []
    const create: TrainingJobs = {
      create: async ({ ResourceConfig }) => asked.push(ResourceConfig!.InstanceType!) > 0,
      describe: async () => null,
    }
    const { version } = await start({ ...world, create })
    expect(asked).toEqual(['ml.m5.xlarge'])
    const row = await openRegistry(world.table, 'feed').version(version!)
    expect(row!.instance).toMatch(
      /^ml\.m5\.xlarge: 8,400,000 samples need .*; ml\.m5\.large has 6\.4 GiB of usable memory$/,
    )
  })

  test('A training of another image keeps the instance of its scene', async () => {
    const world = await makeWorld({ samples: 200_000_000, positives: 20_000_000 })
    world.lake.drop(planKey, canonicalJson({ ...plan, isOwnImage: false }))
    expect((await start(world)).version).not.toBeNull()
    expect(world.jobs).toHaveLength(1)
  })

  test('A small interval off by chance is not a rate change', () => {
    // 4 of 10 at one in ten: four times the rate, and a tail of 1.3 %.
    const verdict = gatePositiveRate(
      scene.gates,
      { ...manifestOf(10, 4).account },
      { rows: 1000, positives: 100, dispersion: 1, from: 'before' },
    )
    expect(verdict).toMatchObject({
      passed: true,
      reason: expect.stringMatching(/with so few rows this can be chance/),
    })
  })

  test('A tail below the least number of DynamoDB can be recorded', () => {
    const verdict = gatePositiveRate(
      scene.gates,
      { ...manifestOf(1_000_000, 900_000).account },
      { rows: 1000, positives: 100, dispersion: 1, from: 'before' },
    )
    expect(verdict).toMatchObject({ passed: false, numbers: { tail: 1e-99 } })
  })
})
