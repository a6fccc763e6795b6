import type { VersionRow } from '../contract/registry.ts'
import { DAY_MS, isoSeconds, MINUTE_MS } from '../contract/time.ts'
import type { JobEvent } from '../contract/training.ts'
import { readEach } from '../core/read-each.ts'
import type { TrainingJobs } from './jobs.ts'

/** An event is there within seconds, and judged within minutes. */
const EVENT_WITHIN_MS = 15 * MINUTE_MS
/** No run goes on for longer (cdk/run-flow.ts): what it has not started by then it never will. */
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
  // What a Lambda trains has no job: its run ends it, or ended before it.
  const job = executor === 'sagemaker' ? await jobs.describe(jobName) : null
  if (!job) {
    if (scheduledMs + RUN_ENDS_WITHIN_MS > nowMs) return null
    const FailureReason = `the run of ${isoSeconds(scheduledMs)} ended before it was trained`
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
 * The ends of trainings that nobody was told of, as SageMaker's events would have told them: of
 * versions that still count as started, whose job has ended for some time, or whose run is long
 * over. Judged a second time, a version stays as it is, so that an event that is only late does no harm.
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
