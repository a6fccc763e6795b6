import type { VersionRow } from '../contract/registry.ts'
import type { JobEvent } from '../contract/training.ts'

type Detail = JobEvent['detail']

/** How often one run starts its interrupted job again. */
const MAX_RESTARTS = 3

/** FailureReason of SageMaker's own faults ("Monitor and troubleshoot training jobs"). */
const OF_THE_SERVICE = /^(InternalServerError|CapacityError)\b/
/**
 * The container was killed (128 + SIGKILL or SIGTERM) and left no failure file: the file's text
 * would stand before the exit code. Memory that is too small looks the same, so restarts are few.
 */
const KILLED = /^AlgorithmError:[\s,]*exit code: (137|143)\s*$/i
/** Of a stopped job: spot capacity did not come in its time. A person's stop is `Stopped`. */
const WAITED_TOO_LONG = 'MaxWaitTimeExceeded'

const isInterruption = ({ TrainingJobStatus, SecondaryStatus, FailureReason = '' }: Detail) =>
  TrainingJobStatus === 'Stopped'
    ? SecondaryStatus === WAITED_TOO_LONG
    : OF_THE_SERVICE.test(FailureReason) || KILLED.test(FailureReason)

/**
 * Whether the world around broke the job, not its own code or data, and its run has restarts left.
 * What a Lambda trains is retried by its state machine.
 */
export const isToBeRestarted = (detail: Detail, { executor, restarts }: VersionRow): boolean =>
  executor === 'sagemaker' && restarts < MAX_RESTARTS && isInterruption(detail)

/** How a training ended that left no model, for a person. */
export function describeEnd(detail: Detail, restarts: number): string {
  const { TrainingJobStatus: status, SecondaryStatus = status, FailureReason } = detail
  const unsaid = SecondaryStatus === status ? 'no reason given' : SecondaryStatus
  const jobs = restarts === 0 ? '' : `, the last of ${restarts + 1} jobs`
  return `training ${status.toLowerCase()}: ${FailureReason ?? unsaid}${jobs}`
}
