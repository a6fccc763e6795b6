import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { readPeakResidentBytes } from '../peak-memory.ts'
import { PROGRAM_PATH, readDockerfile } from './dockerfile.ts'
import { downloadManifest, downloadPrefix, uploadArchive, uploadFolder } from './transfers.ts'

interface InputChannel {
  ChannelName: string
  DataSource: { S3DataSource: { S3DataType: string; S3Uri: string } }
}
/** What is read of CreateTrainingJob's request. */
export interface JobRequest {
  TrainingJobName: string
  AlgorithmSpecification: {
    TrainingImage: string
    TrainingInputMode: string
    ContainerEntrypoint?: string[]
  }
  RoleArn: string
  HyperParameters?: Record<string, string>
  InputDataConfig?: InputChannel[]
  OutputDataConfig: { S3OutputPath: string }
  CheckpointConfig?: { S3Uri: string }
  StoppingCondition?: { MaxRuntimeInSeconds?: number }
  RetryStrategy?: { MaximumRetryAttempts: number }
}
export interface JobEnd {
  status: 'Completed' | 'Failed' | 'Stopped'
  secondaryStatus: 'Completed' | 'Failed' | 'Stopped' | 'MaxRuntimeExceeded'
  failureReason: string | null
  peakResidentBytes: number
}
export interface RunningJob {
  ended: Promise<JobEnd>
  /** SIGTERM, and SIGKILL when it has not ended after two minutes. */
  stop(): void
}

/** "How Amazon SageMaker AI processes training output": two minutes between the signals. */
const GRACE_MS = 120_000
/** What a job is told to fail by where it is a fault of the service: no objects are the client's. */
export const SERVICE_FAULT = 'InternalServerError'
const MEMORY_LOOK_MS = 100

/** Moves objects as SageMaker itself does, for the job. */
const byService = <T>(moved: Promise<T>): Promise<T> =>
  moved.catch(({ message }: Error) => {
    throw new Error(message.startsWith('ClientError') ? message : `${SERVICE_FAULT}: ${message}`)
  })

/** A job from its request to its end. */
interface JobState {
  request: JobRequest
  image: string
  folder: string
  /** Stands for /opt/ml. */
  root: string
  log: (chunk: Buffer) => void
  s3: S3Client
  environment: Readonly<Record<string, string>>
  container: ChildProcess | null
  stopped: 'Stopped' | 'MaxRuntimeExceeded' | null
  peakResidentBytes: number
}

async function fillChannel({ root, s3 }: JobState, channel: InputChannel): Promise<void> {
  const { S3DataType, S3Uri } = channel.DataSource.S3DataSource
  const path = join(root, 'input', 'data', channel.ChannelName)
  mkdirSync(path, { recursive: true })
  const fill = S3DataType === 'ManifestFile' ? downloadManifest : downloadPrefix
  if ((await fill(s3, S3Uri, path)) === 0)
    throw new Error(`ClientError: No S3 objects found under "${S3Uri}" given in input data source`)
}

async function prepare(job: JobState): Promise<void> {
  const { request, root, s3 } = job
  const channels = request.InputDataConfig ?? []
  rmSync(root, { recursive: true, force: true })
  for (const path of ['input/config', 'input/data', 'model', 'output/data', 'checkpoints'])
    mkdirSync(join(root, path), { recursive: true })
  const writeConfig = (name: string, value: unknown): void =>
    writeFileSync(join(root, 'input', 'config', name), JSON.stringify(value))
  writeConfig('hyperparameters.json', request.HyperParameters ?? {})
  writeConfig(
    'inputdataconfig.json',
    Object.fromEntries(
      channels.map(({ ChannelName }) => [ChannelName, { TrainingInputMode: 'File' }]),
    ),
  )
  writeConfig('resourceconfig.json', { current_host: 'algo-1', hosts: ['algo-1'] })
  await Promise.all(channels.map((channel) => fillChannel(job, channel)))
  if (request.CheckpointConfig)
    await downloadPrefix(s3, request.CheckpointConfig.S3Uri, join(root, 'checkpoints'))
}

function lookAtMemory(job: JobState): void {
  const pid = job.container?.pid
  const bytes = pid === undefined ? null : readPeakResidentBytes(pid)
  job.peakResidentBytes = Math.max(job.peakResidentBytes, bytes ?? 0)
}

function startContainer({ request, image, folder, root, environment }: JobState) {
  const { ContainerEntrypoint } = request.AlgorithmSpecification
  const { argv, environment: declared } = readDockerfile(image, ContainerEntrypoint)
  return spawn(argv[0]!, argv.slice(1), {
    cwd: folder,
    env: {
      PATH: PROGRAM_PATH,
      ...declared,
      ...environment,
      ML_ROOT: root,
      TRAINING_JOB_NAME: request.TrainingJobName,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Answers the container's exit code. */
async function execute(job: JobState): Promise<number> {
  const container = startContainer(job)
  job.container = container
  const kill = (): void => void container.kill('SIGKILL')
  process.once('exit', kill)
  container.stdout.on('data', job.log)
  container.stderr.on('data', job.log)
  const look = setInterval(lookAtMemory, MEMORY_LOOK_MS, job)
  const limit = job.request.StoppingCondition?.MaxRuntimeInSeconds
  const timer =
    limit === undefined ? null : setTimeout(() => stop(job, 'MaxRuntimeExceeded'), limit * 1000)
  try {
    return await new Promise<number>((resolve, reject) => {
      container
        .once('error', reject)
        // A container that was killed ends with 128 and the signal's number.
        .once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]))
      container.once('spawn', () => lookAtMemory(job))
    })
  } finally {
    process.off('exit', kill)
    clearInterval(look)
    if (timer) clearTimeout(timer)
  }
}

function stop(job: JobState, why: 'Stopped' | 'MaxRuntimeExceeded'): void {
  job.stopped ??= why
  job.container?.kill('SIGTERM')
  setTimeout(() => job.container?.kill('SIGKILL'), GRACE_MS).unref()
}

async function uploadResults({ request, root, s3 }: JobState): Promise<void> {
  const path = request.OutputDataConfig.S3OutputPath.replace(/\/*$/, '/')
  const output = `${path}${request.TrainingJobName}/output/`
  await Promise.all([
    uploadArchive(s3, join(root, 'model'), `${output}model.tar.gz`),
    uploadArchive(s3, join(root, 'output', 'data'), `${output}output.tar.gz`),
  ])
}

/** What the container wrote to say why it failed. */
function failureText(root: string): string {
  const path = join(root, 'output', 'failure')
  return existsSync(path) ? readFileSync(path, 'utf8').slice(0, 1024) : ''
}

async function runToEnd(job: JobState): Promise<JobEnd> {
  const { request, root, s3 } = job
  const end = (
    status: JobEnd['status'],
    failureReason: string | null = null,
    secondaryStatus: JobEnd['secondaryStatus'] = status,
  ): JobEnd => {
    const { peakResidentBytes } = job
    return { status, secondaryStatus, failureReason, peakResidentBytes }
  }
  try {
    await byService(prepare(job))
    const code = job.stopped ? 1 : await execute(job)
    if (request.CheckpointConfig)
      await byService(uploadFolder(s3, join(root, 'checkpoints'), request.CheckpointConfig.S3Uri))
    if (job.stopped) return end('Stopped', null, job.stopped)
    if (code !== 0) return end('Failed', `AlgorithmError: ${failureText(root)}, exit code: ${code}`)
    await byService(uploadResults(job))
    return end('Completed')
  } catch (error) {
    return end('Failed', (error as Error).message.slice(0, 1024))
  } finally {
    rmSync(job.folder, { recursive: true, force: true })
  }
}

/**
 * Runs a training job as SageMaker does ("How Amazon SageMaker AI provides training information"):
 * the channels in File mode under `<root>/input/data`, the container's entry point as a process,
 * then `model.tar.gz` and `output.tar.gz`, or the reason from `output/failure`. The folder that
 * stands for /opt/ml is told by ML_ROOT. Where this process ends before the job, so does the job.
 */
export function runJob(
  request: JobRequest,
  image: string,
  folder: string,
  log: (chunk: Buffer) => void,
  s3: S3Client,
  environment: Readonly<Record<string, string>>,
): RunningJob {
  const job: JobState = {
    request,
    image,
    folder,
    root: join(folder, 'ml'),
    log,
    s3,
    environment,
    container: null,
    stopped: null,
    peakResidentBytes: 0,
  }
  return { ended: runToEnd(job), stop: () => stop(job, 'Stopped') }
}
