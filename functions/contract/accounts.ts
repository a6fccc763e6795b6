import { z } from 'zod'
import { KINDS } from './events.ts'
import { pinnedVerdictsSchema } from './pinned-verdicts.ts'
import { userCountsSchema } from './removed.ts'
import { erasedSetSchema, partKindsSchema, setKindsSchema } from './sample-kinds.ts'
import { servedGenerationsSchema } from './served-generations.ts'

/** The accounts of law 3, and their manifests. A count is a number of records unless its comment says otherwise. */

const count = z.number().int().min(0)
const byReason = z.record(z.string(), count)
const timeMs = z.number().int()

/**
 * The position of a record in the unpacked object. A record of several joined lines has the line
 * and byte of its first line. For a Parquet row, `line` is its number among all rows of the file,
 * and `byteOffset` is where its row group begins.
 */
const recordPositionSchema = z.object({
  /** Parquet files only; the first is 1. */
  rowGroup: count.optional(),
  line: count.nullable(),
  byteOffset: count,
  length: count,
})
export type RecordPosition = z.infer<typeof recordPositionSchema>

/**
 * Quarantined records without a copy in quarantine: their number, and the positions of the first
 * ones.
 */
const notKeptSchema = z.object({ count, first: z.array(recordPositionSchema) })
export type NotKept = z.infer<typeof notKeptSchema>

/**
 * `manifests/<scene>/drops/…json`. Laws: read = accepted + Σ quarantined; Σ events by hour =
 * events.
 */
export const dropManifestSchema = z.object({
  scene: z.string(),
  /** Null if the key names no known kind. */
  kind: z.enum(KINDS).nullable(),
  rawKey: z.string(),
  drop: z.string(),
  arrivalMs: timeMs,
  format: z.string(),
  bytes: count,
  read: count,
  accepted: count,
  quarantined: byReason,
  /** The part of `quarantined` that exceeds the drop's quarantine budget. Absent if there is none. */
  notKept: z.record(z.string(), notKeptSchema).optional(),
  /** Fields that accepted records lost, by reason. Absent if no field was lost. */
  warnings: byReason.optional(),
  /** Rows written. An adapter may make an impression and an outcome from one record. */
  events: count,
  /** Rows by event hour (ISO date and hour, `YYYY-MM-DDTHH`), for kind `events`. */
  byHour: z.record(z.string(), count),
  /** Clean files, in key order. */
  files: z.array(z.object({ key: z.string(), rows: count, sha256: z.string() })),
  quarantineFiles: z.array(z.string()),
  /** Set if the whole drop was refused. Nothing was read, and the raw object stays. */
  refused: z.object({ reason: z.string(), detail: z.string() }).nullable(),
  codeDigest: z.string(),
})
export type DropManifest = z.infer<typeof dropManifestSchema>

/** Kept events of one drop in one event hour. Outcomes are counted by name. */
const dropCountsSchema = z.object({
  impressions: count,
  outcomes: byReason,
  /** Impressions with an outcome in the same drop, by the outcome's name. */
  own: byReason,
})
export type DropCounts = z.infer<typeof dropCountsSchema>

/** One event hour in one closing. Law: accepted = kept + duplicates + Σ excluded. */
export const hourAccountSchema = z.object({
  hourMs: timeMs,
  /** `late`: the hour had been closed before these rows arrived. */
  lane: z.enum(['first', 'late']),
  accepted: count,
  kept: count,
  duplicates: count,
  excluded: byReason,
  /** Of the events that are no duplicates. Absent if the hour was not judged. */
  users: userCountsSchema.optional(),
  files: z.array(z.string()),
  /** Counts by drop, of the 200 largest. The data gates find a poisoned drop by them. */
  drops: z.record(z.string(), dropCountsSchema).default({}),
})
export type HourAccount = z.infer<typeof hourAccountSchema>

export const closingAccountSchema = z.object({
  scene: z.string(),
  closedThroughMs: timeMs,
  /** Number of the task: of a batch of hours, or of a shard of one hour. */
  piece: count,
  hours: z.array(hourAccountSchema),
})
export type ClosingAccount = z.infer<typeof closingAccountSchema>

/** The rules that exclude events of an hour, in the order in which they apply (functions/closing/rules.ts). */
export const EXCLUSION_RULES = [
  'declared_bot',
  'impossible_rate',
  'impossible_delay',
  'exact_interval',
  'endless_impressions',
  'stuffed_slate',
  'repeated_outcome',
  'replayed_request',
  'orphan_outcome',
  'outcome_before_impression',
] as const
export type ExclusionRule = (typeof EXCLUSION_RULES)[number]

/** `closed/…excluded.json`: by rule, in ascending order, users of whom all events of that hour were excluded. */
export const excludedUsersSchema = z.record(z.string(), z.array(z.string()))
export type ExcludedUsers = z.infer<typeof excludedUsersSchema>

/** One hour to close: its pinned clean files, and what earlier closings kept of it. */
const closingHourSchema = z.object({
  hourMs: timeMs,
  lane: z.enum(['first', 'late']),
  /** Rows in its clean files. */
  accepted: count,
  cleanKeys: z.array(z.string()),
  earlierKeys: z.array(z.string()),
})
export type ClosingHour = z.infer<typeof closingHourSchema>
/** Why an hour was closed with no event kept. Its clean files stay as they are. */
export const UNCLOSED_REASONS = [
  /** It has more events, or more bytes, than closing can hold. */
  'too_large',
  /** Several runs failed to close it although they closed others. */
  'unclosable',
] as const
/** Some hours that one function closes, or one hour that several shards close. */
export const closingBatchSchema = z.object({
  scene: z.string(),
  closedThroughMs: timeMs,
  /** Number of its first task. The name is that of stored plans. */
  piece: count,
  hours: z.array(closingHourSchema),
  /**
   * Set for one hour that one function cannot hold: the number of tasks that close it, by user
   * hash.
   */
  shards: z.number().int().min(2).optional(),
  /** Runs that started it, closed other batches, and failed to close this one. */
  failures: count.optional(),
  /** Set if its hours are closed with nothing kept. */
  excluded: z.enum(UNCLOSED_REASONS).optional(),
})
export type ClosingBatch = z.infer<typeof closingBatchSchema>

/** `manifests/<scene>/closings/<through>/plan.json`. Each names the plan before it: they form a chain. */
export const closingPlanSchema = z.object({
  scene: z.string(),
  closedThroughMs: timeMs,
  previousClosedThroughMs: timeMs.nullable(),
  /** Batches. The name is that of stored plans. */
  pieces: z.array(closingBatchSchema),
  /** Clean files of hours that are still open. They are input of the next closing. */
  pending: z.array(z.object({ key: z.string(), rows: count })),
  /** `<arrivalMs>-<drop>` of every drop that was consumed within the redrive window. */
  consumedDrops: z.array(z.string()),
  /** Sums over the drops that this closing consumed. The data gates use them. */
  drops: z.object({ read: count, accepted: count, quarantined: byReason, refused: byReason }),
})
export type ClosingPlan = z.infer<typeof closingPlanSchema>

/**
 * `manifests/<scene>/closings/<through>/next.json`: everything that the plan of the next closing
 * depends on.
 */
export const closingSuccessorSchema = z.object({ closedThroughMs: timeMs, scheduledMs: timeMs })
export type ClosingSuccessor = z.infer<typeof closingSuccessorSchema>

/**
 * One shard of one day's samples. Laws: impressions = samples + sampledOut + Σ excluded; outcomes =
 * attributed + otherOutcome + repeated + orphaned + ofEarlierSet + Σ excludedOutcomes.
 */
export const sampleAccountSchema = z.object({
  impressions: count,
  samples: count,
  positives: count,
  /** Impressions that are drawn negatives. Absent if the log has negatives of its own. */
  synthetic: count.optional(),
  /** Negatives that sampling dropped. The weights of the kept negatives stand for them. */
  sampledOut: count,
  /** Impressions that verdicts exclude, by reason. Absent if there is none. */
  excluded: byReason.optional(),
  /** Σ trust of the samples. Absent if it equals `samples`. */
  trust: z.number().min(0).optional(),
  immature: count,
  /**
   * Σ over the impressions that no verdict excludes of the share of their outcomes that has arrived.
   * If absent, it equals their number.
   */
  known: z.number().min(0).optional(),
  outcomes: count,
  /** Outcomes of the objective that gave an impression its label. */
  attributed: count,
  /** Outcomes other than the scene's objective. */
  otherOutcome: count,
  /** Further outcomes of an impression that already has its label. */
  repeated: count,
  /** Outcomes without an impression in their attribution window. */
  orphaned: count,
  /**
   * Outcomes of impressions in an earlier day's set. They count in that set if they had arrived by
   * then. If not, the next full training corrects the label.
   */
  ofEarlierSet: count,
  /**
   * Outcomes that verdicts exclude, and outcomes of excluded impressions, by reason. They label
   * nothing. Absent if there is none.
   */
  excludedOutcomes: byReason.optional(),
})
export type SampleAccount = z.infer<typeof sampleAccountSchema>

/** One shard of one set. The stored name of these tasks is `samplePieces`. */
export const sampleTaskSchema = z.object({
  scene: z.string(),
  fromMs: timeMs,
  inputsDigest: z.string(),
  shard: count,
  shards: z.number().int().min(1),
  /** Closed files whose impressions become samples: the day's own, and those of its late lane. */
  impressionKeys: z.array(z.string()),
  /** Closed files that are read only for later outcomes. */
  outcomeKeys: z.array(z.string()),
  /** Closed files that are read only for earlier impressions, to attribute outcomes to them. */
  contextKeys: z.array(z.string()),
  /** Closed files that are read only for sequences. Absent if the scene has none. */
  historyKeys: z.array(z.string()).optional(),
  /** Each names a task of a closing, which has one further file for each series of states. */
  counterKeys: z.array(z.string()),
  /** Drops that no closing had folded at some instant of the set, see `openDropName`. */
  drops: z.array(z.string()).default([]),
  /** Event hours that values leave out, and from when on. */
  exclusions: z.array(z.object({ fromMs: timeMs, throughMs: timeMs, sinceMs: timeMs })).default([]),
  /** Clean item and user statements, the newest last. */
  entityKeys: z.array(z.string()),
  /** Outcomes that were closed through this instant are known. It decides `isMature`. */
  outcomesThroughMs: timeMs,
  /** Absent: no feature reads a space. */
  spaces: servedGenerationsSchema.optional(),
  /** Absent: no feature follows links of a knowledge graph. */
  graphs: servedGenerationsSchema.optional(),
  /** The snapshot with the verdicts that touch its hours. Null: no verdict does. */
  verdicts: pinnedVerdictsSchema.nullable().default(null),
})
export type SampleTask = z.infer<typeof sampleTaskSchema>

/** What one event hour added to a set, before sampling. `impressions` are those that no verdict excludes. */
const sampleHourSchema = sampleAccountSchema
  .pick({ impressions: true, positives: true, excluded: true })
  .extend({
    hourMs: timeMs,
    known: z.number().min(0),
    users: userCountsSchema.optional(),
    /** That with the most positives and excluded impressions of the hour. */
    drop: z.object({ drop: z.string(), events: count }).optional(),
  })
export type SampleHour = z.infer<typeof sampleHourSchema>

export const sampleFileSchema = z.object({ key: z.string(), rows: count, sha256: z.string() })
export const samplePartAccountSchema = z.object({
  file: sampleFileSchema,
  impressionKeys: z.array(z.string()),
  account: sampleAccountSchema,
  /** In ascending order. Hours without an impression are left out. */
  hours: z.array(sampleHourSchema).default([]),
  /** Absent if the scene has only pointwise samples. */
  kinds: partKindsSchema.optional(),
})
export type SamplePartAccount = z.infer<typeof samplePartAccountSchema>

export const sampleManifestSchema = z.object({
  scene: z.string(),
  fromMs: timeMs,
  inputsDigest: z.string(),
  /**
   * Closed files whose impressions this manifest accounts for. Each impression is a sample, is
   * sampled out, or is excluded by a verdict.
   */
  impressionKeys: z.array(z.string()),
  files: z.array(sampleFileSchema),
  account: sampleAccountSchema,
  hours: z.array(sampleHourSchema).default([]),
  kinds: setKindsSchema.optional(),
  erased: erasedSetSchema.optional(),
})
export type SampleManifest = z.infer<typeof sampleManifestSchema>
