import { z } from 'zod'
import { nameParts, partsSchema } from './part.ts'
import { rankingSchema, sanitySchema, scoresSchema } from './scores.ts'
import { isoSeconds, ms } from './time.ts'
import { armSchema, EXECUTORS, intervalSchema, tierSchema } from './training.ts'

/** Two tables, both keyed `pk` (string) and `sk` (string). Times are epoch milliseconds, UTC. */

const timeMs = z.number().int()
export const scenePk = (scene: string): string => `SCENE#${scene}`
export const VERSION_SK = 'VERSION#'
export const versionSk = (version: string): string => `${VERSION_SK}${version}`
export const SCORE_SK = 'SCORE#'
export const scoreSk = (version: string, throughMs: number, scoredBy: string): string =>
  `${SCORE_SK}${version}#${ms(throughMs)}#${scoredBy}`
export const RELEASE_SK = 'RELEASE#'
export const releaseSk = (sequence: number): string =>
  `${RELEASE_SK}${String(sequence).padStart(8, '0')}`
export const DECISION_SK = 'DECISION#'
/** One decision per (time, tier or command, subject): writing it twice writes the same row. */
export const decisionSk = (timeMs: number, subject: string): string =>
  `${DECISION_SK}${isoSeconds(timeMs)}#${subject}`
export const CURRENT_SK = 'CURRENT'

/**
 * `started` → `accepted` or `refused` by the gates, or `failed` when the job
 * itself did. Only accepted versions become parents.
 */
export const versionRowSchema = z.object({
  scene: z.string(),
  version: z.string(),
  tier: tierSchema,
  parent: z.string().nullable(),
  /** Hourly only: the full or daily that its chain stands on, and its artifact is a delta of. */
  base: z.string().nullable(),
  /** Hourly only: whose chain it is of. */
  arm: armSchema,
  executor: z.enum(EXECUTORS),
  /** The instance that it was given and why that one; absent in a Lambda, and in rows from before. */
  instance: z.string().optional(),
  /** Hourly only: the writer's token under which it was started. */
  fence: z.number().int().nullable(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  scheduledMs: timeMs,
  /** The closing whose events it could see; what was closed later is its children's late lane. */
  closedThroughMs: timeMs,
  /** Samples trained on, positives among them, and the impressions of the unsampled log. */
  rows: z.number().int(),
  positives: z.number().int(),
  impressions: z.number().int(),
  /** Of these impressions' outcomes the share that had come, summed; absent in rows from before it was counted. */
  known: z.number().optional(),
  /** Full and daily: how much more the positive rate varies between its hours than chance; absent as `known`. */
  dispersion: z.number().optional(),
  manifestDigest: z.string(),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  /** Of what the model's weights mean: only a version of the same shape is continued. */
  shapeDigest: z.string(),
  /** Of what its samples were made by: only sets of the same recipe are pinned. Empty where it is not known. */
  recipeDigest: z.string().default(''),
  jobName: z.string(),
  /** How often its run has started an interrupted job again. */
  restarts: z.number().int().default(0),
  status: z.enum(['started', 'accepted', 'refused', 'failed']),
  /** Why it was accepted, refused or failed; for a person. */
  reason: z.string(),
  modelKey: z.string().nullable(),
  modelSha256: z.string().nullable(),
  sanity: sanitySchema.nullable(),
  ranking: rankingSchema.optional(),
  isDeterministic: z.boolean(),
})
export type VersionRow = z.infer<typeof versionRowSchema>

/** How a version did on an interval, before that interval was trained on. */
export const scoreRowSchema = z.object({
  version: z.string(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  /** The version whose training run scored it. */
  scoredBy: z.string(),
  scores: scoresSchema,
})
export type ScoreRow = z.infer<typeof scoreRowSchema>

/**
 * What the online side resolves in one read: prepared in full, then pointed to by CURRENT. Rows from
 * before parts had names are read as well.
 */
export const releaseRowSchema = z.preprocess(
  nameParts,
  z.object({
    scene: z.string(),
    sequence: z.number().int().min(1),
    version: z.string(),
    dataThroughMs: timeMs,
    parts: partsSchema,
    preparedMs: timeMs,
    /**
     * The writer's token under which it was prepared: of two writers of one sequence, one of whom has
     * lost its lease, the later one's row stays. Absent in rows from before there was one.
     */
    fence: z.number().int().default(0),
  }),
)
export type ReleaseRow = z.infer<typeof releaseRowSchema>

/** Whom a release is tried on: users whose `unitInterval(user, seed)` (functions/math/hash.ts) lies below `share`. */
const canarySchema = z.object({
  sequence: z.number().int().min(1),
  version: z.string(),
  share: z.number().gt(0).lt(1),
  seed: z.number().int(),
  sinceMs: timeMs,
})
export type Canary = z.infer<typeof canarySchema>

/**
 * The one row of a scene that is contended for: what is served, and who may change it. Whoever
 * takes the lease or flips raises the fence; every change is one write on condition of the fence,
 * so a holder that was replaced changes nothing any more, and nobody writes over what he has not seen.
 */
export const currentRowSchema = z.object({
  sequence: z.number().int().min(1),
  /** Null: nothing is served; release `sequence` was withdrawn, and none stands before it. */
  version: z.string().nullable(),
  flippedMs: timeMs,
  /** Highest sequence so far: a rollback lowers `sequence`, never this. */
  lastSequence: z.number().int().min(1),
  fence: z.number().int().min(1),
  lease: z.object({ owner: z.string(), untilMs: timeMs }).nullable(),
  /** A release that some people are served on trial; all others are served `sequence`. */
  canary: canarySchema.nullable(),
})
export type CurrentRow = z.infer<typeof currentRowSchema>

export const DECISIONS = [
  'flip',
  'refusal',
  'rollback',
  'skip',
  'failure',
  'hold',
  'thaw',
  'exclusion',
  /** A canary that begins or moves on; its promotion; its end. */
  'canary',
  'promotion',
  'withdrawal',
] as const

/** What a hold stops: a tier's runs, by a person; or the chain on one base, after a rollback. */
export const HOLD_SK = 'HOLD#'
export const holdSk = (subject: string): string => `${HOLD_SK}${subject}`
export const holdRowSchema = z.object({
  subject: z.string(),
  isHeld: z.boolean(),
  sinceMs: timeMs,
  reason: z.string(),
})
export type HoldRow = z.infer<typeof holdRowSchema>

/** An interval of event time that nothing may learn from. */
export const EXCLUSION_SK = 'EXCLUSION#'
export const exclusionSk = ({ fromMs, throughMs }: { fromMs: number; throughMs: number }): string =>
  `${EXCLUSION_SK}${isoSeconds(fromMs)}#${isoSeconds(throughMs)}`
export const exclusionRowSchema = intervalSchema.extend({ timeMs, reason: z.string() })
export type ExclusionRow = z.infer<typeof exclusionRowSchema>

/** That a version's model or another part was deleted, or is about to be: a row of its own, which one writer has. */
const COLLECTION_SK = 'COLLECTION#'
export const collectionSk = (version: string): string => `${COLLECTION_SK}${version}`
export const collectionRowSchema = z.object({
  /** A version, or the key of an object that belongs to no version's files. */
  version: z.string(),
  /** Null: marked, and taken back before anything was deleted. */
  collectedMs: timeMs.nullable(),
  /** The writer's token: only who holds it takes the mark back. */
  fence: z.number().int(),
})
export type CollectionRow = z.infer<typeof collectionRowSchema>

export const decisionRowSchema = z.object({
  timeMs,
  kind: z.enum(DECISIONS),
  tier: z.string(),
  version: z.string().nullable(),
  /** Release sequence before and after; equal where nothing flipped. */
  from: z.number().int().nullable(),
  to: z.number().int().nullable(),
  reason: z.string(),
  evidence: z.record(z.string(), z.unknown()),
})
export type DecisionRow = z.infer<typeof decisionRowSchema>

/**
 * Online rows: closed counts of one entity, one row a closing. The reader sums the hour
 * buckets inside its window, so that windows expire when nothing happens.
 */
export const entityPk = (scene: string, kind: 'user' | 'item', id: string): string =>
  `${scene}#${kind}#${id}`
export const bucketSk = (closedThroughMs: number): string => `BUCKETS#${ms(closedThroughMs)}`
export const bucketRowSchema = z.object({
  /** event name → knowable hour (epoch hours, as a string) → count. */
  counts: z.record(z.string(), z.record(z.string(), z.number().int())),
  /** Epoch seconds, DynamoDB TTL: past the longest window. */
  expiresAt: z.number().int(),
})
export type BucketRow = z.infer<typeof bucketRowSchema>

/**
 * Marks, in the online table, of the closings whose counts are there: a release that was cut short
 * goes on after them. Counts of other features write over the rows, and so over the mark.
 */
export const countsPk = (scene: string): string => `${scene}#counts`
export const countedSk = ms
const countedRowSchema = z.object({
  /** Digest of the features that its rows were made for. */
  featureGeneration: z.string(),
  rows: z.number().int(),
  /** As its rows'. */
  expiresAt: z.number().int(),
})
export type CountedRow = z.infer<typeof countedRowSchema>

/**
 * What the catalogue last said of an entity. It sorts after the entity's bucket rows, so that one
 * query from a bucket on answers both.
 */
export const STATEMENT_SK = 'STATEMENT'
export const statementRowSchema = z.object({
  /** `<knowableMs, 13 digits>-<drop>-<row, 10 digits>`: of two statements the greater one stands. */
  order: z.string(),
  knowableMs: timeMs,
  /** JSON of its attributes by name: as text, since a table's numbers are not JSON's. */
  attributes: z.string(),
})
export type StatementRow = z.infer<typeof statementRowSchema>
export const statementOrder = (of: { knowableMs: number; drop: string; row: number }): string =>
  `${ms(of.knowableMs)}-${of.drop}-${String(of.row).padStart(10, '0')}`

/** Marks, in the online table, of the clean files whose statements are there: `sk` is the file's key. */
export const cataloguePk = (scene: string): string => `${scene}#catalogue`
const publishedFileRowSchema = z.object({ statements: z.number().int() })
export type PublishedFileRow = z.infer<typeof publishedFileRowSchema>
