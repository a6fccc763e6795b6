import { z } from 'zod'

/** What a trial of a challenger compares, hour by hour. */

const timeMs = z.number().int()

/** Log loss of one version minus another's, on one interval's rows, summed by user. */
export const pairedLossSchema = z.object({
  ours: z.string(),
  theirs: z.string(),
  /** Parallel arrays: a user, Σ weight × difference (nats), Σ weight. */
  users: z.array(z.string()),
  differences: z.array(z.number()),
  weights: z.array(z.number()),
})
export type PairedLoss = z.infer<typeof pairedLossSchema>

/** Behaviour summed by user. */
const ratesSchema = z.object({
  users: z.array(z.string()),
  /** Parallel arrays: Σ weight × label, and Σ weight. */
  positives: z.array(z.number()),
  weights: z.array(z.number()),
})
export type Rates = z.infer<typeof ratesSchema>

/** One interval of a trial, from the logs of champion and challenger. */
export const trialSchema = z.object({
  throughMs: timeMs,
  /** Impressions that the challenger ranked, and those that the champion ranked. */
  canary: ratesSchema,
  served: ratesSchema,
  /** Log loss of the challenger's chain minus the champion's, on what the challenger ranked. */
  loss: pairedLossSchema.nullable(),
})
export type Trial = z.infer<typeof trialSchema>
