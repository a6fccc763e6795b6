import type { VersionRow } from '../contract/registry.ts'
import type { RestartRequest } from '../contract/requests.ts'
import type { Registry } from '../registry/registry.ts'
import { nextJobName } from './attempts.ts'
import { describeJobAgain } from './job-request.ts'
import type { TrainingJobs } from './jobs.ts'

export interface Restarted {
  scene: string
  version: string
  /** Of the attempt that trains now; null where the version has moved on. */
  jobName: string | null
  reason: string
}

/** Gives the version to the attempt after `jobName`; null where it has moved on from that. */
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
 * Starts an interrupted job again, as the next attempt of the same run: it goes on from the
 * checkpoint that the last one left, to the same bytes. A retry after a crash anywhere ends with
 * one job more.
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
    return { scene, version, jobName: null, reason: `${version} has moved on from ${jobName}` }
  await jobs.create(describeJobAgain(interrupted, row))
  return { scene, version, jobName: row.jobName, reason }
}
