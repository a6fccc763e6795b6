import { z } from 'zod'
import { anticheatSchema } from './anticheat.ts'
import { documentChunksSchema } from './documents.ts'
import { embeddingsSchema } from './embeddings.ts'
import { flawsOfFeatures, flawsOfLinks, flawsOfSpace } from './feature-checks.ts'
import { featureSchema, MAX_WINDOW_HOURS } from './features.ts'
import { gatesSchema } from './gates.ts'
import { graphSchema } from './graph.ts'
import { logsSchema, outcomesNamedIn } from './logs.ts'
import { preferencesSchema } from './preferences.ts'
import { sampleKindsSchema } from './sample-kinds.ts'
import { searchSchema } from './search.ts'
import { HOUR_MS, MINUTE_MS } from './time.ts'
import { NEAR_LINE_SECONDS } from './values.ts'

/** One scene, as an operator writes it in `cdk/scenes/<scene>.json`. */

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,23}$/, 'lower-case letters, digits and dashes, 1 to 24, letter first')
const instanceType = z.string().regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/)
const weekday = z.enum(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'])
const at = { hourUtc: z.number().int().min(0).max(23), minuteUtc: z.number().int().min(0).max(59) }

const windowHours = z.number().int().min(1).max(MAX_WINDOW_HOURS)

const linear = {
  /** The table of weights has 2^hashBits slots. */
  hashBits: z.number().int().min(10).max(24),
  /** FTRL-Proximal learning rate and its warm-up (McMahan et al. 2013, alpha and beta). */
  alpha: z.number().gt(0),
  beta: z.number().gte(0),
  l1: z.number().gte(0),
  l2: z.number().gte(0),
  seed: z.number().int(),
  /** How increments learn from labels that are still young. See functions/math/young-labels.ts. */
  youngLabels: z
    .enum(['none', 'importance', 'fake-negative', 'delayed-feedback'])
    .default('delayed-feedback'),
}
const modelSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('logistic'), ...linear }),
  z.object({
    kind: z.literal('factorization-machine'),
    ...linear,
    factors: z.number().int().min(1).max(64),
    /**
     * AdaGrad step and L2 of the factors, and the standard deviation of their first values. Only
     * categories have factors.
     */
    factorAlpha: z.number().gt(0),
    factorL2: z.number().gte(0),
    factorInit: z.number().gt(0),
  }),
])
export type ModelConfiguration = z.infer<typeof modelSchema>

export type { Feature } from './features.ts'
export type Gates = z.infer<typeof gatesSchema>

/** Needs an hourly tier, and impressions that carry the release that ranked them. */
const canaryConfigurationSchema = z.strictObject({
  /** Users whose `unitInterval(user, seed)` is below this share get the canary. */
  share: z.number().gt(0).lte(0.5),
  seed: z.number().int(),
  /** Closed hours of its own log that judge it before it is promoted. */
  hours: z.number().int().min(1).max(72),
  /**
   * Fewer users in its log by then are not enough to judge. After twice the hours it is withdrawn.
   */
  minUsers: z.number().int().min(2),
})
export type CanaryConfiguration = z.infer<typeof canaryConfigurationSchema>

const outcomeSchema = z.strictObject({
  attributionWindowMinutes: z
    .number()
    .int()
    .min(1)
    .max(60 * 24 * 90),
  /** A label counts as final after this time. Defaults to the attribution window. */
  maturityHours: z
    .number()
    .int()
    .min(1)
    .max(24 * 90)
    .optional(),
  /** Distribution of delays: [minutes, share arrived by then]. Absent: a label is taken as it is. */
  delay: z
    .array(z.tuple([z.number().gte(0), z.number().gte(0).lte(1)]))
    .min(1)
    .max(50)
    .refine(
      (curve) =>
        curve.at(-1)![1] === 1 &&
        curve.every(([minutes, share], i) => {
          const [before, shareBefore] = curve[i - 1] ?? [-1, 0]
          return minutes > before && share >= shareBefore
        }),
      'points [minutes, share], ascending in both, the last share 1',
    )
    .optional(),
})
export type OutcomeDefinition = z.infer<typeof outcomeSchema>

/** The time after which a label is final. */
export const maturityMsOf = (outcome: OutcomeDefinition): number =>
  outcome.maturityHours === undefined
    ? outcome.attributionWindowMinutes * MINUTE_MS
    : Math.min(outcome.maturityHours * HOUR_MS, outcome.attributionWindowMinutes * MINUTE_MS)

/** How long after an impression an outcome of the objective still gives its label. */
export const labelWindowMs = ({ outcomes, objective }: Pick<Scene, 'outcomes' | 'objective'>) =>
  outcomes[objective]!.attributionWindowMinutes * MINUTE_MS

/** Whether events of an interval affect what is learned of an hour: impressions or their labels. */
export const isLearnedWith = (
  scene: Pick<Scene, 'outcomes' | 'objective'>,
  hourMs: number,
  { fromMs, throughMs }: { fromMs: number; throughMs: number },
): boolean => fromMs < hourMs + HOUR_MS + labelWindowMs(scene) && throughMs > hourMs

const MAX_LATENESS_MINUTES = 24 * 60

export const sceneSchema = z
  .strictObject({
    scene: name,
    /** The outcome that the model predicts. */
    objective: z.string().min(1),
    outcomes: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), outcomeSchema),
    /** How long after its end an hour waits for late arrivals. */
    latenessMinutes: z.number().int().min(0).max(MAX_LATENESS_MINUTES),
    /** An event is quarantined if it is older than this when it arrives. */
    maxEventAgeDays: z.number().int().min(1).max(3660),
    /** How far a producer's clock may run ahead. */
    clockSkewMinutes: z.number().int().min(0).max(60),
    tiers: z.strictObject({
      full: z.strictObject({
        weekday,
        ...at,
        lookbackDays: z.number().int().min(1).max(366),
        epochs: z.number().int().min(1).max(20),
      }),
      daily: z.strictObject({ ...at, epochs: z.number().int().min(1).max(20) }),
      /** If absent, the last full or daily is served as it is. */
      hourly: z
        .strictObject({
          /** Minutes after every full hour. */
          minuteUtc: z.number().int().min(0).max(59),
          epochs: z.number().int().min(1).max(20),
          /** `auto`: a `lambda` if the model's size fits one, otherwise `sagemaker`. */
          runsOn: z.enum(['auto', 'lambda', 'sagemaker']).default('auto'),
          /** A run that takes longer loses its lease to the next run. */
          leaseMinutes: z.number().int().min(1).max(720).default(50),
          /** An hour with fewer rows, or fewer samples of either label, joins the next hour. */
          minRows: z.number().int().min(1).default(20),
          minPositives: z.number().int().min(1).default(1),
          minNegatives: z.number().int().min(1).default(1),
          /**
           * Hours in a row that may have too few rows, as at night, before the alarm for old data
           * rings.
           */
          quietHours: z.number().int().min(0).max(72).optional(),
        })
        .optional(),
    }),
    sampling: z.strictObject({
      negativeRate: z.number().gt(0).lte(1),
      seed: z.number().int(),
      /**
       * For a log without impressions: each outcome of the objective is a positive sample, with this
       * many drawn negatives. Their probability grows with (count + 1)^smoothing of the counts by then.
       */
      negatives: z
        .strictObject({
          perPositive: z.number().int().min(1).max(100).default(4),
          smoothing: z.number().gte(0).lte(1).default(0.75),
          /**
           * An item can be drawn if it had an outcome within this window, or is in the catalogue. With
           * a short window, an item that returns after a break is never a negative, and models learn
           * that pattern.
           */
          windowHours: windowHours.default(MAX_WINDOW_HOURS),
        })
        .optional(),
      /** Samples beside the pointwise ones. */
      kinds: sampleKindsSchema.optional(),
      /** One sample task per this many events of a day; 64 tasks at most, or one per half a million. */
      eventsPerShard: z.number().int().min(1000),
    }),
    features: z.array(featureSchema).min(1).max(100),
    /** δ: a drop's events count this long after its arrival, before any closing. */
    nearLineSeconds: z.number().int().min(1).max(3600).default(NEAR_LINE_SECONDS),
    model: modelSchema,
    gates: gatesSchema,
    /** A new base is first tried on a share of the users. Absent: it replaces the served one at once. */
    canary: canaryConfigurationSchema.optional(),
    training: z.strictObject({
      instanceType,
      /** Larger instances, in order: a training that does not fit takes the first that is large enough. */
      largerInstanceTypes: z.array(instanceType).max(10).default([]),
      volumeGiB: z.number().int().min(1).max(1024),
      maxRuntimeMinutes: z
        .number()
        .int()
        .min(1)
        .max(60 * 24 * 5),
      spot: z.boolean(),
    }),
    /** How logs of other systems are read. If absent, each format uses its defaults. */
    logs: logsSchema.optional(),
    /** If absent, its defaults hold. See `anticheatOf`. */
    anticheat: anticheatSchema.optional(),
    /** The index of its items or documents. If absent, the scene has none. */
    search: searchSchema.optional(),
    /** The space of its users and items. If absent, the scene has none. */
    embeddings: embeddingsSchema.optional(),
    /** Its items are chunks of its documents. If absent, items are dropped as such. */
    documents: documentChunksSchema.optional(),
    /** The knowledge graph of its catalogue, behaviour and documents. If absent, the scene has none. */
    graph: graphSchema.optional(),
    /** How feedback on answers becomes data for generators. If absent, the scene has no answers. */
    preferences: preferencesSchema.optional(),
  })
  .superRefine((scene, context) => {
    const fail = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    const outcomes = Object.keys(scene.outcomes)
    if (!outcomes.includes(scene.objective))
      fail(
        ['objective'],
        `"${scene.objective}" is not one of its outcomes (${outcomes.join(', ')})`,
      )
    if (scene.sampling.negatives && scene.sampling.negativeRate !== 1)
      fail(
        ['sampling', 'negativeRate'],
        'expected 1 beside sampling.negatives: drawn negatives are not sampled a second time',
      )
    if (scene.canary && !scene.tiers.hourly)
      fail(['canary'], 'needs tiers.hourly: it is judged by its own chain, hour by hour')
    for (const { path, outcome } of outcomesNamedIn(scene.logs ?? {}))
      if (!outcomes.includes(outcome))
        fail(['logs', ...path], `"${outcome}" is not one of its outcomes (${outcomes.join(', ')})`)
    for (const outcome of Object.keys(scene.embeddings?.graph.outcomes ?? {}))
      if (!outcomes.includes(outcome))
        fail(
          ['embeddings', 'graph', 'outcomes', outcome],
          `"${outcome}" is not one of its outcomes (${outcomes.join(', ')})`,
        )
    for (const [path, named] of [
      [['graph', 'behaviour', 'views'], scene.graph?.behaviour.views ?? []],
      [['graph', 'behaviour', 'purchases'], scene.graph?.behaviour.purchases ?? []],
      [['preferences', 'opinions'], Object.keys(scene.preferences?.opinions ?? {})],
    ] as const)
      for (const outcome of named)
        if (!outcomes.includes(outcome))
          fail(
            [...path, outcome],
            `"${outcome}" is not one of its outcomes (${outcomes.join(', ')})`,
          )
    if (scene.embeddings?.graph.knowledge && !scene.graph?.links.length)
      fail(['embeddings', 'graph', 'knowledge'], 'needs graph.links: these become edges')
    if (scene.graph?.resolution && scene.graph.provider === undefined)
      fail(['graph', 'resolution'], 'needs "provider": it merges items of different providers')
    if (scene.documents && scene.anticheat?.signatures?.requiredFor.includes('items'))
      fail(
        ['anticheat', 'signatures', 'requiredFor'],
        'expected it without "items" beside the section "documents": chunks are dropped as items, and nobody signs them',
      )
    if (scene.documents && scene.search?.of === 'items')
      if (scene.search.goneIf !== scene.documents.goneIf)
        fail(
          ['search', 'goneIf'],
          `expected "${scene.documents.goneIf}", as documents.goneIf: chunks that are gone would stay in the index`,
        )
    for (const { path, message } of [
      ...flawsOfSpace(scene.features, scene.embeddings),
      ...flawsOfLinks(scene.features, scene.graph),
      ...flawsOfFeatures(scene.features, outcomes),
    ])
      fail(['features', ...path], message)
  })
export type Scene = z.infer<typeof sceneSchema>

/** The longest window of any feature. */
export const longestWindowMs = ({ features, sampling }: Scene): number =>
  features.reduce(
    (longest, feature) =>
      'windowHours' in feature ? Math.max(longest, feature.windowHours) : longest,
    sampling.negatives?.windowHours ?? 0,
  ) * HOUR_MS

/** `configuration.json` beside every handler's code: all scenes of the deployment, by name. */
export const configurationSchema = z.object({ scenes: z.record(z.string(), sceneSchema) })
export type Configuration = z.infer<typeof configurationSchema>
