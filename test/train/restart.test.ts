import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import { describe, expect, test } from 'vitest'
import { trainingJobName } from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import type { JobEvent } from '../../functions/contract/training.ts'
import type { TrainingJobs } from '../../functions/core/training-jobs.ts'
import { evaluateJob, type Judgement } from '../../functions/evaluate/evaluate.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { describeJob } from '../../functions/train/job-request.ts'
import { restartTraining } from '../../functions/train/restart.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, leaveOutputs, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene()
const place = {
  modelsBucket: 'models',
  modelsKey: 'arn:key',
  image: 'image:hash',
  role: 'arn:role',
}
const champion = makeVersion(1)
const trained = makeVersion(2, {
  parent: champion.version,
  status: 'started',
  modelKey: null,
  modelSha256: null,
})
const nameOf = (attempt: number): string => trainingJobName('feed', trained.version, attempt)
const SERVICE_FAULT = 'InternalServerError: We encountered an internal error. Please try again.'

/** A version whose first job runs; jobs are kept as SageMaker keeps them. */
async function makeWorld(fields: Partial<VersionRow> = {}) {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  await registry.register(champion)
  await registry.change(currentRow({ version: champion.version }), null)
  await registry.register({ ...trained, ...fields })
  const kept = new Map<string, CreateTrainingJobCommandInput>()
  const jobs: TrainingJobs = {
    async create(input) {
      if (kept.has(input.TrainingJobName!)) return false
      kept.set(input.TrainingJobName!, input)
      return true
    },
    describe: async (name) => (kept.get(name) as never) ?? null,
  }
  await jobs.create(describeJob(scene, trained, true, place))
  return { models, table, registry, kept, jobs }
}
type World = Awaited<ReturnType<typeof makeWorld>>

const judge = ({ models, registry }: World, detail: Partial<JobEvent['detail']>, attempt = 1) =>
  evaluateJob(
    models,
    () => registry,
    () => scene,
    {
      time: '2026-01-07T02:31:00Z',
      detail: { TrainingJobName: nameOf(attempt), TrainingJobStatus: 'Failed', ...detail },
    },
  )
const restart = ({ table, jobs }: World, judgement: Judgement, wrap: Wrap = (port) => port) =>
  restartTraining(openRegistry(wrap(table), 'feed'), wrap(jobs), {
    ...judgement,
    verdict: 'interrupted',
    jobName: judgement.jobName!,
  })
const standing = async ({ registry }: World) => (await registry.version(trained.version))!

describe('A training without a model', () => {
  test.each<[string, Partial<JobEvent['detail']>]>([
    ['a fault of SageMaker’s', { FailureReason: SERVICE_FAULT }],
    ['capacity that was not there', { FailureReason: 'CapacityError: Unable to provision' }],
    ['a kill', { FailureReason: 'AlgorithmError: , exit code: 137' }],
    ['a signal to end', { FailureReason: 'AlgorithmError: Exit Code: 143' }],
    [
      'spot capacity that did not come',
      { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded' },
    ],
  ])('A training job ended by %s is restarted', async (_, detail) => {
    const world = await makeWorld()
    expect(await judge(world, detail)).toMatchObject({
      verdict: 'interrupted',
      version: trained.version,
      jobName: nameOf(1),
    })
    expect(await standing(world)).toEqual(trained)
  })

  test.each<[string, Partial<JobEvent['detail']>, RegExp]>([
    [
      'its own error',
      { FailureReason: 'AlgorithmError: InvalidInput: no samples, exit code: 1' },
      /^training failed: AlgorithmError: InvalidInput: no samples, exit code: 1$/,
    ],
    ['an exit of its own', { FailureReason: 'AlgorithmError: , exit code: 1' }, /exit code: 1$/],
    ['its own abort', { FailureReason: 'AlgorithmError: , exit code: 134' }, /exit code: 134$/],
    [
      'a failure file before a kill',
      { FailureReason: 'AlgorithmError: out of memory, exit code: 137' },
      /out of memory/,
    ],
    ['a wrong request', { FailureReason: 'ClientError: No S3 objects found' }, /No S3 objects/],
    [
      'a person’s stop',
      { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' },
      /^training stopped: no reason given$/,
    ],
    [
      'its longest time',
      { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' },
      /^training stopped: MaxRuntimeExceeded$/,
    ],
  ])('A training job ended by %s has failed', async (_, detail, reason) => {
    const world = await makeWorld()
    expect(await judge(world, detail)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(reason),
    })
    expect(await standing(world)).toMatchObject({ status: 'failed', restarts: 0 })
  })

  test('A failed Lambda training is not restarted as a SageMaker job', async () => {
    const world = await makeWorld({ executor: 'lambda' })
    expect((await judge(world, { FailureReason: SERVICE_FAULT })).verdict).toBe('failed')
  })
})

describe('An interrupted training', () => {
  test('An interrupted training restarts under another name with its checkpoints', async () => {
    const world = await makeWorld()
    const judgement = await judge(world, { FailureReason: SERVICE_FAULT })
    expect(await restart(world, judgement)).toMatchObject({ jobName: nameOf(2) })
    const [first, second] = [...world.kept.values()]
    expect(second).toEqual({ ...first, TrainingJobName: nameOf(2) })
    expect(await standing(world)).toMatchObject({
      status: 'started',
      jobName: nameOf(2),
      restarts: 1,
      scheduledMs: trained.scheduledMs,
      reason: `training failed: ${SERVICE_FAULT}`,
    })
    await leaveOutputs(
      world.models,
      { ...trained, jobName: nameOf(2) },
      { rival: champion.version },
    )
    expect((await judge(world, { TrainingJobStatus: 'Completed' }, 2)).verdict).toBe('accepted')
  })

  test('A training restarts three times in one run and then fails', async () => {
    const world = await makeWorld()
    for (const attempt of [1, 2, 3])
      await restart(world, await judge(world, { FailureReason: SERVICE_FAULT }, attempt))
    expect(world.kept.size).toBe(4)
    expect(await judge(world, { FailureReason: SERVICE_FAULT }, 4)).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(/, the last of 4 jobs$/),
    })
  })

  test('A training restarts once, however often its end is reported', async () => {
    const world = await makeWorld()
    const judgement = await judge(world, { FailureReason: SERVICE_FAULT })
    await Promise.all([restart(world, judgement), restart(world, judgement)])
    await restart(world, judgement)
    expect([...world.kept.keys()]).toEqual([nameOf(1), nameOf(2)])
    expect((await judge(world, { FailureReason: SERVICE_FAULT })).verdict).toBe('ignored')
  })

  test('A training stays stopped once its version has moved on', async () => {
    const world = await makeWorld()
    const judgement = await judge(world, { FailureReason: SERVICE_FAULT })
    await world.registry.settle({ ...trained, status: 'failed' }, 'started')
    expect(await restart(world, judgement)).toMatchObject({ jobName: null })
    expect(world.kept.size).toBe(1)
  })

  test('A restart killed anywhere ends in one more job', async () => {
    const makeInterrupted = async () => {
      const world = await makeWorld()
      return { ...world, judgement: await judge(world, { FailureReason: SERVICE_FAULT }) }
    }
    const calls = await retryAfterEveryKill(
      makeInterrupted,
      (world, wrap) => restart(world, world.judgement, wrap),
      async (world) => ({ jobs: [...world.kept.keys()], row: await standing(world) }),
      (found, n) =>
        expect(found, `killed at call ${n}`).toMatchObject({
          jobs: [nameOf(1), nameOf(2)],
          row: { status: 'started', jobName: nameOf(2), restarts: 1 },
        }),
    )
    expect(calls).toBe(5)
  })
})
