import { describe, expect, test } from 'vitest'
import { trainingJobName } from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import { DAY_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import { jobEventSchema } from '../../functions/contract/training.ts'
import type { DescribedJob } from '../../functions/core/training-jobs.ts'
import { findMissedEnds } from '../../functions/train/missed-ends.ts'
import { makeVersion } from '../make/lineage.ts'

const trains = makeVersion(2, { status: 'started', modelKey: null, modelSha256: null })
const endedMs = trains.scheduledMs + 20 * MINUTE_MS
const ended = (fields: Partial<DescribedJob> = {}): Partial<DescribedJob> => ({
  TrainingJobStatus: 'Completed',
  SecondaryStatus: 'Completed',
  TrainingEndTime: new Date(endedMs),
  ...fields,
})
/** What is found at `nowMs`, where SageMaker knows this of the jobs. */
async function find(
  nowMs: number,
  job: Partial<DescribedJob> | null,
  versions: VersionRow[] = [trains],
) {
  const asked: string[] = []
  const jobs = {
    create: async () => true,
    async describe(name: string) {
      asked.push(name)
      return job as DescribedJob | null
    },
  }
  return { ends: await findMissedEnds(jobs, versions, nowMs), asked }
}

describe('The unreported training end', () => {
  test('An unreported end is found fifteen minutes after the job ends', async () => {
    expect((await find(endedMs + 14 * MINUTE_MS, ended())).ends).toEqual([])
    const { ends, asked } = await find(endedMs + 15 * MINUTE_MS, ended())
    expect(asked).toEqual([trains.jobName])
    expect(ends).toEqual([
      {
        time: isoSeconds(endedMs),
        detail: {
          TrainingJobName: trains.jobName,
          TrainingJobStatus: 'Completed',
          SecondaryStatus: 'Completed',
        },
      },
    ])
    expect(ends.map((end) => jobEventSchema.parse(end))).toEqual(ends)
  })

  test('The unreported end of a failed job has its reason', async () => {
    const job = ended({ TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: no samples' })
    const { ends } = await find(endedMs + DAY_MS, job)
    expect(ends[0]!.detail).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: 'AlgorithmError: no samples',
    })
  })

  test('A job that is still running has no end, however long', async () => {
    const job = { TrainingJobStatus: 'InProgress', LastModifiedTime: new Date(endedMs) } as const
    expect((await find(endedMs + 5 * DAY_MS, job)).ends).toEqual([])
  })

  test('A run that ended without starting its job is a failure', async () => {
    expect((await find(trains.scheduledMs + DAY_MS - 1, null)).ends).toEqual([])
    const nowMs = trains.scheduledMs + DAY_MS
    expect((await find(nowMs, null)).ends).toEqual([
      {
        time: isoSeconds(nowMs),
        detail: {
          TrainingJobName: trains.jobName,
          TrainingJobStatus: 'Failed',
          FailureReason: `the run of ${isoSeconds(trains.scheduledMs)} ended before it trained this version`,
        },
      },
    ])
  })

  test('Ends are looked up for the current attempt of unsettled versions', async () => {
    const jobName = trainingJobName('feed', trains.version, 3)
    const settled = (['accepted', 'refused', 'failed'] as const).map((status, n) =>
      makeVersion(3 + n, { status }),
    )
    const { asked } = await find(endedMs, ended(), [{ ...trains, jobName }, ...settled])
    expect(asked).toEqual([jobName])
  })

  test('The end of a Lambda training needs no request to SageMaker', async () => {
    const increment = { ...trains, executor: 'lambda' as const }
    const { ends, asked } = await find(trains.scheduledMs + DAY_MS, null, [increment])
    expect(asked).toEqual([])
    expect(ends).toHaveLength(1)
  })
})
