import { dateOf, hourOf, hourStart, ms } from './time.ts'

/**
 * `<tier>-<YYYYMMDD of dataThrough, plus HH for hourly>-<8 hex digits>`. Ids of one tier sort by
 * time.
 */
export interface VersionName {
  tier: string
  dataThroughMs: number
  digest: string
}
export const versionId = (name: VersionName): string =>
  `${versionDayPrefix(name.tier, name.dataThroughMs)}${name.tier === 'hourly' ? hourOf(name.dataThroughMs) : ''}-${name.digest.slice(0, 8)}`
/** The common beginning of the ids of a tier's versions that end on one day. */
export const versionDayPrefix = (tier: string, timeMs: number): string =>
  `${tier}-${dateOf(timeMs).replaceAll('-', '')}`
const VERSION = /(?:(full|daily)-(\d{8})|(hourly)-(\d{8})(\d{2}))-([0-9a-f]{8})$/
export function parseVersionId(version: string): VersionName | null {
  const m = VERSION.exec(version)
  if (m?.index !== 0) return null
  const day = (m[2] ?? m[4])!
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
  const dataThroughMs = hourStart(date, m[5] ?? '00')
  return dataThroughMs === null ? null : { tier: (m[1] ?? m[3])!, dataThroughMs, digest: m[6]! }
}

export interface TrainingJobNamed {
  scene: string
  version: string
  /** 1 for the first attempt. A version that failed is tried again under another job name. */
  attempt: number
}
/**
 * The name of a SageMaker training job: at most 63 characters, and never used twice in an account.
 * So each attempt has its own: `qm-<scene>-<version>`, then `…-a2`.
 */
export const trainingJobName = (scene: string, version: string, attempt = 1): string =>
  `qm-${scene}-${version}${attempt === 1 ? '' : `-a${attempt}`}`
const RETRIED = /-a([2-9]|[1-9]\d{1,3})$/
export function parseTrainingJobName(job: string): TrainingJobNamed | null {
  const first = parseFirstAttempt(job)
  const again = RETRIED.exec(job)
  if (first || !again) return first && { ...first, attempt: 1 }
  const named = parseFirstAttempt(job.slice(0, again.index))
  return named && { ...named, attempt: Number(again[1]) }
}
function parseFirstAttempt(job: string): Omit<TrainingJobNamed, 'attempt'> | null {
  const m = VERSION.exec(job)
  if (!m || !job.startsWith('qm-') || m.index < 5) return null
  return { scene: job.slice(3, m.index - 1), version: job.slice(m.index) }
}

/**
 * The name of an execution that an operator started: at most 80 letters, digits and dashes. A
 * repeated request has the same name.
 */
export const runExecutionName = (scene: string, tier: string, timeMs: number): string =>
  `${scene}-${tier}-${ms(timeMs)}`
