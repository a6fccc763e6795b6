import { z } from 'zod'
import { dropManifestSchema, hourAccountSchema } from './accounts.ts'
import { exactlyOnceSchema } from './exactly-once.ts'
import { decisionRowSchema, versionRowSchema } from './registry.ts'
import { scoresSchema } from './scores.ts'
import { tierSchema } from './training.ts'

/** `<out>/summary.json`: the machine-readable result of a run on one machine. */

const count = z.number().int().min(0)
export const stageUsageSchema = z.object({
  invocations: count,
  failures: count,
  /** Wall-clock seconds inside the stage, summed over invocations. */
  seconds: z.number(),
  /** Highest resident set size of any of its processes, MiB. */
  peakMemoryMiB: z.number(),
  s3: z.object({ requests: count, bytesIn: count, bytesOut: count }),
  dynamodb: z.object({ requests: count, bytesIn: count, bytesOut: count }),
})
export type StageUsage = z.infer<typeof stageUsageSchema>

const summaryVersionSchema = versionRowSchema.extend({
  /** On the next interval, before that was trained on; empty until one has come. */
  nextInterval: z.array(
    z.object({
      dataFromMs: z.number(),
      dataThroughMs: z.number(),
      scoredBy: z.string(),
      scores: scoresSchema,
    }),
  ),
})

/** From a schedule's firing to the flip to what its run trained, closing and gates included. */
const runTimesSchema = z.object({
  tier: tierSchema,
  count,
  /** Of this machine's clock, not of the replayed world's. */
  medianSeconds: z.number(),
  maxSeconds: z.number(),
})
export type RunTimes = z.infer<typeof runTimesSchema>

/** How long event hours were served as one tier had learned them, in hours of event time. */
const livesSchema = z.object({
  tier: tierSchema,
  eventHours: count,
  medianHours: z.number(),
  maxHours: z.number(),
  /** What runs that were refused, skipped or withdrawn meanwhile add to the bound of the longest. */
  addedHours: z.number(),
})
export type Lives = z.infer<typeof livesSchema>

/** The bound on that, as the scene's configuration states it: functions/train/poison-bound.ts. */
const boundSchema = z.object({
  /** The tier that learned it. */
  tier: tierSchema,
  /** From the start of an event hour to the schedule whose run is the first to stand without it. */
  scheduleHours: z.number(),
  /** What that run, and the chain that is regrown on it, may take by the configuration's limits. */
  runHours: z.number(),
  /** The longest trial after which its base is served to all; a longer one is withdrawn. */
  trialHours: z.number(),
  /** Each time that run is refused, skipped or withdrawn. */
  refusalAddsHours: z.number(),
})
export type Bound = z.infer<typeof boundSchema>

export const summarySchema = z.object({
  formatVersion: z.literal(1),
  scenes: z.array(z.string()),
  dataFromMs: z.number().int().nullable(),
  dataThroughMs: z.number().int().nullable(),
  drops: z.array(dropManifestSchema.omit({ files: true, quarantineFiles: true })),
  hours: z.array(
    hourAccountSchema
      .omit({ files: true })
      .extend({ scene: z.string(), closedThroughMs: z.number().int() }),
  ),
  versions: z.array(summaryVersionSchema),
  releases: z.array(decisionRowSchema.extend({ scene: z.string() })),
  current: z.record(z.string(), z.object({ sequence: count, version: z.string() }).nullable()),
  /** What sections of the page have collected for themselves: by section, by scene. */
  sections: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** By scene: how long noise or poison can be served, and how long what was learned was. */
  poison: z.record(
    z.string(),
    z.object({ stated: z.array(boundSchema), measured: z.array(livesSchema) }),
  ),
  /** Those that ended in a flip. */
  runs: z.array(runTimesSchema),
  /** The proof of law 5 over the served chain, by scene; null where nothing is served. */
  exactlyOnce: z.record(z.string(), exactlyOnceSchema.nullable()),
  stages: z.record(z.string(), stageUsageSchema),
  deadLetters: count,
  totalSeconds: z.number(),
})
export type Summary = z.infer<typeof summarySchema>
