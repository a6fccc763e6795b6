import { z } from 'zod'

/** A share as the gates' reasons write it. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`

/** What stands between a model and being released, as a scene says it. */
export const gatesSchema = z.object({
  /** An increment of fewer rows is skipped, and its interval joins the next. */
  minRows: z.number().int().min(1),
  /** A full or daily of fewer positive samples, or of fewer negative ones, is not trained. */
  minPositives: z.number().int().min(1).default(10),
  minNegatives: z.number().int().min(1).default(10),
  /** Share of read records that were quarantined, over the closings of the interval. */
  maxInvalidShare: z.number().gt(0).lte(1),
  /** Refuse when the odds of a positive move by more than this factor and chance cannot explain it. */
  maxPositiveRateFold: z.number().gt(1),
  /** Tail probability below which chance does not explain a moved positive rate. */
  chance: z.number().gt(0).lt(0.5),
  /** The candidate may be worse than the champion by this much log loss before it is refused. */
  maxLogLossIncrease: z.number().gte(0),
  bootstrapResamples: z.number().int().min(100).max(10_000),
  /** Of the paired bootstrap interval. */
  confidence: z.number().gt(0.5).lt(1),
  /** A served chain is judged against its base over so many of its last closed intervals... */
  judgedIntervals: z.number().int().min(1).max(168).default(6),
  /** ...once they hold so many different users: fewer tell nothing apart from chance. */
  minJudgedUsers: z.number().int().min(2).default(50),
  /** Largest ratio of the candidate's weight norm to its parent's. */
  maxNormRatio: z.number().gt(1),
})
