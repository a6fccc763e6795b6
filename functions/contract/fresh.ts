import { z } from 'zod'
import { scoresSchema } from './scores.ts'

/** `fresh.json`: the results of `npm run fresh`. Times are epoch milliseconds, UTC. */

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() })
export type MeasuredInterval = z.infer<typeof interval>

/**
 * The metrics of one setup minus those of the baseline, on the same rows; means over trials. The
 * stored name of a setup is `arm`.
 */
const differenceSchema = z.object({
  arm: z.string(),
  auc: interval,
  logLoss: interval,
  normalizedEntropy: interval,
})
export type Difference = z.infer<typeof differenceSchema>

const STUDY_GROUPS = [
  'tiers',
  'drift',
  'absence',
  'movielens',
  'young-labels',
  'held-out',
  'features',
  'models',
  'choices',
] as const

/** Several setups (stored as `arms`), each scored on the same rows of the same trials. */
const studySchema = z.object({
  group: z.enum(STUDY_GROUPS),
  name: z.string(),
  /** The difference between trials, and what a reader must know to trust the figures. */
  note: z.string(),
  /** How strongly tastes drift; null outside the seeded world. */
  drift: z.number().nullable(),
  arms: z.array(z.string()),
  /** The setup that the others are compared with. */
  baseline: z.string(),
  trials: z.array(
    z.object({
      seed: z.number().int(),
      users: z.number().int(),
      scores: z.record(z.string(), scoresSchema),
    }),
  ),
  differences: z.array(differenceSchema),
})
export type Study = z.infer<typeof studySchema>

export const freshResultSchema = z.object({
  formatVersion: z.literal(1),
  /**
   * How the intervals of the differences were made: paired, resampling whole users within each
   * trial.
   */
  bootstrap: z.object({
    resamples: z.number().int(),
    confidence: z.number(),
    seed: z.number().int(),
  }),
  studies: z.array(studySchema),
})
export type FreshResult = z.infer<typeof freshResultSchema>
