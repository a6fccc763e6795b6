import { ANY, family, under } from './family.ts'
import { DIGEST, SCENE } from './key-parts.ts'
import { dateOf, ms } from './time.ts'

/** Keys of data to train generators with. `keys.ts` exports them with all other keys. */

/** The requests of one day, judged: `user` and `no user` files under one digest of their inputs. */
export interface PreferencesName {
  scene: string
  dayMs: number
  /** First 32 hex digits of the SHA-256 of the inputs. */
  digest: string
}
const DATE_FOLDER = 'date=\\d{4}-\\d{2}-\\d{2}'
const folderOf = (root: string, { scene, dayMs }: Omit<PreferencesName, 'digest'>): string =>
  `${root}/${scene}/date=${dateOf(dayMs)}/`

/** Samples with the hash of their user: what the files for trainers are made of, and what an erasure rewrites. */
export const preferencesPrefix = (scene: string): string => `preferences/${scene}/`
export const preferenceFiles = family(
  'lake',
  under(preferencesPrefix(ANY)),
  'lakeRetentionDays',
  'users',
)
export const preferencesKey = (name: PreferencesName): string =>
  `${folderOf('preferences', name)}${ms(name.dayMs)}-${name.digest}.parquet`
const PREFERENCES = new RegExp(
  `^preferences/${SCENE}/${DATE_FOLDER}/(\\d{13})-${DIGEST}\\.parquet$`,
)
export function parsePreferencesKey(key: string): PreferencesName | null {
  const m = PREFERENCES.exec(key)
  return m && { scene: m[1]!, dayMs: Number(m[2]), digest: m[3]! }
}
/** Written last, with the account. */
export const preferenceManifestPrefix = (scene: string): string => `manifests/${scene}/preferences/`
export const preferenceManifests = family(
  'lake',
  under(preferenceManifestPrefix(ANY)),
  'for good',
  'no users',
)
export const preferenceManifestKey = ({ scene, dayMs }: Omit<PreferencesName, 'digest'>): string =>
  `${preferenceManifestPrefix(scene)}${ms(dayMs)}.json`
export function parsePreferenceManifestKey(key: string): { scene: string; dayMs: number } | null {
  const m = new RegExp(`^manifests/${SCENE}/preferences/(\\d{13})\\.json$`).exec(key)
  return m && { scene: m[1]!, dayMs: Number(m[2]) }
}

/** What people thought of answers, without users, by the last day that it counts. The report reads the newest. */
export const answerReportPrefix = (scene: string): string => `answer-reports/${scene}/`
export const answerReports = family(
  'lake',
  under(answerReportPrefix(ANY)),
  'lakeRetentionDays',
  'no users',
)
export const answerReportKey = (scene: string, dayMs: number): string =>
  `${answerReportPrefix(scene)}${ms(dayMs)}.json`

/**
 * Files for trainers, as JSON Lines without users: all days together, made again each day. A folder of JumpStart is one
 * channel of a job.
 */
export const TRAINER_FILES = [
  'preference/trl/train.jsonl',
  'preference/trl/validation.jsonl',
  'instruction/jumpstart/train/train.jsonl',
  'instruction/jumpstart/train/template.json',
  'instruction/jumpstart/validation/validation.jsonl',
  'instruction/jumpstart/validation/template.json',
  'instruction/bedrock/train.jsonl',
  'instruction/bedrock/validation.jsonl',
] as const
export type TrainerFile = (typeof TRAINER_FILES)[number]
export const trainerDataPrefix = (scene: string): string => `trainer-data/${scene}/`
/** Texts may quote the people who wrote them, so they count as being about users. */
export const trainerDataFiles = family(
  'lake',
  under(trainerDataPrefix(ANY)),
  'lakeRetentionDays',
  'users',
)
export const trainerDataKey = (scene: string, file: TrainerFile): string =>
  `${trainerDataPrefix(scene)}${file}`
