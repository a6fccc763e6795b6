import { z } from 'zod'

/** A share as it appears in the reasons of gates. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`

/** The conditions that a model must meet before it is released, from the scene's configuration. */
export const gatesSchema = z.object({
  /** An increment with fewer rows is skipped, and its interval joins the next one. */
  minRows: z.number().int().min(1),
  /** A full or daily with fewer positive or fewer negative samples is not trained. */
  minPositives: z.number().int().min(1).default(10),
  minNegatives: z.number().int().min(1).default(10),
  /** Highest share of read records that may be quarantined, over the closings of the interval. */
  maxInvalidShare: z.number().gt(0).lte(1),
  /**
   * A run is refused if the odds of a positive move by more than this factor and chance cannot
   * explain it.
   */
  maxPositiveRateFold: z.number().gt(1),
  /** Tail probability below which chance does not explain the move. */
  chance: z.number().gt(0).lt(0.5),
  /**
   * A run is refused if the share that a rule or the verdicts take from its interval moves by more
   * than this share, its odds by more than this factor, and chance cannot explain it.
   */
  minRemovedMove: z.number().gt(0).lt(1).default(0.1),
  maxRemovedFold: z.number().gt(1).default(3),
  /**
   * Highest share of the events of an hour that verdicts may take after a served model has learned
   * it. Beyond it the hour is excluded, and its chain is regrown.
   */
  maxServedCheatShare: z.number().gt(0).lte(1).default(0.3),
  /** A candidate is refused if its log loss exceeds the champion's by more than this. */
  maxLogLossIncrease: z.number().gte(0),
  bootstrapResamples: z.number().int().min(100).max(10_000),
  /** Confidence of the paired bootstrap interval. */
  confidence: z.number().gt(0.5).lt(1),
  /** How many of its last closed intervals a served chain is compared with its base on. */
  judgedIntervals: z.number().int().min(1).max(168).default(6),
  /** Below this number of different users in those intervals, the comparison is not decided. */
  minJudgedUsers: z.number().int().min(2).default(50),
  /** Largest ratio of the candidate's weight norm to its parent's. */
  maxNormRatio: z.number().gt(1),
})
