import { ServiceError } from '../json-service.ts'
import type { Caller } from '../ports.ts'
import type { JobRequest } from './job.ts'
import { listJobs } from './list-jobs.ts'
import { describeJob, publishStatus, startJob } from './run-jobs.ts'
import { arnOf, type SageMakerState, type TrainingJob } from './state.ts'

type Input = Record<string, unknown>

const NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/
const invalid = (message: string): ServiceError => new ServiceError('ValidationException', message)

/** Throws ServiceError where the caller may not do this to the resource. */
function demand(state: SageMakerState, caller: Caller, action: string, resource: string): void {
  const context = { 'iam:PassedToService': 'sagemaker.amazonaws.com' }
  const { allowed, reason } = state.authorize(caller, action, resource, context)
  if (!allowed) throw new ServiceError('AccessDeniedException', reason)
}

function findJob(state: SageMakerState, name: string): TrainingJob {
  const found = state.jobs.get(name)
  if (!found) throw invalid('Requested resource not found.')
  return found
}

/** The folder of the request's image. Throws ServiceError for what cannot be run here. */
function imageOf({ options }: SageMakerState, request: JobRequest): string {
  const { TrainingImage, TrainingInputMode } = request.AlgorithmSpecification
  if (TrainingInputMode !== 'File')
    throw invalid(`The local SageMaker does not support the input mode ${TrainingInputMode}`)
  const image = options.images.get(TrainingImage.split(':').at(-1)!)
  if (!image) throw invalid(`The image ${TrainingImage} is no asset of this assembly`)
  return image
}

function createJob(state: SageMakerState, input: Input, caller: Caller) {
  const request = input as unknown as JobRequest
  const name = String(request.TrainingJobName)
  demand(state, caller, 'sagemaker:CreateTrainingJob', arnOf(name))
  demand(state, caller, 'iam:PassRole', request.RoleArn)
  if (!NAME.test(name)) throw invalid(`trainingJobName: got "${name}", expected ${NAME.source}`)
  if (state.jobs.has(name))
    throw new ServiceError(
      'ResourceInUse',
      `Training job names must be unique within an AWS account: ${name}`,
    )
  const image = imageOf(state, request)
  const job: TrainingJob = {
    request,
    arn: arnOf(name),
    status: 'InProgress',
    secondaryStatus: null,
    failureReason: null,
    createdMs: state.options.clock.now(),
    endedMs: null,
  }
  state.jobs.set(name, job)
  publishStatus(state, job)
  void startJob(state, job, image)
  return { TrainingJobArn: job.arn }
}

function describeOne(state: SageMakerState, input: Input, caller: Caller) {
  const name = String(input['TrainingJobName'])
  demand(state, caller, 'sagemaker:DescribeTrainingJob', arnOf(name))
  return describeJob(findJob(state, name))
}

function stopJob(state: SageMakerState, input: Input, caller: Caller): void {
  const name = String(input['TrainingJobName'])
  demand(state, caller, 'sagemaker:StopTrainingJob', arnOf(name))
  const job = findJob(state, name)
  if (job.status !== 'InProgress')
    throw invalid(`The job is ${job.status}: only one in progress can be stopped`)
  job.status = 'Stopping'
  state.running.get(name)?.stop()
}

/** Every operation that this SageMaker has; any other is refused by name. */
export const OPERATIONS: Readonly<
  Record<string, (state: SageMakerState, input: Input, caller: Caller) => unknown>
> = {
  CreateTrainingJob: createJob,
  DescribeTrainingJob: describeOne,
  StopTrainingJob: stopJob,
  ListTrainingJobs: ({ jobs }, input) => listJobs([...jobs.values()], input),
}
