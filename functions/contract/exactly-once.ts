import { z } from 'zod'

const count = z.number().int().min(0)

/**
 * Law 5 as an account of one chain, from its root to its head. If nothing is violated, impressions
 * = samples + sampledOut + excluded + Σ byVerdict + Σ waiting.
 */
export const exactlyOnceSchema = z.object({
  scene: z.string(),
  /** The head of the chain. The proof follows its parents to the version without a parent. */
  version: z.string(),
  versions: count,
  dataFromMs: z.number().int(),
  dataThroughMs: z.number().int(),
  /**
   * Sample files that the chain learned from. Each was read, and its bytes were compared with its
   * digest.
   */
  files: count,
  /**
   * Kept impressions that the chain must account for: those of its interval, and late arrivals for
   * earlier days.
   */
  impressions: count,
  /** Impressions in exactly one file of exactly one version's manifest. */
  samples: count,
  /** Negatives that sampling leaves out by the hash of their id, computed again. */
  sampledOut: count,
  /** Impressions in an interval that an operator excluded. */
  excluded: count,
  /** Impressions that verdicts exclude, by reason, matched again with the verdicts of their set. Absent in older accounts. */
  byVerdict: z.record(z.string(), count).optional(),
  /** Σ trust of the samples. It equals `samples` if no verdict weighs one. */
  trust: z.number().min(0).optional(),
  /** Late arrivals that no version of the chain had to take yet, by the run that takes them. */
  waiting: z.object({
    /** Closed after the chain's newest full or daily. The late lane of its child takes them. */
    nextDaily: count,
    /**
     * Closed after the hourly increment of their hour. The daily that reads the day again takes
     * them.
     */
    dailyOfItsDay: count,
  }),
  /** Pairs and sequences of these samples. Absent if no version of the chain has any. */
  kinds: z.object({ pairs: count, sequences: count }).optional(),
  /**
   * One sentence for each violation. All rows of a file with the same violation share one sentence.
   */
  violations: z.array(z.string()),
})
export type ExactlyOnce = z.infer<typeof exactlyOnceSchema>
