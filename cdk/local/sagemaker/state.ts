import type { S3Client } from '@aws-sdk/client-s3'
import type { Authorize } from '../authorize.ts'
import {
  ACCOUNT,
  type Activity,
  type Clock,
  type EventBus,
  REGION,
  type UsageSink,
} from '../ports.ts'
import type { JobEnd, JobRequest, RunningJob } from './job.ts'

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
/** What the operations of SageMaker work on. */
export interface SageMakerState {
  options: SageMakerOptions
  authorize: Authorize
  /** By name, newest last. */
  jobs: Map<string, TrainingJob>
  running: Map<string, RunningJob>
  /** Each lets a job that waits its turn go on. */
  waiting: (() => void)[]
  active: number
  isClosed: boolean
}

export const arnOf = (name: string): string =>
  `arn:aws:sagemaker:${REGION}:${ACCOUNT}:training-job/${name}`
