import { z } from 'zod'
import {
  closingPieceSchema,
  sampleAccountSchema,
  sampleFileSchema,
  samplePieceSchema,
} from './accounts.ts'
import type { Columns } from './rows.ts'
import { sceneSchema } from './scene.ts'

/** What a run of a tier decides, what the container is told, and what it answers. */

const timeMs = z.number().int()
export const TIERS = ['full', 'daily'] as const
export const tierSchema = z.enum(TIERS)
export type Tier = z.infer<typeof tierSchema>

/** Input of the state machine: EventBridge Scheduler fills in `<aws.scheduler.scheduled-time>`. */
export const runRequestSchema = z.object({
  scene: z.string(),
  tier: tierSchema,
  /** ISO 8601, as the scheduler writes it. */
  scheduledTime: z.iso.datetime({ offset: true }),
})
export type RunRequest = z.infer<typeof runRequestSchema>

/** The samples of one event day that a run will train on. */
export const runDaySchema = z.object({
  dayMs: timeMs,
  inputsDigest: z.string(),
  shards: z.number().int().min(1),
})

/** `manifests/<scene>/runs/<tier>-<scheduled>.json`: a value that a test can look at. */
export const runPlanSchema = z.object({
  scene: z.string(),
  /** What the schedule asked for, and what the run will do: `daily` without a parent runs as `full`. */
  requestedTier: tierSchema,
  tier: tierSchema,
  tierReason: z.string(),
  scheduledMs: timeMs,
  /** Null when there is something to train; otherwise why this run ends here. */
  skip: z.string().nullable(),
  closedThroughMs: timeMs,
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  parent: z.string().nullable(),
  /** Versions that end where this interval begins: scored on it before it is trained on. */
  rivals: z.array(z.string()),
  /** Full only: rows from here on are scored by the candidate before it trains on them. */
  holdoutFromMs: timeMs.nullable(),
  closingPieces: z.array(closingPieceSchema),
  days: z.array(runDaySchema),
  samplePieces: z.array(samplePieceSchema),
  codeDigest: z.string(),
  configurationDigest: z.string(),
})
export type RunPlan = z.infer<typeof runPlanSchema>

/** What the state machine carries between its steps: small, the plan itself stays in S3. */
export const runStateSchema = z.object({
  scene: z.string(),
  tier: tierSchema,
  scheduledTime: z.string(),
  planKey: z.string(),
  skip: z.string().nullable(),
  /** Indices into the plan's pieces; each Map iteration gets one. */
  closingPieces: z.array(z.number().int()),
  samplePieces: z.array(z.number().int()),
})
export type RunState = z.infer<typeof runStateSchema>
export const pieceRequestSchema = z.object({ planKey: z.string(), piece: z.number().int().min(0) })
export type PieceRequest = z.infer<typeof pieceRequestSchema>

/** `models/<scene>/<version>/manifest.json`: the exact samples, in training order of days. */
export const versionManifestSchema = z.object({
  scene: z.string(),
  version: z.string(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  days: z.array(
    z.object({ dayMs: timeMs, inputsDigest: z.string(), files: z.array(sampleFileSchema) }),
  ),
  account: sampleAccountSchema,
})
export type VersionManifest = z.infer<typeof versionManifestSchema>

/** `run.json` in the container's `run` channel. Paths are relative to their channel's folder. */
export const trainingRunSchema = z.object({
  configuration: sceneSchema,
  version: z.string(),
  tier: tierSchema,
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  holdoutFromMs: timeMs.nullable(),
  parent: z.object({ version: z.string(), path: z.string() }).nullable(),
  rivals: z.array(z.object({ version: z.string(), path: z.string() })),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  manifestDigest: z.string(),
})
export type TrainingRun = z.infer<typeof trainingRunSchema>

/** Channels of the training job: folders under `/opt/ml/input/data/`. */
export const CHANNELS = { run: 'run', samples: 'samples', models: 'models' } as const

const metric = z.number().nullable()
/** Scores of one model on one interval's rows; a null metric has its reason in `undefinedBecause`. */
export const scoresSchema = z.object({
  rows: z.number().int(),
  positives: z.number().int(),
  /** Area under the ROC curve, weighted, ties counted half. */
  auc: metric,
  /** Mean negative log-likelihood in nats, weighted. */
  logLoss: metric,
  /** Log loss over the entropy of the mean label (He et al. 2014, equation 1). */
  normalizedEntropy: metric,
  /** Mean prediction over mean label. */
  calibrationRatio: metric,
  undefinedBecause: z.record(z.string(), z.string()),
})
export type Scores = z.infer<typeof scoresSchema>

export const sanitySchema = z.object({
  isFinite: z.boolean(),
  /** L2 norm of the weights, and of the parent's where there is one. */
  norm: z.number(),
  parentNorm: z.number().nullable(),
  slots: z.number().int(),
  /** Mean and 1st, 50th, 99th percentile of the final weights' predictions on the interval. */
  predictions: z.object({ mean: metric, p01: metric, p50: metric, p99: metric }),
})
export type Sanity = z.infer<typeof sanitySchema>

/** `result.json` beside `predictions.parquet` in the container's output. */
export const trainingResultSchema = z.object({
  version: z.string(),
  rows: z.number().int(),
  positives: z.number().int(),
  scoredFromMs: timeMs,
  scoredThroughMs: timeMs,
  /**
   * Versions that were scored, on rows that they had not been trained on. Rivals are frozen. The
   * candidate itself comes last: an increment by progressive validation (each row scored just
   * before the update on it), a full on its holdout, by the weights that ended before it.
   */
  scorers: z.array(z.string()),
  scores: z.record(z.string(), scoresSchema),
  sanity: sanitySchema,
  modelSha256: z.string(),
})
export type TrainingResult = z.infer<typeof trainingResultSchema>

/**
 * `predictions.parquet`, training order: one row a scored sample, and a `float` column `p_<i>`
 * for the i-th of the result's `scorers`.
 */
export const PREDICTION_COLUMNS = {
  sample: 'string',
  user: 'string',
  timeMs: 'time',
  label: 'int',
  weight: 'float',
} as const satisfies Columns
