import { z } from 'zod'

/** What is measured of a model: its scores, its ranking, and whether its weights make sense. */

const metric = z.number().nullable()
/**
 * Scores of one model on one interval's rows. A null metric has its reason in `undefinedBecause`.
 */
export const scoresSchema = z.object({
  rows: z.number().int(),
  positives: z.number().int(),
  /** Area under the ROC curve, weighted. Ties count half. */
  auc: metric,
  /** Mean negative log-likelihood in nats, weighted. */
  logLoss: metric,
  /** Log loss divided by the entropy of the mean label (He et al. 2014, equation 1). */
  normalizedEntropy: metric,
  /** Mean prediction divided by mean label. */
  calibrationRatio: metric,
  undefinedBecause: z.record(z.string(), z.string()),
})
export type Scores = z.infer<typeof scoresSchema>

const atTen = { hitRate10: z.number(), ndcg10: z.number() }
/**
 * How high a model ranks the last choice of users among all items, and the same for a ranking by
 * popularity.
 */
export const rankingSchema = z.object({
  users: z.number().int(),
  items: z.number().int(),
  ...atTen,
  popularity: z.object(atTen),
})
export type Ranking = z.infer<typeof rankingSchema>

export const sanitySchema = z.object({
  isFinite: z.boolean(),
  /** L2 norm of the weights, and of the parent's weights if there is a parent. */
  norm: z.number(),
  parentNorm: z.number().nullable(),
  slots: z.number().int(),
  /** Mean and 1st, 50th, 99th percentile of the final weights' predictions on the interval. */
  predictions: z.object({ mean: metric, p01: metric, p50: metric, p99: metric }),
})
export type Sanity = z.infer<typeof sanitySchema>
