import { z } from 'zod'
import { dropManifestSchema, hourAccountSchema } from './accounts.ts'
import { exactlyOnceSchema } from './exactly-once.ts'
import { decisionRowSchema, versionRowSchema } from './registry.ts'
import { scoresSchema } from './training.ts'

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

export const summaryVersionSchema = versionRowSchema.extend({
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
  /** The proof of law 5 over the served chain, by scene; null where nothing is served. */
  exactlyOnce: z.record(z.string(), exactlyOnceSchema.nullable()),
  stages: z.record(z.string(), stageUsageSchema),
  deadLetters: count,
  totalSeconds: z.number(),
})
export type Summary = z.infer<typeof summarySchema>
