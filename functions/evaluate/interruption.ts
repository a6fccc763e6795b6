import type { VersionRow } from '../contract/registry.ts'
import type { JobEvent } from '../contract/training.ts'

type Detail = JobEvent['detail']

/** How often a run restarts its interrupted job. */
const MAX_RESTARTS = 3

/** FailureReason of SageMaker's own faults ("Monitor and troubleshoot training jobs"). */
const SERVICE_FAULT = /^(InternalServerError|CapacityError)\b/
/**
 * The container was killed (128 + SIGKILL or SIGTERM) and left no failure file, whose text would
 * come before the exit code. Too little memory looks the same, so restarts are few.
 */
const KILLED = /^AlgorithmError:[\s,]*exit code: (137|143)\s*$/i
/** Status of a stopped job that got no spot capacity in time. A job that a person stopped is `Stopped`. */
const WAITED_TOO_LONG = 'MaxWaitTimeExceeded'

const isInterruption = ({ TrainingJobStatus, SecondaryStatus, FailureReason = '' }: Detail) =>
  TrainingJobStatus === 'Stopped'
    ? SecondaryStatus === WAITED_TOO_LONG
    : SERVICE_FAULT.test(FailureReason) || KILLED.test(FailureReason)

/**
 * Whether the infrastructure broke the job, not the job's code or data, and restarts are left. A
 * training in a Lambda is retried by its state machine.
 */
export const isToBeRestarted = (detail: Detail, { executor, restarts }: VersionRow): boolean =>
  executor === 'sagemaker' && restarts < MAX_RESTARTS && isInterruption(detail)

/** In words: how a training ended that left no model. */
export function describeEnd(detail: Detail, restarts: number): string {
  const { TrainingJobStatus: status, SecondaryStatus = status, FailureReason } = detail
  const fallback = SecondaryStatus === status ? 'no reason given' : SecondaryStatus
  const jobs = restarts === 0 ? '' : `, the last of ${restarts + 1} jobs`
  return `training ${status.toLowerCase()}: ${FailureReason ?? fallback}${jobs}`
}
