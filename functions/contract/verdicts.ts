import { z } from 'zod'
import { ANY, family, under } from './family.ts'
import { padPart, SCENE } from './key-parts.ts'
import type { Columns, Row } from './rows.ts'
import { ms } from './time.ts'
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

/** `watch`: events stay as they are, and the report shows the verdict. */
export const ACTIONS = ['exclude', 'weigh', 'watch'] as const
export type Action = (typeof ACTIONS)[number]

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
export const verdictFiles = family('lake', under(verdictsPrefix(ANY)), 'lakeRetentionDays', 'users')

export interface FindingsName {
  scene: string
  closedThroughMs: number
  shard: number
}
export const findingsKey = ({ scene, closedThroughMs, shard }: FindingsName): string =>
  `findings/${scene}/${ms(closedThroughMs)}-${padPart(shard)}.parquet`
export const findingFiles = family('lake', 'findings/*', 'lakeRetentionDays', 'users')
