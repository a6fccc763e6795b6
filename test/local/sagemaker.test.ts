import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createSageMaker, type LocalSageMaker } from '../../cdk/local/sagemaker/service.ts'
import { readArchive } from '../../functions/core/archive.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { s3Store } from '../../functions/core/s3.ts'
import { sageMakerJobs } from '../../functions/core/training-jobs.ts'
import { type Endpoint, openEndpoint, type Published } from './endpoint.ts'

const PROGRAM = `
import { readdirSync, readFileSync, writeFileSync, mkdirSync, existsSync } from 'node:fs'
const root = process.env.ML_ROOT
const find = (path) => readdirSync(root + '/' + path, { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).map((e) => (e.parentPath + '/' + e.name).slice(root.length + 1)).sort()
const { mode } = JSON.parse(readFileSync(root + '/input/config/hyperparameters.json'))
console.log('mode', mode)
if (mode === 'die') process.kill(process.pid, 'SIGKILL')
if (mode === 'fail') { writeFileSync(root + '/output/failure', 'there was no data'); process.exit(3) }
if (mode === 'wait') {
  process.on('SIGTERM', () => { writeFileSync(root + '/checkpoints/state', 'half'); process.exit(143) })
  setInterval(() => {}, 1000)
  console.log('waits as', process.pid)
} else {
  writeFileSync(root + '/model/files.json', JSON.stringify({ files: find('input/data'), resumed: existsSync(root + '/checkpoints/state') }))
  mkdirSync(root + '/output/data/more'); writeFileSync(root + '/output/data/more/note', 'text')
}
`
let endpoint: Endpoint
let store: ObjectStore
let sagemaker: LocalSageMaker
let client: SageMakerClient
const folder = mkdtempSync(join(tmpdir(), 'sagemaker-'))
const log = join(folder, 'training.log')
const activity = createActivity()
const events: Published[] = []

beforeAll(async () => {
  const image = join(folder, 'image')
  mkdirSync(image)
  writeFileSync(join(image, 'fit.mjs'), PROGRAM)
  writeFileSync(
    join(image, 'Dockerfile'),
    'FROM node:24-slim\n# a comment\nWORKDIR /opt/program\nENV COLOUR=blue\nCOPY fit.mjs /opt/program/fit.mjs\nENTRYPOINT ["node", "/opt/program/fit.mjs"]\n',
  )
  let s3Client: ReturnType<Endpoint['s3Client']>
  sagemaker = createSageMaker({
    images: new Map([['hash', image]]),
    folder: join(folder, 'jobs'),
    logPath: log,
    clock: { now: () => 5_000_000, at: () => ({ cancel: () => {} }) },
    activity,
    bus: { publish: (event) => void events.push(event) },
    usage: { invocation: () => {}, memory: () => {}, request: () => {} },
    s3Of: () => s3Client,
    environmentOf: () => ({}),
  })
  endpoint = await openEndpoint({ services: [sagemaker] })
  s3Client = endpoint.s3Client()
  store = s3Store('plain', s3Client)
  client = new SageMakerClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'OPERATOR', secretAccessKey: 'x' },
    maxAttempts: 1,
  })
  for (const key of ['in/run.json', 'data/x/1.parquet', 'data/y/2.parquet', 'data/unwanted'])
    await store.put(key, key)
  await store.put(
    'samples.manifest',
    JSON.stringify([{ prefix: 's3://plain/data/' }, 'x/1.parquet', 'y/2.parquet']),
  )
}, 30_000)
afterAll(async () => {
  client.destroy()
  await sagemaker.close()
  await endpoint.close()
  rmSync(folder, { recursive: true })
})

const channel = (ChannelName: string, S3DataType: 'S3Prefix' | 'ManifestFile', key: string) => ({
  ChannelName,
  DataSource: {
    S3DataSource: {
      S3DataType,
      S3Uri: `s3://plain/${key}`,
      S3DataDistributionType: 'FullyReplicated' as const,
    },
  },
})
const create = (TrainingJobName: string, mode: string, more: object = {}) =>
  client.send(
    new CreateTrainingJobCommand({
      TrainingJobName,
      AlgorithmSpecification: {
        TrainingImage: '000000000000.dkr.ecr.us-east-1.amazonaws.com/assets:hash',
        TrainingInputMode: 'File',
      },
      RoleArn: 'arn:aws:iam::000000000000:role/training',
      HyperParameters: { mode },
      InputDataConfig: [
        channel('run', 'S3Prefix', 'in/'),
        channel('samples', 'ManifestFile', 'samples.manifest'),
      ],
      OutputDataConfig: { S3OutputPath: 's3://plain/out' },
      CheckpointConfig: { S3Uri: `s3://plain/checkpoints/${TrainingJobName}/` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
      ...more,
    }),
  )
const describeJob = (TrainingJobName: string) =>
  client.send(new DescribeTrainingJobCommand({ TrainingJobName }))
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => ({ name: error.name, message: error.message }),
  )

describe('A training job', () => {
  test('A job finds its channels in SageMaker places and leaves two archives', async () => {
    await create('trains', 'train')
    await activity.idle()
    expect(await describeJob('trains')).toMatchObject({
      TrainingJobStatus: 'Completed',
      ModelArtifacts: { S3ModelArtifacts: 's3://plain/out/trains/output/model.tar.gz' },
    })
    const model = await readArchive(await store.get('out/trains/output/model.tar.gz'), 'model', 1e6)
    expect(JSON.parse(model.get('files.json')!.toString()).files).toEqual([
      'input/data/run/run.json',
      'input/data/samples/x/1.parquet',
      'input/data/samples/y/2.parquet',
    ])
    const output = await readArchive(
      await store.get('out/trains/output/output.tar.gz'),
      'output',
      1e6,
    )
    expect(output.get('more/note')!.toString()).toBe('text')
    await create('again', 'train')
    await activity.idle()
    expect(await store.get('out/again/output/model.tar.gz')).toEqual(
      await store.get('out/trains/output/model.tar.gz'),
    )
  })

  test('A job sends its states to EventBridge as SageMaker does', () => {
    const states = events.filter(({ detail }) => detail['TrainingJobName'] === 'trains')
    expect(states.map(({ detail }) => detail['TrainingJobStatus'])).toEqual([
      'InProgress',
      'Completed',
    ])
    expect(states[1]).toMatchObject({
      source: 'aws.sagemaker',
      'detail-type': 'SageMaker Training Job State Change',
      resources: ['arn:aws:sagemaker:us-east-1:000000000000:training-job/trains'],
    })
  })

  test('A failed job reports the text of its failure file', async () => {
    await create('fails', 'fail')
    await activity.idle()
    expect(await describeJob('fails')).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: 'AlgorithmError: there was no data, exit code: 3',
    })
  })

  test('A killed job reports its exit code without a failure file', async () => {
    await create('dies', 'die')
    await activity.idle()
    expect(await describeJob('dies')).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: 'AlgorithmError: , exit code: 137',
    })
  })

  test('A job is retried as often as it requests after service faults', async () => {
    const unreadable = [channel('samples', 'ManifestFile', 'in/run.json')]
    const more = { InputDataConfig: unreadable, RetryStrategy: { MaximumRetryAttempts: 2 } }
    const before = endpoint.usage.stages()['operator']!.s3.requests
    await create('unlucky', 'train', more)
    await activity.idle()
    expect(await describeJob('unlucky')).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: expect.stringMatching(/^InternalServerError: /),
    })
    const requests = endpoint.usage.stages()['operator']!.s3.requests - before
    // The manifest, which is no JSON, of each of three tries.
    expect(requests).toBe(3)
  })

  test('A job is found by its own name and by no other', async () => {
    const jobs = sageMakerJobs(client)
    expect(await jobs.describe('dies')).toMatchObject({ TrainingJobStatus: 'Failed' })
    expect(await jobs.describe('nothing')).toBeNull()
  })

  test('A job that is stopped or times out keeps its checkpoint', async () => {
    await create('stops', 'wait')
    await expect.poll(() => readFileSync(log, 'utf8'), { timeout: 20_000 }).toContain('waits as')
    await client.send(new StopTrainingJobCommand({ TrainingJobName: 'stops' }))
    await create('lasts', 'wait', { StoppingCondition: { MaxRuntimeInSeconds: 2 } })
    await activity.idle()
    expect((await describeJob('stops')).SecondaryStatus).toBe('Stopped')
    expect((await describeJob('lasts')).SecondaryStatus).toBe('MaxRuntimeExceeded')
    for (const name of ['stops', 'lasts']) {
      expect((await describeJob(name)).TrainingJobStatus).toBe('Stopped')
      expect(Buffer.from(await store.get(`checkpoints/${name}/state`)).toString()).toBe('half')
    }
    await create('resumes', 'train', {
      CheckpointConfig: { S3Uri: 's3://plain/checkpoints/stops/' },
    })
    await activity.idle()
    const model = await readArchive(
      await store.get('out/resumes/output/model.tar.gz'),
      'model',
      1e6,
    )
    expect(JSON.parse(model.get('files.json')!.toString()).resumed).toBe(true)
  })

  test('A job does not outlive its command when a callback throws', async () => {
    const cdk = (name: string): string =>
      JSON.stringify(join(import.meta.dirname, '..', '..', 'cdk', name))
    const request = {
      TrainingJobName: 'orphan',
      AlgorithmSpecification: {},
      HyperParameters: { mode: 'wait' },
      OutputDataConfig: { S3OutputPath: 's3://plain/out' },
    }
    const command = `
      import { runCommand } from ${cdk('cli/exit.ts')}
      import { runJob } from ${cdk('local/sagemaker/job.ts')}
      const log = (chunk) => {
        process.stdout.write(chunk)
        if (chunk.includes('waits as')) throw new Error('the log cannot be written')
      }
      const [image, folder] = process.argv.slice(1)
      runCommand(async () => {
        await runJob(${JSON.stringify(request)}, image, folder, log, null, {}).ended
        return 0
      })`
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', command, join(folder, 'image'), join(folder, 'orphan')],
      { encoding: 'utf8', timeout: 30_000 },
    )
    expect(stderr).toContain('the log cannot be written')
    expect(status).toBe(1)
    const pid = Number(/waits as (\d+)/.exec(stdout)![1])
    onTestFinished(() => void spawnSync('kill', ['-9', String(pid)]))
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`)).toBe(false)
  })

  test.each([
    ['trains', {}, 'ResourceInUse', /must be unique/],
    ['bad_name', {}, 'ValidationException', /trainingJobName: got "bad_name"/],
    [
      'unknown',
      { AlgorithmSpecification: { TrainingImage: 'repo:nothing', TrainingInputMode: 'File' } },
      'ValidationException',
      /The image repo:nothing is no asset/,
    ],
  ])('A job %s with %j is refused', async (name, more, type, message) => {
    expect(await failure(create(name, 'train', more))).toMatchObject({
      name: type,
      message: expect.stringMatching(message),
    })
    expect(await failure(describeJob('never'))).toMatchObject({
      name: 'ValidationException',
      message: 'Requested resource not found.',
    })
  })

  test('A job with an empty channel fails with the SageMaker message', async () => {
    await create('empty', 'train', { InputDataConfig: [channel('run', 'S3Prefix', 'nothing/')] })
    await activity.idle()
    expect((await describeJob('empty')).FailureReason).toMatch(
      /No S3 objects found under "s3:\/\/plain\/nothing\/"/,
    )
  })
})
