import { z } from 'zod'

const count = z.number().int().min(0)

/**
 * Law 5 as an account of one chain, from its root to its head. Where nothing is violated,
 * impressions = samples + sampledOut + excluded + Σ waiting.
 */
export const exactlyOnceSchema = z.object({
  scene: z.string(),
  /** The head of the chain; its parents are followed to the version without one. */
  version: z.string(),
  versions: count,
  dataFromMs: z.number().int(),
  dataThroughMs: z.number().int(),
  /** Sample files that the chain learned from, each read and its bytes compared with its digest. */
  files: count,
  /** Kept impressions that the chain answers for: of its interval, or late ones of days before it. */
  impressions: count,
  /** In exactly one file of exactly one version's manifest. */
  samples: count,
  /** Negatives that the hash of their id leaves out, recomputed. */
  sampledOut: count,
  /** In an interval that an operator has taken out. */
  excluded: count,
  /** Late ones that no version of the chain was to take yet, by what they wait for. */
  waiting: z.object({
    /** Closed after the newest full or daily of the chain: its child's late lane. */
    nextDaily: count,
    /** Closed after the hourly increment of their hour: the daily that learns that day anew. */
    dailyOfItsDay: count,
  }),
  /** Each a sentence; one for all rows of a file that are wrong in the same way. */
  violations: z.array(z.string()),
})
export type ExactlyOnce = z.infer<typeof exactlyOnceSchema>
