import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JobEnd, runJob, SERVICE_FAULT } from './job.ts'
import type { SageMakerState, TrainingJob } from './state.ts'

/** Real processes side by side; more wait their turn. */
const CONCURRENT_JOBS = 2

/** As DescribeTrainingJob answers it ("DescribeTrainingJob", SageMaker API reference). */
export function describeJob(job: TrainingJob) {
  const { request, arn, status, secondaryStatus, failureReason, createdMs, endedMs } = job
  const path = request.OutputDataConfig.S3OutputPath.replace(/\/*$/, '/')
  const output = `${path}${request.TrainingJobName}/output/model.tar.gz`
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

/** "SageMaker Training Job State Change", events that SageMaker sends to EventBridge. */
export function publishStatus({ options }: SageMakerState, job: TrainingJob): void {
  options.bus.publish({
    source: 'aws.sagemaker',
    'detail-type': 'SageMaker Training Job State Change',
    resources: [job.arn],
    detail: describeJob(job),
  })
}

/** Runs a job, again where the service itself failed it and its request asks for that ("RetryStrategy"). */
async function runToEnd(
  state: SageMakerState,
  { request }: TrainingJob,
  image: string,
): Promise<JobEnd> {
  const { options, running } = state
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
    if (state.isClosed || retries === 0 || !isServiceFault) return end
  }
}

export async function startJob(
  state: SageMakerState,
  job: TrainingJob,
  image: string,
): Promise<void> {
  const { clock, activity, usage } = state.options
  const ended = activity.begin(`training job ${job.request.TrainingJobName}`)
  try {
    if (state.active >= CONCURRENT_JOBS)
      await new Promise<void>((resume) => state.waiting.push(resume))
    if (state.isClosed) return
    state.active++
    const began = Date.now()
    const { peakResidentBytes, ...end } = await runToEnd(state, job, image)
    state.active--
    state.waiting.shift()?.()
    usage.invocation('training', (Date.now() - began) / 1000, end.status === 'Failed')
    usage.memory('training', peakResidentBytes)
    if (state.isClosed) return
    Object.assign(job, { ...end, endedMs: clock.now() })
    publishStatus(state, job)
  } finally {
    ended()
  }
}
