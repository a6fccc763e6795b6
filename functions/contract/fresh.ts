import { z } from 'zod'
import { scoresSchema } from './scores.ts'

/** `fresh.json`: what `npm run fresh` measured. Times are epoch milliseconds, UTC. */

const interval = z.object({ value: z.number(), low: z.number(), high: z.number() })
export type MeasuredInterval = z.infer<typeof interval>

/** One metric of an arm less the baseline's on the same rows; the mean over trials. */
const differenceSchema = z.object({
  arm: z.string(),
  auc: interval,
  logLoss: interval,
  normalizedEntropy: interval,
})
export type Difference = z.infer<typeof differenceSchema>

const STUDY_GROUPS = ['tiers', 'drift', 'absence', 'movielens', 'young-labels'] as const

/** Some arms, each scored on the very same rows of some trials. */
const studySchema = z.object({
  group: z.enum(STUDY_GROUPS),
  name: z.string(),
  /** What differs between trials, and whatever a reader must know to believe the figures. */
  note: z.string(),
  /** How strongly the world moves; null where it is not the seeded one. */
  drift: z.number().nullable(),
  arms: z.array(z.string()),
  /** The arm that the others are compared with. */
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
  /** Of the differences: paired, whole users drawn anew within each trial. */
  bootstrap: z.object({
    resamples: z.number().int(),
    confidence: z.number(),
    seed: z.number().int(),
  }),
  studies: z.array(studySchema),
})
export type FreshResult = z.infer<typeof freshResultSchema>
