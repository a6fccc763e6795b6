import { z } from 'zod'

/**
 * The environment of every function, declared once: `cdk/` fills it in together with the grant,
 * the composition root of the function parses it. Buckets and tables are names, not ARNs.
 */
const name = z.string().min(1)
const common = {
  CODE_DIGEST: name,
  /** Of its metrics: one a deployment, so that two in one account do not add up. */
  METRICS_NAMESPACE: name,
}

export const environments = {
  intake: z.object({
    ...common,
    RAW_BUCKET: name,
    LAKE_BUCKET: name,
    QUARANTINE_BUCKET: name,
    IDENTITY_SECRET: name,
    /** URL of the queue for drops that no retry will mend. */
    FAILED_DROPS: name,
    /** Bounds of its heap: what keeps it within its memory for any object. */
    NODE_OPTIONS: name,
  }),
  plan: z.object({
    ...common,
    LAKE_BUCKET: name,
    MODELS_BUCKET: name,
    REGISTRY_TABLE: name,
    /** Of the code that makes samples and of the training image: what its results depend on. */
    SAMPLES_DIGEST: name,
    TRAINER_DIGEST: name,
    /** What that image's models can be continued by: OWN_STATE, or another image's own. */
    TRAINER_STATE: name,
    /** Whether there is a function that increments: our own trainer's code, for no other image. */
    INCREMENT_FUNCTION: z.enum(['deployed', 'absent']),
    /** ARN pattern of the jobs that it looks up. */
    TRAINING_JOBS: name,
  }),
  close: z.object({ ...common, LAKE_BUCKET: name }),
  samples: z.object({ ...common, LAKE_BUCKET: name }),
  start: z.object({
    ...common,
    LAKE_BUCKET: name,
    MODELS_BUCKET: name,
    MODELS_KEY: name,
    REGISTRY_TABLE: name,
    TRAINER_DIGEST: name,
    TRAINING_IMAGE: name,
    TRAINING_ROLE: name,
  }),
  increment: z.object({ ...common, LAKE_BUCKET: name, MODELS_BUCKET: name }),
  evaluate: z.object({ ...common, MODELS_BUCKET: name, REGISTRY_TABLE: name }),
  release: z.object({
    ...common,
    LAKE_BUCKET: name,
    MODELS_BUCKET: name,
    REGISTRY_TABLE: name,
    ONLINE_TABLE: name,
  }),
  lineage: z.object({ ...common, REGISTRY_TABLE: name }),
  explain: z.object({ ...common, MODELS_BUCKET: name, REGISTRY_TABLE: name }),
  promote: z.object({ ...common, MODELS_BUCKET: name, REGISTRY_TABLE: name }),
  rollback: z.object({ ...common, REGISTRY_TABLE: name }),
  freeze: z.object({ ...common, REGISTRY_TABLE: name }),
  thaw: z.object({ ...common, REGISTRY_TABLE: name }),
  exclude: z.object({
    ...common,
    LAKE_BUCKET: name,
    MODELS_BUCKET: name,
    REGISTRY_TABLE: name,
    /** ARN of the state machine that a run is an execution of. */
    RUN_FLOW: name,
  }),
  run: z.object({ ...common, RUN_FLOW: name }),
  collect: z.object({ ...common, MODELS_BUCKET: name, REGISTRY_TABLE: name }),
  report: z.object({ ...common, LAKE_BUCKET: name, MODELS_BUCKET: name, REGISTRY_TABLE: name }),
} as const
export type StageName = keyof typeof environments
export type Environment<S extends StageName> = z.infer<(typeof environments)[S]>

/** Metadata keys of a raw object (S3 lower-cases them). */
export const DROP_METADATA = {
  /** One of ADAPTERS in functions/intake/adapters/formats.ts; else the key's `format=` part, else `jsonl`. */
  format: 'quartermaster-format',
  /** Of format `csv`: which of the scene's `logs.mappings`; else the key's `mapping=` part. */
  mapping: 'quartermaster-mapping',
  /** Where rows have no time but their order: how many of the log stand before this object's first. */
  firstRow: 'quartermaster-first-row',
  /** Where several sources share one scene: prefixes their item ids. */
  source: 'quartermaster-source',
} as const
