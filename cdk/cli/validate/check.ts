import type { LogsToReplay } from '../replay/files.ts'
import type { Finding } from './finding.ts'
import { findingsOf } from './findings.ts'
import type { Profile } from './profile.ts'
import { profileLogs } from './read.ts'

export interface LogCheck {
  profile: Profile
  findings: Finding[]
  serious: Finding[]
}

/** The profile of logs and the findings. Throws UsageError if there is no log. */
export async function checkLogs(logs: LogsToReplay, nowMs: number): Promise<LogCheck> {
  const profile = await profileLogs(logs, nowMs)
  const findings = findingsOf(profile, logs.scene, nowMs)
  return { profile, findings, serious: findings.filter(({ severity }) => severity === 'serious') }
}
