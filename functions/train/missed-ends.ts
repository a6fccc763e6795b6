import type { VersionRow } from '../contract/registry.ts'
import { DAY_MS, isoSeconds, MINUTE_MS } from '../contract/time.ts'
import type { JobEvent } from '../contract/training.ts'
import { readEach } from '../core/read-each.ts'
import type { TrainingJobs } from '../core/training-jobs.ts'

/** An event arrives within seconds, and its version is judged within minutes. */
const EVENT_WITHIN_MS = 15 * MINUTE_MS
/** The longest time of a run (cdk/run-flow.ts). After it, the run starts no training. */
const RUN_ENDS_WITHIN_MS = DAY_MS

const HAS_ENDED = new Set<string | undefined>(['Completed', 'Failed', 'Stopped'])

async function findEnd(
  jobs: TrainingJobs,
  { jobName, executor, scheduledMs }: VersionRow,
  nowMs: number,
): Promise<JobEvent | null> {
  const event = (timeMs: number, detail: Omit<JobEvent['detail'], 'TrainingJobName'>) => ({
    time: isoSeconds(timeMs),
    detail: { TrainingJobName: jobName, ...detail },
  })
  // A training in a Lambda has no job. Its run records its end, unless the run itself ended first.
  const job = executor === 'sagemaker' ? await jobs.describe(jobName) : null
  if (!job) {
    if (scheduledMs + RUN_ENDS_WITHIN_MS > nowMs) return null
    const FailureReason = `the run of ${isoSeconds(scheduledMs)} ended before it trained this version`
    return event(nowMs, { TrainingJobStatus: 'Failed', FailureReason })
  }
  const { TrainingJobStatus, SecondaryStatus, FailureReason, TrainingEndTime, LastModifiedTime } =
    job
  const endedMs = (TrainingEndTime ?? LastModifiedTime)!.getTime()
  if (!HAS_ENDED.has(TrainingJobStatus) || endedMs + EVENT_WITHIN_MS > nowMs) return null
  return event(endedMs, {
    TrainingJobStatus: TrainingJobStatus!,
    ...(SecondaryStatus === undefined ? {} : { SecondaryStatus }),
    ...(FailureReason === undefined ? {} : { FailureReason }),
  })
}

/**
 * Finds ended trainings whose event is missing, in the format of SageMaker's event. Their versions are
 * still `started`, and their job ended some time ago, or their run is over. The missing event may only
 * be late. Then the version is judged twice, and the second judgement changes nothing.
 */
export async function findMissedEnds(
  jobs: TrainingJobs,
  versions: readonly VersionRow[],
  nowMs: number,
): Promise<JobEvent[]> {
  const started = versions.filter(({ status }) => status === 'started')
  const ends = await readEach(started, (row) => findEnd(jobs, row, nowMs))
  return ends.filter((end) => end !== null)
}
