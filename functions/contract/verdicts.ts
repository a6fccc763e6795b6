import { z } from 'zod'
import { ANY, family, under } from './family.ts'
import { DATE, padPart, SCENE } from './key-parts.ts'
import { ACTIONS } from './match.ts'
import { pinnedVerdictsSchema } from './pinned-verdicts.ts'
import { type Columns, EVENT_COLUMNS, type EventRow, type Row } from './rows.ts'
import { dateOf, ms } from './time.ts'
import { verdictReportSchema } from './verdict-report.ts'

/**
 * What the detectors find, and what follows from it. A finding is one detector's; a verdict is what the
 * system does because of one or more of them, or because an operator says so.
 */

const timeMs = z.number().int()

/** What a finding or a verdict is about. An hour is named by its start in epoch milliseconds. */
export const SUBJECTS = ['user', 'item', 'drop', 'hour'] as const
export type Subject = (typeof SUBJECTS)[number]

/**
 * Where a detector's evidence comes from. Two detectors are independent if these differ. `mechanical`:
 * no person can do it, so one detector is enough for a whole account.
 */
export const EVIDENCE = ['timing', 'volume', 'choice', 'graph', 'mechanical'] as const
export type Evidence = (typeof EVIDENCE)[number]

/** One detector's finding: who, on which items, in which interval of event time. */
export interface Finding {
  detector: string
  evidence: Evidence
  subject: Subject
  id: string
  /** Only the events on these items. Empty: all events of the subject. */
  items: readonly string[]
  fromMs: number
  throughMs: number
  /** −log10 of the chance of such a finding under the detector's null model, after its correction for many tests. */
  score: number
  /** Events that it covers, and how many of them the null model expects. */
  events: number
  expected: number
}

/** `findings/<scene>/…parquet` of one shard. */
export const FINDING_COLUMNS = {
  detector: 'string',
  evidence: 'string',
  subject: 'string',
  id: 'string',
  items: 'json',
  fromMs: 'time',
  throughMs: 'time',
  score: 'float',
  events: 'int',
  expected: 'float',
} as const satisfies Columns
export type FindingRow = Row<typeof FINDING_COLUMNS, keyof typeof FINDING_COLUMNS>

/** `verdicts/<scene>/<made>.parquet`: a snapshot of all verdicts that hold. */
export const VERDICT_COLUMNS = {
  subject: 'string',
  id: 'string',
  /** JSON list of items. Empty: all events of the subject. */
  items: 'json',
  /** Events with fromMs ≤ time < throughMs. */
  fromMs: 'time',
  throughMs: 'time',
  reason: 'string',
  /** JSON list of the detectors that agree. Empty for an operator's statement. */
  detectors: 'json',
  score: 'float',
  action: 'string',
  /** What an event counts in training, for the action `weigh`: between 0 and 1. */
  weight: 'float',
  /** The first screening that found it, and the last one. */
  foundMs: 'time',
  renewedMs: 'time',
  /** It holds until then, unless it is renewed. */
  expiresMs: 'time',
} as const satisfies Columns
export type VerdictRow = Row<typeof VERDICT_COLUMNS, keyof typeof VERDICT_COLUMNS>

/** The version of the snapshots' format. Another one is refused. */
export const VERDICTS_FORMAT = 1

/** `verdicts/<scene>/<made>.json`, written last: without it the snapshot is not there. */
export const verdictManifestSchema = z.object({
  formatVersion: z.literal(VERDICTS_FORMAT),
  scene: z.string(),
  madeMs: timeMs,
  /** The snapshot that it continues. */
  previousMs: timeMs.nullable(),
  /** Event time that detectors have seen: from here, through there. */
  screenedFromMs: timeMs,
  screenedThroughMs: timeMs,
  /** SHA-256 of the Parquet file. */
  sha256: z.string(),
  verdicts: z.number().int().min(0),
  /** SHA-256 of the file before each erasure that took rows from it: plans may pin one of these. */
  erased: z.array(z.string()).optional(),
  detectorsDigest: z.string(),
  inputsDigest: z.string(),
  /** Absent in a snapshot that only an operator's statement made. */
  report: verdictReportSchema.optional(),
})
export type VerdictManifest = z.infer<typeof verdictManifestSchema>

export interface VerdictsName {
  scene: string
  madeMs: number
}
export const verdictsPrefix = (scene: string): string => `verdicts/${scene}/`
export const verdictsKey = ({ scene, madeMs }: VerdictsName): string =>
  `${verdictsPrefix(scene)}${ms(madeMs)}.parquet`
export const verdictManifestKey = ({ scene, madeMs }: VerdictsName): string =>
  `${verdictsPrefix(scene)}${ms(madeMs)}.json`
const VERDICT_MANIFEST = new RegExp(`^verdicts/${SCENE}/(\\d{13})\\.json$`)
export function parseVerdictManifestKey(key: string): VerdictsName | null {
  const m = VERDICT_MANIFEST.exec(key)
  return m && { scene: m[1]!, madeMs: Number(m[2]) }
}
const VERDICTS = new RegExp(`^verdicts/${SCENE}/(\\d{13})\\.parquet$`)
export function parseVerdictsKey(key: string): VerdictsName | null {
  const m = VERDICTS.exec(key)
  return m && { scene: m[1]!, madeMs: Number(m[2]) }
}
export const verdictFiles = family('lake', under(verdictsPrefix(ANY)), 'lakeRetentionDays', 'users')

export interface FindingsName {
  scene: string
  closedThroughMs: number
  shard: number
}
const findingsPrefix = (scene: string): string => `findings/${scene}/`
export const findingsKey = ({ scene, closedThroughMs, shard }: FindingsName): string =>
  `${findingsPrefix(scene)}${ms(closedThroughMs)}-${padPart(shard)}.parquet`
export const shardAccountKey = ({ scene, closedThroughMs, shard }: FindingsName): string =>
  `${findingsPrefix(scene)}${ms(closedThroughMs)}-${padPart(shard)}.json`
export const findingFiles = family('lake', 'findings/*', 'lakeRetentionDays', 'users')

/**
 * `corrections/<scene>/date=…`: kept events that a closing newly leaves out of all counts (`sign` −1),
 * and those that it takes in again (1). The sum of an event's signs is −1 or 0.
 */
export const CORRECTION_COLUMNS = { ...EVENT_COLUMNS, sign: 'int' } as const satisfies Columns
export type CorrectionRow = EventRow & { sign: 1 | -1 }
/** The number that corrections have among the tasks of their closing. No closing has so many tasks. */
export const CORRECTIONS_PIECE = 99_999

export interface CorrectionsName {
  scene: string
  closedThroughMs: number
}
export const correctionsPrefix = (scene: string): string => `corrections/${scene}/`
export const correctionsDatePrefix = (scene: string, closedThroughMs: number): string =>
  `${correctionsPrefix(scene)}date=${dateOf(closedThroughMs)}/`
export const correctionsKey = ({ scene, closedThroughMs }: CorrectionsName): string =>
  `${correctionsDatePrefix(scene, closedThroughMs)}${ms(closedThroughMs)}.parquet`
const CORRECTIONS = new RegExp(`^corrections/${SCENE}/date=${DATE}/(\\d{13})\\.parquet$`)
export function parseCorrectionsKey(key: string): CorrectionsName | null {
  const m = CORRECTIONS.exec(key)
  return m && { scene: m[1]!, closedThroughMs: Number(m[3]) }
}
export const correctionFiles = family(
  'lake',
  under(correctionsPrefix(ANY)),
  'lakeRetentionDays',
  'users',
)

/** What a run screens. It is the same for all runs that find this screening undone. */
export const screenPlanSchema = z.object({
  /** The closing that closed the end of a day: its corrections are published with it. */
  closedThroughMs: timeMs,
  /** When that closing is published: the time of the snapshot. */
  madeMs: timeMs,
  /** The hours that detectors read, through `closedThroughMs`. */
  fromMs: timeMs,
  /** Why it begins there. */
  reason: z.string(),
  /** Functions that share the events, by the hash of the item. */
  shards: z.number().int().min(1),
  /** The snapshot that it continues. */
  previous: pinnedVerdictsSchema.extend({ madeMs: timeMs }).nullable(),
})
export type ScreenPlan = z.infer<typeof screenPlanSchema>

/**
 * Online verdicts: one row for each user with a verdict, under a `pk` of its snapshot. The scene's
 * pointer names the snapshot whose rows are complete.
 */
export const onlineVerdictsPk = (scene: string, madeMs: number, user: string): string =>
  `${scene}#verdicts-${ms(madeMs)}#${user}`
export const onlineVerdictsPointerPk = (scene: string): string => `${scene}#verdicts`
export const VERDICTS_SK = 'VERDICTS'
export const onlineVerdictsPointerSchema = z.object({
  madeMs: timeMs,
  screenedThroughMs: timeMs,
  /** Rows of the snapshot. */
  users: z.number().int().min(0),
})
/** One verdict in the JSON list `verdicts` of a user's row. It ends when it expires, at the latest. */
export const onlineVerdictSchema = z.object({
  items: z.array(z.string()),
  fromMs: timeMs,
  throughMs: timeMs,
  action: z.enum(ACTIONS),
  reason: z.string(),
  weight: z.number(),
})
export type OnlineVerdict = z.infer<typeof onlineVerdictSchema>
