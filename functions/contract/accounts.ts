import { z } from 'zod'
import { KINDS } from './events.ts'

/** The accounts of Law 3 and the manifests that carry them. Counts are records unless named otherwise. */

const count = z.number().int().min(0)
const byReason = z.record(z.string(), count)
const timeMs = z.number().int()

/**
 * Where in the unpacked object a record is. A joined one has the line and byte of its first line. Of
 * a Parquet row `line` is its place among all rows of the file and `byteOffset` that of its row group.
 */
const recordPositionSchema = z.object({
  /** Of a Parquet file, from 1. */
  rowGroup: count.optional(),
  line: count.nullable(),
  byteOffset: count,
  length: count,
})
export type RecordPosition = z.infer<typeof recordPositionSchema>

/** Records without a copy in quarantine: how many, and where the first of them are. */
const notKeptSchema = z.object({ count, first: z.array(recordPositionSchema) })
export type NotKept = z.infer<typeof notKeptSchema>

/** `manifests/<scene>/drops/…json`. Law: read = accepted + Σ quarantined; Σ events by hour = events. */
export const dropManifestSchema = z.object({
  scene: z.string(),
  /** Null where the key names none that there is. */
  kind: z.enum(KINDS).nullable(),
  rawKey: z.string(),
  drop: z.string(),
  arrivalMs: timeMs,
  format: z.string(),
  bytes: count,
  read: count,
  accepted: count,
  quarantined: byReason,
  /** Of `quarantined`, what is beyond the drop's share of quarantine; absent where nothing is. */
  notKept: z.record(z.string(), notKeptSchema).optional(),
  /** Fields that accepted records have lost, by reason; absent where none has. */
  warnings: byReason.optional(),
  /** Rows written: an adapter may make an impression and an outcome of one record. */
  events: count,
  /** Rows by event hour (ISO date and hour, `YYYY-MM-DDTHH`), for kind `events`. */
  byHour: z.record(z.string(), count),
  /** Clean files, in key order. */
  files: z.array(z.object({ key: z.string(), rows: count, sha256: z.string() })),
  quarantineFiles: z.array(z.string()),
  /** Set when the whole drop was refused: nothing was read, the raw object stays. */
  refused: z.object({ reason: z.string(), detail: z.string() }).nullable(),
  codeDigest: z.string(),
})
export type DropManifest = z.infer<typeof dropManifestSchema>

/** One event hour in one closing. Law: accepted = kept + duplicates + Σ excluded. */
export const hourAccountSchema = z.object({
  hourMs: timeMs,
  /** `first`: the hour's own closing. `late`: it had been closed before these rows arrived. */
  lane: z.enum(['first', 'late']),
  accepted: count,
  kept: count,
  duplicates: count,
  excluded: byReason,
  files: z.array(z.string()),
})
export type HourAccount = z.infer<typeof hourAccountSchema>

export const closingAccountSchema = z.object({
  scene: z.string(),
  closedThroughMs: timeMs,
  piece: count,
  hours: z.array(hourAccountSchema),
})
export type ClosingAccount = z.infer<typeof closingAccountSchema>

/** `closed/…excluded.json`: users whose events of that hour went whole, by rule, ascending. */
export const excludedUsersSchema = z.record(z.string(), z.array(z.string()))
export type ExcludedUsers = z.infer<typeof excludedUsersSchema>

/** One hour to close: its clean files, pinned, and what earlier closings left of it. */
const closingHourSchema = z.object({
  hourMs: timeMs,
  lane: z.enum(['first', 'late']),
  /** Rows of its clean files. */
  accepted: count,
  cleanKeys: z.array(z.string()),
  earlierKeys: z.array(z.string()),
})
export type ClosingHour = z.infer<typeof closingHourSchema>
/** Why an hour was closed with none of its events kept: its clean files stay as they are. */
export const UNCLOSED_REASONS = [
  /** More events, or more bytes of them, than closing can hold. */
  'too_large',
  /** Several runs could not close it, though they closed others. */
  'unclosable',
] as const
export const closingPieceSchema = z.object({
  scene: z.string(),
  closedThroughMs: timeMs,
  piece: count,
  hours: z.array(closingHourSchema),
  /** Of one hour that one function cannot hold: closed in so many tasks, by user hash. */
  shards: z.number().int().min(2).optional(),
  /** Runs that began it and closed other pieces, but not this one. */
  failures: count.optional(),
  /** Set where its hours are closed with nothing kept. */
  excluded: z.enum(UNCLOSED_REASONS).optional(),
})
export type ClosingPiece = z.infer<typeof closingPieceSchema>

/** `manifests/<scene>/closings/<through>/plan.json`: a chain, each naming the one before it. */
export const closingPlanSchema = z.object({
  scene: z.string(),
  closedThroughMs: timeMs,
  previousClosedThroughMs: timeMs.nullable(),
  pieces: z.array(closingPieceSchema),
  /** Clean files of hours that are still open: input of the next closing. */
  pending: z.array(z.object({ key: z.string(), rows: count })),
  /** `<arrivalMs>-<drop>` of every drop consumed within the trailing redrive window. */
  consumedDrops: z.array(z.string()),
  /** Sums over the drops that this closing consumed, for the data gates. */
  drops: z.object({ read: count, accepted: count, quarantined: byReason, refused: byReason }),
})
export type ClosingPlan = z.infer<typeof closingPlanSchema>

/** `manifests/<scene>/closings/<through>/next.json`: all that the plan of the next one depends on. */
export const closingSuccessorSchema = z.object({ closedThroughMs: timeMs, scheduledMs: timeMs })
export type ClosingSuccessor = z.infer<typeof closingSuccessorSchema>

/**
 * One shard of one day's samples. Laws: impressions = samples + sampledOut;
 * outcomes = attributed + otherOutcome + repeated + orphaned + ofEarlierSet.
 */
export const sampleAccountSchema = z.object({
  impressions: count,
  samples: count,
  positives: count,
  /** Of the impressions, negatives that were drawn since the log has none; absent where it has its own. */
  synthetic: count.optional(),
  /** Negatives dropped by sampling; their weight lives on in the kept ones. */
  sampledOut: count,
  immature: count,
  /** Σ over the impressions of the share of their outcomes that has come; `impressions` where absent. */
  known: z.number().min(0).optional(),
  outcomes: count,
  /** Outcomes of the objective that gave an impression its label. */
  attributed: count,
  /** Outcomes that are not the scene's objective. */
  otherOutcome: count,
  /** Further outcomes of an impression that already has its label. */
  repeated: count,
  /** Outcomes without an impression in their attribution window. */
  orphaned: count,
  /**
   * Outcomes of impressions that an earlier day's set holds: they count there where they had
   * come by then, else the next full training corrects the label.
   */
  ofEarlierSet: count,
})
export type SampleAccount = z.infer<typeof sampleAccountSchema>

export const samplePieceSchema = z.object({
  scene: z.string(),
  fromMs: timeMs,
  inputsDigest: z.string(),
  shard: count,
  shards: z.number().int().min(1),
  /** Closed files whose impressions become samples (the day's own, and its late lane's). */
  impressionKeys: z.array(z.string()),
  /** Closed files that are read for later outcomes alone. */
  outcomeKeys: z.array(z.string()),
  /** Closed files that are read for earlier impressions alone, to know whose an outcome is. */
  contextKeys: z.array(z.string()),
  counterKeys: z.array(z.string()),
  /** Clean item and user statements, newest last. */
  entityKeys: z.array(z.string()),
  /** Outcomes that were closed through here can be known; decides `isMature`. */
  outcomesThroughMs: timeMs,
})
export type SamplePiece = z.infer<typeof samplePieceSchema>

/** What one event hour brought to a set, before sampling: what its positive rate is judged by. */
const sampleHourSchema = sampleAccountSchema
  .pick({ impressions: true, positives: true })
  .extend({ hourMs: timeMs, known: z.number().min(0) })
export type SampleHour = z.infer<typeof sampleHourSchema>

export const sampleFileSchema = z.object({ key: z.string(), rows: count, sha256: z.string() })
export const samplePartAccountSchema = z.object({
  file: sampleFileSchema,
  impressionKeys: z.array(z.string()),
  account: sampleAccountSchema,
  /** Ascending; hours without an impression are not in it. */
  hours: z.array(sampleHourSchema).default([]),
})
export type SamplePartAccount = z.infer<typeof samplePartAccountSchema>

export const sampleManifestSchema = z.object({
  scene: z.string(),
  fromMs: timeMs,
  inputsDigest: z.string(),
  /** Closed files whose impressions it accounts for, each either a sample or sampled out. */
  impressionKeys: z.array(z.string()),
  files: z.array(sampleFileSchema),
  account: sampleAccountSchema,
  hours: z.array(sampleHourSchema).default([]),
})
export type SampleManifest = z.infer<typeof sampleManifestSchema>
