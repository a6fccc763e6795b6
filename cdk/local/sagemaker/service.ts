import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { type Authorize, allowAll } from '../authorize.ts'
import { jsonService, ServiceError } from '../json-service.ts'
import {
  ACCOUNT,
  type Activity,
  type Clock,
  type EventBus,
  REGION,
  type Service,
  type UsageSink,
} from '../ports.ts'
import { type JobEnd, type JobRequest, type RunningJob, runJob, SERVICE_FAULT } from './job.ts'
import { listJobs } from './list-jobs.ts'

export interface TrainingJob {
  request: JobRequest
  arn: string
  status: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped'
  /** Once it has ended. */
  secondaryStatus: JobEnd['secondaryStatus'] | null
  failureReason: string | null
  createdMs: number
  endedMs: number | null
}
export interface LocalSageMaker extends Service {
  jobs(): readonly TrainingJob[]
  close(): Promise<void>
}
export interface SageMakerOptions {
  /** Asset hash → image folder. */
  images: ReadonlyMap<string, string>
  folder: string
  logPath: string
  /** Gets what a job printed, beside that file. */
  printed?: (job: string, chunk: Buffer) => void
  clock: Clock
  activity: Activity
  bus: EventBus
  usage: UsageSink
  /** S3 as the training role has it. */
  s3Of: (roleArn: string) => S3Client
  environmentOf: (roleArn: string) => Readonly<Record<string, string>>
  authorize?: Authorize
}

/** Real processes side by side; more wait their turn. */
const CONCURRENT_JOBS = 2
const NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/
const arnOf = (name: string): string =>
  `arn:aws:sagemaker:${REGION}:${ACCOUNT}:training-job/${name}`

/** SageMaker training jobs: each a process of its own, its state changes told to EventBridge. */
export function createSageMaker(options: SageMakerOptions): LocalSageMaker {
  const { images, clock, activity, bus, usage, authorize = allowAll } = options
  const jobs = new Map<string, TrainingJob>()
  const running = new Map<string, RunningJob>()
  const waiting: (() => void)[] = []
  let active = 0
  let isClosed = false

  /** "SageMaker Training Job State Change", events that SageMaker sends to EventBridge. */
  function tell(job: TrainingJob): void {
    const { request, arn } = job
    bus.publish({
      source: 'aws.sagemaker',
      'detail-type': 'SageMaker Training Job State Change',
      resources: [arn],
      detail: describe(job, request.TrainingJobName),
    })
  }
  function describe(
    { request, arn, status, secondaryStatus, failureReason, createdMs, endedMs }: TrainingJob,
    name: string,
  ) {
    const output = `${request.OutputDataConfig.S3OutputPath.replace(/\/*$/, '/')}${name}/output/model.tar.gz`
    return {
      ...request,
      TrainingJobArn: arn,
      TrainingJobStatus: status,
      SecondaryStatus: secondaryStatus ?? (status === 'InProgress' ? 'Training' : status),
      CreationTime: createdMs / 1000,
      LastModifiedTime: (endedMs ?? createdMs) / 1000,
      ...(endedMs === null ? {} : { TrainingEndTime: endedMs / 1000 }),
      ...(failureReason === null ? {} : { FailureReason: failureReason }),
      ...(status === 'Completed' ? { ModelArtifacts: { S3ModelArtifacts: output } } : {}),
    }
  }

  /** Runs a job, again where the service itself failed it and its request asks for that ("RetryStrategy"). */
  async function runToEnd({ request }: TrainingJob, image: string): Promise<JobEnd> {
    const { TrainingJobName: name, RoleArn, RetryStrategy } = request
    const log = (chunk: Buffer): void => {
      appendFileSync(options.logPath, chunk)
      options.printed?.(name, chunk)
    }
    const folder = join(options.folder, name)
    const s3 = options.s3Of(RoleArn)
    for (let retries = RetryStrategy?.MaximumRetryAttempts ?? 0; ; retries--) {
      const run = runJob(request, image, folder, log, s3, options.environmentOf(RoleArn))
      running.set(name, run)
      const end = await run.ended
      running.delete(name)
      const isServiceFault = end.failureReason?.startsWith(SERVICE_FAULT) ?? false
      if (isClosed || retries === 0 || !isServiceFault) return end
    }
  }

  async function start(job: TrainingJob, image: string): Promise<void> {
    const name = job.request.TrainingJobName
    const ended = activity.begin(`training job ${name}`)
    try {
      if (active >= CONCURRENT_JOBS) await new Promise<void>((resume) => waiting.push(resume))
      if (isClosed) return
      active++
      const began = Date.now()
      const { peakResidentBytes, ...end } = await runToEnd(job, image)
      active--
      waiting.shift()?.()
      usage.invocation('training', (Date.now() - began) / 1000, end.status === 'Failed')
      usage.memory('training', peakResidentBytes)
      if (isClosed) return
      Object.assign(job, { ...end, endedMs: clock.now() })
      tell(job)
    } finally {
      ended()
    }
  }

  const find = (input: Record<string, unknown>): TrainingJob => {
    const found = jobs.get(String(input['TrainingJobName']))
    if (!found) throw new ServiceError('ValidationException', 'Requested resource not found.')
    return found
  }
  return {
    jobs: () => [...jobs.values()],
    async close() {
      isClosed = true
      for (const wake of waiting.splice(0)) wake()
      for (const run of running.values()) run.stop()
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
    ...jsonService('sagemaker', {
      CreateTrainingJob(input, caller) {
        const request = input as unknown as JobRequest
        const name = String(request.TrainingJobName)
        for (const [action, resource] of [
          ['sagemaker:CreateTrainingJob', arnOf(name)],
          ['iam:PassRole', request.RoleArn],
        ] as const) {
          const { allowed, reason } = authorize(caller, action, resource, {
            'iam:PassedToService': 'sagemaker.amazonaws.com',
          })
          if (!allowed) throw new ServiceError('AccessDeniedException', reason)
        }
        if (!NAME.test(name))
          throw new ServiceError(
            'ValidationException',
            `trainingJobName: got "${name}", expected ${NAME.source}`,
          )
        if (jobs.has(name))
          throw new ServiceError(
            'ResourceInUse',
            `Training job names must be unique within an AWS account: ${name}`,
          )
        const { TrainingImage, TrainingInputMode } = request.AlgorithmSpecification
        if (TrainingInputMode !== 'File')
          throw new ServiceError(
            'ValidationException',
            `The local SageMaker does not support the input mode ${TrainingInputMode}`,
          )
        const image = images.get(TrainingImage.split(':').at(-1)!)
        if (!image)
          throw new ServiceError(
            'ValidationException',
            `The image ${TrainingImage} is no asset of this assembly`,
          )
        const job: TrainingJob = {
          request,
          arn: arnOf(name),
          status: 'InProgress',
          secondaryStatus: null,
          failureReason: null,
          createdMs: clock.now(),
          endedMs: null,
        }
        jobs.set(name, job)
        tell(job)
        void start(job, image)
        return { TrainingJobArn: job.arn }
      },
      DescribeTrainingJob(input, caller) {
        const { allowed, reason } = authorize(
          caller,
          'sagemaker:DescribeTrainingJob',
          arnOf(String(input['TrainingJobName'])),
        )
        if (!allowed) throw new ServiceError('AccessDeniedException', reason)
        return describe(find(input), String(input['TrainingJobName']))
      },
      StopTrainingJob(input, caller) {
        const { allowed, reason } = authorize(
          caller,
          'sagemaker:StopTrainingJob',
          arnOf(String(input['TrainingJobName'])),
        )
        if (!allowed) throw new ServiceError('AccessDeniedException', reason)
        const job = find(input)
        if (job.status !== 'InProgress')
          throw new ServiceError(
            'ValidationException',
            `The job is ${job.status}: only one in progress can be stopped`,
          )
        job.status = 'Stopping'
        running.get(job.request.TrainingJobName)?.stop()
      },
      ListTrainingJobs: (input) => listJobs([...jobs.values()], input),
    }),
  }
}
