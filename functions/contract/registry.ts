import { z } from 'zod'
import type { Statement } from './anticheat.ts'
import { nameParts, partsSchema } from './part.ts'
import { removedSchema } from './removed.ts'
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
/**
 * The key of a decision is its time and its subject. Writing a decision twice writes the same row.
 */
export const decisionSk = (timeMs: number, subject: string): string =>
  `${DECISION_SK}${isoSeconds(timeMs)}#${subject}`
export const CURRENT_SK = 'CURRENT'

/**
 * The status goes from `started` to `accepted` or `refused` by the gates, or to `failed` if the job
 * itself failed. Only accepted versions become parents.
 */
export const versionRowSchema = z.object({
  scene: z.string(),
  version: z.string(),
  tier: tierSchema,
  parent: z.string().nullable(),
  /**
   * Hourly only: the full or daily at the start of its chain. Its artifact is a delta of that
   * model.
   */
  base: z.string().nullable(),
  /**
   * Hourly only: the chain that it belongs to, the champion's (`served`) or the challenger's
   * (`canary`).
   */
  arm: armSchema,
  executor: z.enum(EXECUTORS),
  /** The instance type and why it was chosen. Absent for a Lambda and in older rows. */
  instance: z.string().optional(),
  /** Hourly only: the writer's fence token when the version was started. */
  fence: z.number().int().nullable(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  scheduledMs: timeMs,
  /**
   * The newest closing that this version could see. Its children take later closings in their late
   * lane.
   */
  closedThroughMs: timeMs,
  /**
   * Samples trained on, positives among them, and impressions before sampling that no verdict
   * excludes.
   */
  rows: z.number().int(),
  positives: z.number().int(),
  impressions: z.number().int(),
  /**
   * Σ over these impressions of the share of their outcomes that had arrived. Absent in older rows.
   */
  known: z.number().optional(),
  /**
   * Full and daily: how much more the positive rate varies between hours than by chance. Absent in
   * older rows.
   */
  dispersion: z.number().optional(),
  /** What cheats took from its interval. Absent in older rows. */
  removed: removedSchema.optional(),
  manifestDigest: z.string(),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  /** Digest of what the weights mean. A version continues only a version of the same shape. */
  shapeDigest: z.string(),
  /**
   * Digest of how its samples were made. Only sets of the same recipe are pinned. Empty if unknown.
   */
  recipeDigest: z.string().default(''),
  jobName: z.string(),
  /** How often its run restarted an interrupted job. */
  restarts: z.number().int().default(0),
  status: z.enum(['started', 'accepted', 'refused', 'failed']),
  /** Why it was accepted, refused or failed; for people. */
  reason: z.string(),
  modelKey: z.string().nullable(),
  modelSha256: z.string().nullable(),
  sanity: sanitySchema.nullable(),
  ranking: rankingSchema.optional(),
  isDeterministic: z.boolean(),
})
export type VersionRow = z.infer<typeof versionRowSchema>

/** The scores of a version on an interval, before that interval was trained on. */
export const scoreRowSchema = z.object({
  version: z.string(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  /** The version whose training run computed the scores. */
  scoredBy: z.string(),
  scores: scoresSchema,
})
export type ScoreRow = z.infer<typeof scoreRowSchema>

/**
 * What the online side resolves in one read. The row is written in full before CURRENT points to
 * it. Rows of before, which had no named parts, are read as well.
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
     * The writer's fence token. If a writer that lost its lease and a later writer prepare the same
     * sequence, the row of the later one stays. 0 in older rows.
     */
    fence: z.number().int().default(0),
  }),
)
export type ReleaseRow = z.infer<typeof releaseRowSchema>

/**
 * The users of a canary: those whose `unitInterval(user, seed)` (functions/math/hash.ts) is below
 * `share`.
 */
const canarySchema = z.object({
  sequence: z.number().int().min(1),
  version: z.string(),
  share: z.number().gt(0).lt(1),
  seed: z.number().int(),
  sinceMs: timeMs,
})
export type Canary = z.infer<typeof canarySchema>

/**
 * What a scene serves, and which writer may change it. This is the only row that writers compete
 * for. Taking the lease and flipping both raise the fence. Every change is one conditional write on
 * the fence. So a writer that was replaced cannot change anything, and no writer overwrites a row
 * that it has not read.
 */
export const currentRowSchema = z.object({
  sequence: z.number().int().min(1),
  /**
   * Null if nothing is served: release `sequence` was withdrawn, and there is no release before it.
   */
  version: z.string().nullable(),
  flippedMs: timeMs,
  /** Highest sequence so far. A rollback lowers `sequence`, never this field. */
  lastSequence: z.number().int().min(1),
  fence: z.number().int().min(1),
  lease: z.object({ owner: z.string(), untilMs: timeMs }).nullable(),
  /** A release on trial for some users. All other users get release `sequence`. */
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
  /** A canary that starts or moves on, its promotion, and its end. */
  'canary',
  'promotion',
  'withdrawal',
  /** An operator's statement about a user or an item. */
  'flag',
  'clear',
  /** A person was erased. */
  'erasure',
] as const

/** A hold stops a tier's runs, by an operator, or stops the chain on one base, after a rollback. */
export const HOLD_SK = 'HOLD#'
export const holdSk = (subject: string): string => `${HOLD_SK}${subject}`
export const holdRowSchema = z.object({
  subject: z.string(),
  isHeld: z.boolean(),
  sinceMs: timeMs,
  reason: z.string(),
})
export type HoldRow = z.infer<typeof holdRowSchema>

/** An interval of event time that no run may learn from. */
export const EXCLUSION_SK = 'EXCLUSION#'
export const exclusionSk = ({ fromMs, throughMs }: { fromMs: number; throughMs: number }): string =>
  `${EXCLUSION_SK}${isoSeconds(fromMs)}#${isoSeconds(throughMs)}`
export const exclusionRowSchema = intervalSchema.extend({ timeMs, reason: z.string() })
export type ExclusionRow = z.infer<typeof exclusionRowSchema>

/** What an operator said about a user, an item, a drop or an hour. Statements are never changed. */
export const STATEMENT_SK = 'STATEMENT#'
export const statementSk = (said: Statement): string =>
  `${STATEMENT_SK}${ms(said.saidMs)}#${said.kind}#${said.fromMs}#${said.throughMs}#${said.subject}#${said.id}#${said.item ?? ''}`

/** Marks that a version's model was deleted, or is about to be. One writer owns the row. */
const COLLECTION_SK = 'COLLECTION#'
export const collectionSk = (version: string): string => `${COLLECTION_SK}${version}`
export const collectionRowSchema = z.object({
  /** A version, or the key of an object that belongs to no version's files. */
  version: z.string(),
  /** Null if the mark was cancelled before anything was deleted. */
  collectedMs: timeMs.nullable(),
  /** The writer's fence token. Only its holder may cancel the mark. */
  fence: z.number().int(),
})
export type CollectionRow = z.infer<typeof collectionRowSchema>

export const decisionRowSchema = z.object({
  timeMs,
  kind: z.enum(DECISIONS),
  tier: z.string(),
  version: z.string().nullable(),
  /** Release sequence before and after. They are equal if nothing flipped. */
  from: z.number().int().nullable(),
  to: z.number().int().nullable(),
  reason: z.string(),
  evidence: z.record(z.string(), z.unknown()),
})
export type DecisionRow = z.infer<typeof decisionRowSchema>
