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
  AlgorithmSpecification: { TrainingImage: string; TrainingInputMode: string }
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
  const root = join(folder, 'ml')
  let child: ChildProcess | null = null
  let stopped: 'Stopped' | 'MaxRuntimeExceeded' | null = null
  let peakResidentBytes = 0
  const output = `${request.OutputDataConfig.S3OutputPath.replace(/\/*$/, '/')}${request.TrainingJobName}/output/`
  const checkpoints = join(root, 'checkpoints')

  async function fillChannel({ ChannelName, DataSource }: InputChannel): Promise<void> {
    const { S3DataType, S3Uri } = DataSource.S3DataSource
    const path = join(root, 'input', 'data', ChannelName)
    mkdirSync(path, { recursive: true })
    const fill = S3DataType === 'ManifestFile' ? downloadManifest : downloadPrefix
    if ((await fill(s3, S3Uri, path)) === 0)
      throw new Error(
        `ClientError: No S3 objects found under "${S3Uri}" given in input data source`,
      )
  }

  async function prepare(): Promise<void> {
    rmSync(root, { recursive: true, force: true })
    for (const path of ['input/config', 'input/data', 'model', 'output/data', 'checkpoints'])
      mkdirSync(join(root, path), { recursive: true })
    const config = (name: string, value: unknown): void =>
      writeFileSync(join(root, 'input', 'config', name), JSON.stringify(value))
    config('hyperparameters.json', request.HyperParameters ?? {})
    config(
      'inputdataconfig.json',
      Object.fromEntries(
        (request.InputDataConfig ?? []).map(({ ChannelName }) => [
          ChannelName,
          { TrainingInputMode: 'File' },
        ]),
      ),
    )
    config('resourceconfig.json', { current_host: 'algo-1', hosts: ['algo-1'] })
    await Promise.all((request.InputDataConfig ?? []).map(fillChannel))
    if (request.CheckpointConfig)
      await downloadPrefix(s3, request.CheckpointConfig.S3Uri, checkpoints)
  }

  function lookAtMemory(): void {
    const bytes = child?.pid === undefined ? null : readPeakResidentBytes(child.pid)
    peakResidentBytes = Math.max(peakResidentBytes, bytes ?? 0)
  }

  async function execute(): Promise<number> {
    const { argv, environment: declared } = readDockerfile(image)
    const container = spawn(argv[0]!, argv.slice(1), {
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
    child = container
    const kill = (): void => void container.kill('SIGKILL')
    process.once('exit', kill)
    container.stdout.on('data', log)
    container.stderr.on('data', log)
    const look = setInterval(lookAtMemory, MEMORY_LOOK_MS)
    const limit = request.StoppingCondition?.MaxRuntimeInSeconds
    const timer =
      limit === undefined ? null : setTimeout(() => stop('MaxRuntimeExceeded'), limit * 1000)
    try {
      return await new Promise<number>((resolve, reject) => {
        container
          .once('error', reject)
          // A container that was killed ends with 128 and the signal's number.
          .once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]))
        container.once('spawn', lookAtMemory)
      })
    } finally {
      process.off('exit', kill)
      clearInterval(look)
      if (timer) clearTimeout(timer)
    }
  }

  function stop(why: 'Stopped' | 'MaxRuntimeExceeded'): void {
    stopped ??= why
    child?.kill('SIGTERM')
    setTimeout(() => child?.kill('SIGKILL'), GRACE_MS).unref()
  }

  const end = (
    status: JobEnd['status'],
    failureReason: string | null = null,
    secondaryStatus: JobEnd['secondaryStatus'] = status,
  ): JobEnd => ({ status, secondaryStatus, failureReason, peakResidentBytes })
  async function run(): Promise<JobEnd> {
    try {
      await byService(prepare())
      const code = stopped ? 1 : await execute()
      if (request.CheckpointConfig)
        await byService(uploadFolder(s3, checkpoints, request.CheckpointConfig.S3Uri))
      if (stopped) return end('Stopped', null, stopped)
      if (code !== 0) {
        const said = join(root, 'output', 'failure')
        const reason = existsSync(said) ? readFileSync(said, 'utf8').slice(0, 1024) : ''
        return end('Failed', `AlgorithmError: ${reason}, exit code: ${code}`)
      }
      await byService(
        Promise.all([
          uploadArchive(s3, join(root, 'model'), `${output}model.tar.gz`),
          uploadArchive(s3, join(root, 'output', 'data'), `${output}output.tar.gz`),
        ]),
      )
      return end('Completed')
    } catch (error) {
      return end('Failed', (error as Error).message.slice(0, 1024))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { ended: run(), stop: () => stop('Stopped') }
}
