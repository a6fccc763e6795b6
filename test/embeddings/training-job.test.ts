import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { embeddingsSchema } from '../../functions/contract/embeddings.ts'
import { spaceJobOutputKey, spaceTrainingPrefix } from '../../functions/contract/keys.ts'
import { writeArchive } from '../../functions/core/archive.ts'
import type { DescribedJob, TrainingJobs } from '../../functions/core/training-jobs.ts'
import { spaceList } from '../../functions/embeddings/generations.ts'
import { placeTraining, type TrainingPlacement } from '../../functions/embeddings/place-training.ts'
import { trainGeneration } from '../../functions/embeddings/train.ts'
import type { TrainingTask } from '../../functions/embeddings/training-task.ts'
import { loadGenerations } from '../../functions/registry/generations.ts'
import { type EmbeddingWorld, embedAt, oneWeek, SMALL } from '../make/embedding-world.ts'
import { makeScene } from '../make/scene.ts'

const TASK = join(import.meta.dirname, '..', '..', 'functions', 'trainer', 'embed.task.ts')
const REMOTE = { executor: 'sagemaker', instanceType: 'ml.m5.xlarge', reason: 'large' } as const
const PLACE = { modelsBucket: 'models', modelsKey: 'key', image: 'image', role: 'role' }
type Jobs = Map<string, DescribedJob>

/** SageMaker's jobs as they are described; none runs. */
const jobsOf = (jobs: Jobs): TrainingJobs => ({
  create: async (input) => {
    jobs.set(input.TrainingJobName!, { ...input, TrainingJobStatus: 'InProgress' } as DescribedJob)
    return true
  },
  describe: async (name) => jobs.get(name) ?? null,
})
const end = (jobs: Jobs, name: string, status: string, reason?: string): void =>
  void jobs.set(name, {
    ...jobs.get(name)!,
    ...{ TrainingJobStatus: status as 'Failed', FailureReason: reason },
  })

/** Trains by jobs, whatever the size. */
const remotely = (world: EmbeddingWorld, jobs: Jobs, hasSpaceTask = true) => ({
  train: (task: TrainingTask) =>
    trainGeneration(
      { models: world.models, jobs: jobsOf(jobs), place: PLACE, hasSpaceTask, codeDigest: 'code' },
      task,
      REMOTE as unknown as TrainingPlacement,
    ),
})

/** The folders of a job's container, with its channel. */
function containerOf({ models }: EmbeddingWorld, generation: string): string {
  const root = mkdtempSync(join(tmpdir(), 'space-'))
  const input = `${spaceTrainingPrefix('feed', generation)}input/`
  mkdirSync(join(root, 'input', 'data', 'run'), { recursive: true })
  for (const [key, { body }] of models.contents)
    if (key.startsWith(input))
      writeFileSync(join(root, 'input', 'data', 'run', key.slice(input.length)), body)
  return root
}
const environment = (root: string) => ({ env: { ...process.env, ML_ROOT: root } })
const modelsIn = (root: string): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(join(root, 'model')).map((name) => [name, readFileSync(join(root, 'model', name))]),
  )
const trainIn = (root: string): void => {
  const { status, stderr } = spawnSync(process.execPath, [TASK], environment(root))
  expect(String(stderr)).toBe('')
  expect(status).toBe(0)
}

describe('a space that is trained by a job', () => {
  test('The next call continues from the job to the same bytes', async () => {
    const [here, there] = [await oneWeek(), await oneWeek()]
    await embedAt(here, 7)
    const jobs: Jobs = new Map()
    const started = await embedAt(there, 7, remotely(there, jobs))
    const generation = started.generation!
    const jobName = `qme-feed-${generation}`
    expect(started).toMatchObject({ result: 'training', reason: `${jobName} trains it` })
    expect(await embedAt(there, 8, remotely(there, jobs))).toMatchObject({ result: 'training' })
    expect([...jobs.keys()]).toEqual([jobName])
    const { AlgorithmSpecification, InputDataConfig } = jobs.get(jobName)!
    expect(AlgorithmSpecification!.ContainerEntrypoint!.at(-1)).toBe('/opt/program/embed.mjs')
    expect(InputDataConfig).toHaveLength(1)

    const root = containerOf(there, generation)
    trainIn(root)
    const key = spaceJobOutputKey('feed', generation, jobName)
    await there.models.put(key, await writeArchive(modelsIn(root)))
    end(jobs, jobName, 'Completed')
    expect(await embedAt(there, 9, remotely(there, jobs))).toMatchObject({ result: 'accepted' })
    expect([...there.models.contents.keys()].sort()).toEqual(
      [...here.models.contents.keys()].sort(),
    )
    for (const [name, { body }] of here.models.contents)
      expect(there.models.contents.get(name)!.body, name).toEqual(body)
  })

  test('A killed job resumes from its checkpoint to the same bytes', async () => {
    const definition = embeddingsSchema.parse({ ...SMALL, walks: { perNode: 40, length: 80 } })
    const world = await oneWeek(definition)
    const { generation } = await embedAt(world, 7, remotely(world, new Map()))
    const [whole, killed] = [containerOf(world, generation!), containerOf(world, generation!)]
    trainIn(whole)
    const job = spawn(process.execPath, [TASK], { ...environment(killed), stdio: 'pipe' })
    await new Promise((resolve) => job.stdout.once('data', resolve))
    job.kill('SIGTERM')
    const code = await new Promise((resolve) => job.once('close', resolve))
    expect(code).toBe(143)
    expect(existsSync(join(killed, 'model', 'all.qmw'))).toBe(false)
    expect(readdirSync(join(killed, 'checkpoints')).length).toBeGreaterThan(0)
    trainIn(killed)
    expect(modelsIn(killed)).toEqual(modelsIn(whole))
  })

  test('A damaged graph fails the job with the reason', async () => {
    const world = await oneWeek()
    const { generation } = await embedAt(world, 7, remotely(world, new Map()))
    const root = containerOf(world, generation!)
    writeFileSync(join(root, 'input', 'data', 'run', 'all.qmg'), 'no graph')
    expect(spawnSync(process.execPath, [TASK], environment(root)).status).toBe(1)
    expect(readFileSync(join(root, 'output', 'failure'), 'utf8')).toMatch(
      /CorruptArtifact: .*all\.qmg: got 8 bytes/,
    )
  })

  test('After three failed jobs the generation is refused', async () => {
    const world = await oneWeek()
    const jobs: Jobs = new Map()
    const attempt = (day: number) => embedAt(world, day, remotely(world, jobs))
    const { generation } = await attempt(7)
    const names = ['', '-a2', '-a3'].map((tail) => `qme-feed-${generation}${tail}`)
    for (const [n, name] of names.entries()) {
      end(jobs, name, 'Failed', `no memory ${n}`)
      const result = n < 2 ? 'training' : 'refused'
      expect(await attempt(8 + n)).toMatchObject({ result, generation })
    }
    expect([...jobs.keys()]).toEqual(names)
    const { generations } = await loadGenerations(world.online, spaceList('feed'))
    expect(generations[0]).toMatchObject({
      ...{ status: 'refused', reason: '3 training jobs failed: no memory 2' },
    })
    expect([...world.models.contents.keys()]).toEqual([])
  })

  test('Another training image has no program for it, which is said', async () => {
    const world = await oneWeek()
    const refused = await embedAt(world, 7, remotely(world, new Map(), false))
    expect(refused.result).toBe('refused')
    expect(refused.reason).toContain('the training image of this deployment has no program')
  })
})

describe('where a space is trained', () => {
  const scene = { training: makeScene().training, embeddings: embeddingsSchema.parse({}) }
  const place = (nodes: number, edges: number, own = scene) => placeTraining(nodes, edges, own)

  test('A small graph trains in the function', () => {
    expect(place(100_000, 2_000_000)).toMatchObject({ executor: 'lambda', instanceType: null })
  })

  test('A larger one trains on the first instance that it fits', () => {
    const training = {
      ...{ ...scene.training, maxRuntimeMinutes: 600, instanceType: 'ml.m5.large' },
      largerInstanceTypes: ['ml.m5.xlarge', 'ml.m5.4xlarge'],
    }
    const { executor, instanceType } = place(2_400_000, 100_000_000, { ...scene, training })
    expect({ executor, instanceType }).toEqual({
      ...{ executor: 'sagemaker', instanceType: 'ml.m5.xlarge' },
    })
  })

  test('One that fits nowhere is refused with what to change', () => {
    const { instanceType, reason } = place(20_000_000, 400_000_000)
    expect(instanceType).toBeNull()
    expect(reason).toMatch(/20000000 nodes .* look back over fewer days/)
    const slow = place(2_000_000, 40_000_000, {
      ...{ ...scene, training: { ...scene.training, maxRuntimeMinutes: 10 } },
    })
    expect(slow.reason).toContain('training.maxRuntimeMinutes leaves 8 minutes')
  })
})
