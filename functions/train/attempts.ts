import { parseTrainingJobName, trainingJobName } from '../contract/keys.ts'
import type { VersionRow } from '../contract/registry.ts'
import type { Registry } from '../registry/registry.ts'

const attemptOf = ({ jobName }: Pick<VersionRow, 'jobName'>): number =>
  parseTrainingJobName(jobName)?.attempt ?? 1

/** The job name of the next attempt. */
export const nextJobName = (row: Pick<VersionRow, 'scene' | 'version' | 'jobName'>): string =>
  trainingJobName(row.scene, row.version, attemptOf(row) + 1)

/**
 * Registers a version that a run will train, and returns its row in the registry. The id of a version
 * is a digest of its inputs, so a later run with the same inputs finds the row of the earlier run. If
 * that version failed, the later run starts the next attempt. A row of any other status stays as it
 * is. A failure of this same run stays too, so a retry or a second delivery starts nothing. If several
 * runs try at once, one of them starts the attempt.
 */
export async function registerAttempt(registry: Registry, row: VersionRow): Promise<VersionRow> {
  if (await registry.register(row)) return row
  const known = (await registry.version(row.version))!
  if (known.status !== 'failed' || known.scheduledMs >= row.scheduledMs) return known
  const nextAttempt = { ...row, jobName: nextJobName(known) }
  if (await registry.startAgain(nextAttempt, known)) return nextAttempt
  return (await registry.version(row.version))!
}

/** The reason of a start, for operators: why the version trains, or that it was started before. */
export const startReason = (row: VersionRow, isNew: boolean, because: string): string => {
  if (!isNew) return 'started before'
  const attempt = attemptOf(row)
  return attempt === 1 ? because : `attempt ${attempt}, after a failed attempt: ${because}`
}
