import { z } from 'zod'
import { dropManifestSchema, hourAccountSchema } from './accounts.ts'
import { exactlyOnceSchema } from './exactly-once.ts'
import { decisionRowSchema, versionRowSchema } from './registry.ts'
import { scoresSchema } from './scores.ts'
import { tierSchema } from './training.ts'

/** `<out>/summary.json`: the machine-readable result of a run on one machine. */

const count = z.number().int().min(0)
/** Rows of one table, and the capacity units that DynamoDB bills for them. */
const rowUseSchema = z.object({
  rowsWritten: count,
  rowsRead: count,
  writeUnits: z.number(),
  readUnits: z.number(),
})
export type RowUse = z.infer<typeof rowUseSchema>

/** Rows of a table at the end of a run, and their size as DynamoDB bills it. */
export const tableSizeSchema = z.object({ rows: count, bytes: count, largestRowBytes: count })
export type TableSize = z.infer<typeof tableSizeSchema>

export const stageUsageSchema = z.object({
  invocations: count,
  failures: count,
  /** Wall-clock seconds inside the stage, summed over invocations. */
  seconds: z.number(),
  /** Highest resident set size of any of its processes, MiB. */
  peakMemoryMiB: z.number(),
  s3: z.object({ requests: count, bytesIn: count, bytesOut: count }),
  dynamodb: z.object({
    ...{ requests: count, bytesIn: count, bytesOut: count },
    /** By table: `online`, `registry`. */
    tables: z.record(z.string(), rowUseSchema).default({}),
  }),
})
export type StageUsage = z.infer<typeof stageUsageSchema>

const summaryVersionSchema = versionRowSchema.extend({
  /**
   * Its scores on the next interval, before that interval was trained on. Empty until there is one.
   */
  nextInterval: z.array(
    z.object({
      dataFromMs: z.number(),
      dataThroughMs: z.number(),
      scoredBy: z.string(),
      scores: scoresSchema,
    }),
  ),
})

/**
 * The time from a schedule's firing to the flip to the version that its run trained, closing and
 * gates included.
 */
const runTimesSchema = z.object({
  tier: tierSchema,
  count,
  /** Measured by this machine's clock, not by the clock of the replayed world. */
  medianSeconds: z.number(),
  maxSeconds: z.number(),
})
export type RunTimes = z.infer<typeof runTimesSchema>

/**
 * How long event hours that one tier learned stayed served, in hours of event time. It is measured
 * against the contamination bound. The stored name is historical.
 */
const servingTimesSchema = z.object({
  tier: tierSchema,
  eventHours: count,
  medianHours: z.number(),
  maxHours: z.number(),
  /** Hours that refused, skipped or withdrawn runs add to the bound of the longest one. */
  addedHours: z.number(),
})
export type ServingTimes = z.infer<typeof servingTimesSchema>

/**
 * The contamination bound that the scene's configuration implies: functions/train/contamination-bound.ts.
 */
const boundSchema = z.object({
  /** The tier that learned the event hour. */
  tier: tierSchema,
  /**
   * From the start of an event hour to the schedule whose run is the first without what was learned
   * from it.
   */
  scheduleHours: z.number(),
  /**
   * How long that run, and the chain that is regrown on it, may take by the configuration's limits.
   */
  runHours: z.number(),
  /** The longest trial after which its base is served to all users. A longer trial is withdrawn. */
  trialHours: z.number(),
  /** What each refused, skipped or withdrawn run adds. */
  refusalAddsHours: z.number(),
})
export type Bound = z.infer<typeof boundSchema>

/** Executions of state machines that failed, and the first one's machine, start and error. */
const failedRunsSchema = z.object({ count, machine: z.string(), startMs: count, error: z.string() })
export type FailedRuns = z.infer<typeof failedRunsSchema>

export const summarySchema = z.object({
  formatVersion: z.literal(1),
  scenes: z.array(z.string()),
  dataFromMs: z.number().int().nullable(),
  dataThroughMs: z.number().int().nullable(),
  drops: z.array(dropManifestSchema.omit({ files: true, quarantineFiles: true })),
  hours: z.array(
    hourAccountSchema
      .omit({ files: true, drops: true })
      .extend({ scene: z.string(), closedThroughMs: z.number().int() }),
  ),
  versions: z.array(summaryVersionSchema),
  releases: z.array(decisionRowSchema.extend({ scene: z.string() })),
  current: z.record(z.string(), z.object({ sequence: count, version: z.string() }).nullable()),
  /** What sections of the page collected for themselves, by section and scene. */
  sections: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** By scene: the contamination bound, and how long contamination could be served in this run. */
  poison: z.record(
    z.string(),
    z.object({ stated: z.array(boundSchema), measured: z.array(servingTimesSchema) }),
  ),
  /** Runs that ended in a flip. */
  runs: z.array(runTimesSchema),
  /** The proof of law 5 for the served chain, by scene. Null if nothing is served. */
  exactlyOnce: z.record(z.string(), exactlyOnceSchema.nullable()),
  stages: z.record(z.string(), stageUsageSchema),
  /** By table: `online`, `registry`. Absent in older runs. */
  tables: z.record(z.string(), tableSizeSchema).optional(),
  deadLetters: count,
  /** Executions that failed. Null if none did; absent in older runs. */
  failedRuns: failedRunsSchema.nullish(),
  /**
   * From a drop's landing until its values are in the online table, in seconds of this machine's
   * clock. Absent or null where no drop was measured.
   */
  landing: z.object({ drops: count, p50: z.number(), p95: z.number(), max: z.number() }).nullish(),
  /**
   * Mean nDCG at 10 of the last day's searches, by the relevance that the seeded world knows: as shown,
   * and in the order of the model that was served then. Absent or null where no search was judged.
   */
  search: z
    .object({
      searches: count,
      servedNdcg10: z.number(),
      modelNdcg10: z.number(),
      /** The model's minus the served one, with a 95 % interval over users. */
      gain: z.object({ mean: z.number(), low: z.number(), high: z.number() }),
    })
    .nullish(),
  totalSeconds: z.number(),
})
export type Summary = z.infer<typeof summarySchema>
