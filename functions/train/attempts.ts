import { parseTrainingJobName, trainingJobName } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Registry } from '../registry/registry.ts'

const attemptOf = ({ jobName }: Pick<VersionRow, 'jobName'>): number =>
  parseTrainingJobName(jobName)?.attempt ?? 1

/** The name of the attempt after this one. */
export const nextJobName = (row: Pick<VersionRow, 'scene' | 'version' | 'jobName'>): string =>
  trainingJobName(row.scene, row.version, attemptOf(row) + 1)

/**
 * Registers a version that a run will train; answers the row that stands then. A version's id is a
 * digest of what it is made of, so a run that comes to the same again meets its row: where that
 * failed, for a fault and by an earlier run, it is started once more, as the next attempt. One that
 * trains or was judged is left as it is, and so is one that this very run saw fail: its own retries,
 * and a second delivery, end there. Of runs that come at once one begins the attempt.
 */
export async function registerAttempt(registry: Registry, row: VersionRow): Promise<VersionRow> {
  if (await registry.register(row)) return row
  const standing = (await registry.version(row.version))!
  if (standing.status !== 'failed' || standing.scheduledMs >= row.scheduledMs) return standing
  const again = { ...row, jobName: nextJobName(standing) }
  if (await registry.startAgain(again, standing)) return again
  return (await registry.version(row.version))!
}

/** What a person is told of a start: why it trains, or that this came before. */
export const startReason = (row: VersionRow, isNew: boolean, because: string): string => {
  if (!isNew) return 'started before'
  const attempt = attemptOf(row)
  return attempt === 1 ? because : `attempt ${attempt}, after one that failed: ${because}`
}
