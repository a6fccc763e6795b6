import { z } from 'zod'
import {
  closingPieceSchema,
  sampleAccountSchema,
  sampleFileSchema,
  samplePieceSchema,
} from './accounts.ts'
import type { Columns } from './rows.ts'
import { sceneSchema } from './scene.ts'
import { rankingSchema, sanitySchema, scoresSchema } from './scores.ts'

/** What a run of a tier decides, what the container is told, and what it answers. */

const timeMs = z.number().int()
export const TIERS = ['full', 'daily', 'hourly'] as const
export const tierSchema = z.enum(TIERS)
export type Tier = z.infer<typeof tierSchema>

/**
 * Whose chain an hourly run grows: the one that is served, or the one on trial (the candidate for a
 * trial, before it has begun).
 */
const ARMS = ['served', 'canary'] as const
export const armSchema = z.enum(ARMS).default('served')
export type Arm = (typeof ARMS)[number]

/** A training job on SageMaker, or, of our own trainer, the same code in a Lambda. */
export const EXECUTORS = ['sagemaker', 'lambda'] as const
export type Executor = (typeof EXECUTORS)[number]
/**
 * What the models of our own trainer hold beside their weights (FTRL's z and n, AdaGrad's sums of
 * squares). An image that leaves and continues the same may call its state so too.
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
  /** Hours that this run's data gates have set aside: it is planned again without them. */
  aside: z.array(intervalSchema).optional(),
})
export type RunRequest = z.infer<typeof runRequestSchema>

/** The samples of one event day, or of one hour for an hourly increment, that a run will train on. */
const runSetSchema = z.object({
  fromMs: timeMs,
  inputsDigest: z.string(),
  shards: z.number().int().min(1),
})

/** `manifests/<scene>/runs/<tier>-<scheduled>.json`: a value that a test can look at. */
export const runPlanSchema = z.object({
  scene: z.string(),
  /** What the schedule asked for, and what the run will do: `daily` without a parent runs as `full`. */
  requestedTier: tierSchema,
  tier: tierSchema,
  arm: armSchema,
  tierReason: z.string(),
  scheduledMs: timeMs,
  /** Null when there is something to train; otherwise why this run ends here. */
  skip: z.string().nullable(),
  closedThroughMs: timeMs,
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  parent: z.string().nullable(),
  /** Hourly only: the full or daily that its chain stands on. */
  base: z.string().nullable(),
  /** Where it trains, and why there. */
  executor: z.enum(EXECUTORS),
  executorReason: z.string(),
  /** Whether our own trainer trains: what another image needs is not known. Ours where absent. */
  isOwnImage: z.boolean().optional(),
  /** Hourly only: the writer's token; a flip under an older one does not happen. */
  fence: z.number().int().nullable(),
  /** Intervals that an operator has taken out of the log, and those that the data gates have set aside. */
  exclusions: z.array(intervalSchema),
  /** The latter, where the run was planned again for them. */
  aside: z.array(intervalSchema).optional(),
  /** Versions that end where this interval begins: scored on it before it is trained on. */
  rivals: z.array(z.string()),
  /** Full only: rows from here on are scored by the candidate before it trains on them. */
  holdoutFromMs: timeMs.nullable(),
  closingPieces: z.array(closingPieceSchema),
  /** What the lineage was trained on of late: what a positive rate is compared with. */
  expected: z.object({
    impressions: z.number().int(),
    /** Σ known over them; absent where it was not counted for all. */
    known: z.number().optional(),
    positives: z.number().int(),
    /** How much more its hours vary than chance; absent where it was not measured. */
    dispersion: z.number().optional(),
  }),
  sets: z.array(runSetSchema),
  samplePieces: z.array(samplePieceSchema),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  shapeDigest: z.string(),
  /** Of what its samples are made by; empty in plans from before there was one. */
  recipeDigest: z.string().default(''),
})
export type RunPlan = z.infer<typeof runPlanSchema>

/** SageMaker's "Training Job State Change" event, as far as it is read. */
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

/** What the state machine carries between its steps: small, the plan itself stays in S3. */
export const runStateSchema = z.object({
  scene: z.string(),
  tier: tierSchema,
  scheduledTime: z.string(),
  planKey: z.string(),
  skip: z.string().nullable(),
  /** Indices into the plan's pieces, of closing into the tasks of them; each Map iteration gets one. */
  closingPieces: z.array(z.number().int()),
  samplePieces: z.array(z.number().int()),
})
export type RunState = z.infer<typeof runStateSchema>
export const pieceRequestSchema = z.object({ planKey: z.string(), piece: z.number().int().min(0) })

/** `models/<scene>/<version>/manifest.json`: the exact samples, in order of their time. */
export const versionManifestSchema = z.object({
  scene: z.string(),
  version: z.string(),
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  sets: z.array(
    z.object({ fromMs: timeMs, inputsDigest: z.string(), files: z.array(sampleFileSchema) }),
  ),
  exclusions: z.array(intervalSchema),
  account: sampleAccountSchema,
})
export type VersionManifest = z.infer<typeof versionManifestSchema>

/** A model in the `models` channel; `base` is the model that it is a delta of. */
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
  /** What the artifact is a delta of; null for a whole model. */
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
   * Versions that were scored, on rows that they had not been trained on. Rivals are frozen. The
   * candidate itself comes last: an increment by progressive validation (each row scored just
   * before the update on it), a full on its holdout, by the weights that ended before it.
   */
  scorers: z.array(z.string()),
  scores: z.record(z.string(), scoresSchema),
  /** A full of a log without impressions: the candidate's, before it learned what is left out. */
  ranking: rankingSchema.optional(),
  sanity: sanitySchema,
  modelSha256: z.string(),
})
export type TrainingResult = z.infer<typeof trainingResultSchema>

/** One gate's answer, for a machine and for the person who is called at night. */
const verdictSchema = z.object({
  gate: z.string(),
  passed: z.boolean(),
  reason: z.string(),
  numbers: z.record(z.string(), z.number().nullable()),
})
export type Verdict = z.infer<typeof verdictSchema>

/** Log loss of one version less another's on one interval's rows, summed by user. */
const pairedLossSchema = z.object({
  ours: z.string(),
  theirs: z.string(),
  /** Parallel: a user, Σ weight × difference (nats), Σ weight. */
  users: z.array(z.string()),
  differences: z.array(z.number()),
  weights: z.array(z.number()),
})
export type PairedLoss = z.infer<typeof pairedLossSchema>

/** What people did, summed by user. */
const ratesSchema = z.object({
  users: z.array(z.string()),
  /** Parallel: Σ weight × label, and Σ weight. */
  positives: z.array(z.number()),
  weights: z.array(z.number()),
})
export type Rates = z.infer<typeof ratesSchema>

/** An interval as the two arms' own logs tell it. */
const trialSchema = z.object({
  throughMs: timeMs,
  /** Impressions that the canary ranked, and those that the served release did. */
  canary: ratesSchema,
  served: ratesSchema,
  /** Log loss of the canary's chain less that of the served one, on what the canary ranked. */
  loss: pairedLossSchema.nullable(),
})
export type Trial = z.infer<typeof trialSchema>

/** What a judgement comes to; `started`, `failed` and `ignored` leave no evaluation. */
const VERDICTS = ['accepted', 'refused', 'relapsed', 'promoted', 'withdrawn'] as const

/** `models/<scene>/<version>/evaluation.json`. */
export const evaluationSchema = z.object({
  result: trainingResultSchema,
  verdicts: z.array(verdictSchema),
  /** Hourly only: the arm's released chain against its base, on the rows of this version's interval. */
  served: pairedLossSchema.nullable(),
  /** What the arm has released against the constant prediction, where it was scored on these rows. */
  constant: pairedLossSchema.nullable().default(null),
  /** Only while its chain is on trial. */
  trial: trialSchema.nullable(),
  verdict: z.enum(VERDICTS),
  reason: z.string(),
})
export type Evaluation = z.infer<typeof evaluationSchema>

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
  release: 'string',
} as const satisfies Columns
