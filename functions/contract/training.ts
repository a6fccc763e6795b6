import { z } from 'zod'
import {
  closingBatchSchema,
  sampleAccountSchema,
  sampleFileSchema,
  sampleTaskSchema,
} from './accounts.ts'
import { pinnedVerdictsSchema } from './pinned-verdicts.ts'
import { removedSchema } from './removed.ts'
import type { Columns } from './rows.ts'
import { setKindsSchema } from './sample-kinds.ts'
import { sceneSchema } from './scene.ts'
import { rankingSchema, sanitySchema, scoresSchema } from './scores.ts'
import { pairedLossSchema, trialSchema } from './trials.ts'
import { foldPlanSchema } from './values.ts'
import { screenPlanSchema } from './verdicts.ts'

export type { PairedLoss, Rates, Trial } from './trials.ts'

/** What a run of a tier decides, what the container receives, and what it returns. */

const timeMs = z.number().int()
export const TIERS = ['full', 'daily', 'hourly'] as const
export const tierSchema = z.enum(TIERS)
export type Tier = z.infer<typeof tierSchema>

/**
 * The chain that an hourly run grows: the champion's (`served`), or the challenger's (`canary`).
 * The candidate for a trial counts as challenger before the trial begins. The stored name of this
 * field is `arm`.
 */
const ARMS = ['served', 'canary'] as const
export const armSchema = z.enum(ARMS).default('served')
export type Arm = (typeof ARMS)[number]

/** A SageMaker training job, or, for our own trainer, the same code in a Lambda. */
export const EXECUTORS = ['sagemaker', 'lambda'] as const
export type Executor = (typeof EXECUTORS)[number]
/**
 * The name of the training state in the models of our own trainer (FTRL's z and n, AdaGrad's sums
 * of squares). An image that writes and continues the same state may use this name.
 */
export const OWN_STATE = 'quartermaster'
export const intervalSchema = z.object({ fromMs: timeMs, throughMs: timeMs })
export type Interval = z.infer<typeof intervalSchema>

/** Input of the state machine: EventBridge Scheduler fills in `<aws.scheduler.scheduled-time>`. */
export const runRequestSchema = z.object({
  scene: z.string(),
  tier: tierSchema,
  /** Hourly only. */
  arm: armSchema,
  /** ISO 8601, as the scheduler writes it. */
  scheduledTime: z.iso.datetime({ offset: true }),
  /**
   * Hours that the data gates of this run excluded (stored as `aside`). The run is planned again
   * without them.
   */
  aside: z.array(intervalSchema).optional(),
})
export type RunRequest = z.infer<typeof runRequestSchema>

/** The samples of one event day, or of one hour for an hourly increment, that a run trains on. */
const runSetSchema = z.object({
  fromMs: timeMs,
  inputsDigest: z.string(),
  shards: z.number().int().min(1),
  /** The snapshot with the verdicts that touch its hours. Absent: no verdict does. */
  verdicts: pinnedVerdictsSchema.optional(),
})

/** `manifests/<scene>/runs/<tier>-<scheduled>.json`: the plan of a run. */
export const runPlanSchema = z.object({
  scene: z.string(),
  /**
   * The tier of the schedule, and the tier that runs: a `daily` without a parent runs as `full`.
   */
  requestedTier: tierSchema,
  tier: tierSchema,
  arm: armSchema,
  tierReason: z.string(),
  scheduledMs: timeMs,
  /** Why this run ends here. Null if there is something to train. */
  skip: z.string().nullable(),
  closedThroughMs: timeMs,
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  parent: z.string().nullable(),
  /** Hourly only: the full or daily at the start of its chain. */
  base: z.string().nullable(),
  /** Where it trains, and why. */
  executor: z.enum(EXECUTORS),
  executorReason: z.string(),
  /** Whether our own trainer trains: the needs of another image are unknown. True if absent. */
  isOwnImage: z.boolean().optional(),
  /** Hourly only: the writer's fence token. A flip with an older token fails. */
  fence: z.number().int().nullable(),
  /** Intervals that an operator excluded, and those that the data gates excluded. */
  exclusions: z.array(intervalSchema),
  /** Those that the data gates excluded, if the run was planned again because of them. */
  aside: z.array(intervalSchema).optional(),
  /**
   * Other versions that end where this interval begins, such as champion and challenger. They are
   * scored on the interval before it is trained on. The stored name is `rivals`.
   */
  rivals: z.array(z.string()),
  /** Full only: the candidate scores rows from here on before it trains on them. */
  holdoutFromMs: timeMs.nullable(),
  closingPieces: z.array(closingBatchSchema),
  /** What is screened after closing. Null if nothing is; absent in older plans. */
  screen: screenPlanSchema.nullable().optional(),
  /** How the online rows take in the closing. Null if they have; absent in older plans. */
  fold: foldPlanSchema.nullable().optional(),
  /** Recent counts of the lineage. A new positive rate is compared with them. */
  expected: z.object({
    impressions: z.number().int(),
    /** Σ known over these impressions. Absent if it was not counted for all of them. */
    known: z.number().optional(),
    positives: z.number().int(),
    /**
     * How much more the rate varies between hours than by chance. Absent if it was not measured.
     */
    dispersion: z.number().optional(),
  }),
  /** What cheats took from earlier intervals of its tier, the newest first. */
  removedBefore: z.array(removedSchema).optional(),
  /** The snapshot of verdicts that it pins. Absent: there is none, or the scene uses none. */
  verdicts: pinnedVerdictsSchema.optional(),
  sets: z.array(runSetSchema),
  samplePieces: z.array(sampleTaskSchema),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  shapeDigest: z.string(),
  /** Digest of how its samples are made. Empty in older plans. */
  recipeDigest: z.string().default(''),
})
export type RunPlan = z.infer<typeof runPlanSchema>

/** SageMaker's "Training Job State Change" event: the fields that are read. */
export const jobEventSchema = z.object({
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    TrainingJobName: z.string(),
    TrainingJobStatus: z.string(),
    SecondaryStatus: z.string().optional(),
    FailureReason: z.string().optional(),
  }),
})
export type JobEvent = z.infer<typeof jobEventSchema>

/** What the state machine passes between its steps. It is small; the plan stays in S3. */
export const runStateSchema = z.object({
  scene: z.string(),
  tier: tierSchema,
  scheduledTime: z.string(),
  planKey: z.string(),
  skip: z.string().nullable(),
  /**
   * Numbers of the plan's tasks: of closing, one for each batch or shard of a batch; of samples,
   * one for each shard. Each Map iteration gets one. The stored names say `pieces`.
   */
  closingPieces: z.array(z.number().int()),
  /** Numbers of the shards of a screening. Empty: this run screens nothing. */
  screenPieces: z.array(z.number().int()).default([]),
  /** Numbers of the fold's tasks of states, and of its shards. */
  statePieces: z.array(z.number().int()),
  foldPieces: z.array(z.number().int()),
  samplePieces: z.array(z.number().int()),
})
export type RunState = z.infer<typeof runStateSchema>
export const taskRequestSchema = z.object({ planKey: z.string(), piece: z.number().int().min(0) })

/** `models/<scene>/<version>/manifest.json`: the exact samples, in order of time. */
export const versionManifestSchema = z.object({
  scene: z.string(),
  version: z.string(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  sets: z.array(
    z.object({
      fromMs: timeMs,
      inputsDigest: z.string(),
      files: z.array(sampleFileSchema),
      verdicts: pinnedVerdictsSchema.optional(),
      kinds: setKindsSchema.optional(),
    }),
  ),
  exclusions: z.array(intervalSchema),
  account: sampleAccountSchema,
})
export type VersionManifest = z.infer<typeof versionManifestSchema>

/** A model in the `models` channel. `base` is the model that it is a delta of. */
const modelFileSchema = z.object({
  version: z.string(),
  path: z.string(),
  basePath: z.string().nullable(),
})
export type ModelFile = z.infer<typeof modelFileSchema>

/** `run.json` in the container's `run` channel. Paths are relative to their channel's folder. */
export const trainingRunSchema = z.object({
  configuration: sceneSchema,
  version: z.string(),
  tier: tierSchema,
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  holdoutFromMs: timeMs.nullable(),
  parent: modelFileSchema.nullable(),
  rivals: z.array(modelFileSchema),
  /** The model that the artifact is a delta of. Null for a whole model. */
  base: modelFileSchema.nullable(),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  manifestDigest: z.string(),
})
export type TrainingRun = z.infer<typeof trainingRunSchema>

/** Channels of the training job: folders under `/opt/ml/input/data/`. */
export const CHANNELS = { run: 'run', samples: 'samples', models: 'models' } as const

/** `result.json` beside `predictions.parquet` in the container's output. */
export const trainingResultSchema = z.object({
  version: z.string(),
  rows: z.number().int(),
  positives: z.number().int(),
  scoredFromMs: timeMs,
  scoredThroughMs: timeMs,
  /**
   * Versions that were scored, on rows that they had not been trained on. Those of `rivals` do not
   * learn. The candidate comes last. An increment is scored by progressive validation: each row
   * just before the update on it. A full is scored on its holdout, by the weights before the
   * holdout.
   */
  scorers: z.array(z.string()),
  scores: z.record(z.string(), scoresSchema),
  /**
   * For a full of a log without impressions: the candidate's ranking before it learned the held-out
   * choices.
   */
  ranking: rankingSchema.optional(),
  sanity: sanitySchema,
  modelSha256: z.string(),
})
export type TrainingResult = z.infer<typeof trainingResultSchema>

/** The answer of one gate, for machines and for the operator on call. */
const verdictSchema = z.object({
  gate: z.string(),
  passed: z.boolean(),
  reason: z.string(),
  numbers: z.record(z.string(), z.number().nullable()),
})
export type Verdict = z.infer<typeof verdictSchema>

/** The result of a judgement. `started`, `failed` and `ignored` leave no evaluation. */
const VERDICTS = ['accepted', 'refused', 'relapsed', 'promoted', 'withdrawn'] as const

/** `models/<scene>/<version>/evaluation.json`. */
export const evaluationSchema = z.object({
  result: trainingResultSchema,
  verdicts: z.array(verdictSchema),
  /** Hourly only: the released chain against its base, on the rows of this version's interval. */
  served: pairedLossSchema.nullable(),
  /** The released version against the constant prediction, if it was scored on these rows. */
  constant: pairedLossSchema.nullable().default(null),
  /** Set only during a trial. */
  trial: trialSchema.nullable(),
  verdict: z.enum(VERDICTS),
  reason: z.string(),
})
export type Evaluation = z.infer<typeof evaluationSchema>

/**
 * `predictions.parquet`, in training order: one row per scored sample. A `float` column `p_<i>`
 * holds the prediction of the i-th of the result's `scorers`.
 */
export const PREDICTION_COLUMNS = {
  sample: 'string',
  user: 'string',
  timeMs: 'time',
  label: 'int',
  weight: 'float',
  release: 'string',
} as const satisfies Columns
