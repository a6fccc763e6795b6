import type { VersionRow } from '../contract/registry.ts'
import type { RestartRequest } from '../contract/requests.ts'
import type { TrainingJobs } from '../core/training-jobs.ts'
import type { Registry } from '../registry/registry.ts'
import { nextJobName } from './attempts.ts'
import { describeJobAgain } from './job-request.ts'

export interface Restarted {
  scene: string
  version: string
  /** The job of the attempt that trains now. Null: nothing was started. */
  jobName: string | null
  reason: string
}

/** Gives the version to the attempt after `jobName`. Null: the version is no longer at that attempt. */
async function beginNext(
  registry: Registry,
  { scene, version, jobName, reason }: RestartRequest,
): Promise<VersionRow | null> {
  const next = nextJobName({ scene, version, jobName })
  const read = await registry.version(version)
  if (read?.status === 'started' && read.jobName === jobName) {
    const restarts = read.restarts + 1
    await registry.startAgain({ ...read, jobName: next, restarts, reason }, read)
  }
  const row = await registry.version(version)
  return row?.status === 'started' && row.jobName === next ? row : null
}

/**
 * Starts an interrupted job again, as the next attempt of the same run. It continues from the last
 * checkpoint, to the same bytes. A crash and a retry at any point start only one further job.
 */
export async function restartTraining(
  registry: Registry,
  jobs: TrainingJobs,
  request: RestartRequest,
): Promise<Restarted> {
  const { scene, version, jobName, reason } = request
  const interrupted = await jobs.describe(jobName)
  const row = interrupted && (await beginNext(registry, request))
  if (!row)
    return {
      scene,
      version,
      jobName: null,
      reason: `${version} no longer trains as ${jobName}: nothing was started`,
    }
  await jobs.create(describeJobAgain(interrupted, row))
  return { scene, version, jobName: row.jobName, reason }
}
