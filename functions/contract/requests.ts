import { z } from 'zod'
import { tierSchema } from './training.ts'

/**
 * What the functions are called with that a state machine, a schedule or a person calls, beside
 * those of a run (training.ts). Intake is called by SQS and evaluate by SageMaker's own event.
 */

const time = z.iso.datetime({ offset: true })

/** What `start` answers, where a Lambda trains. */
export const incrementRequestSchema = z.object({
  scene: z.string(),
  version: z.string(),
  /** The attempt at it: what its outputs stand under, and its judge is told. */
  jobName: z.string(),
  scheduledTime: time,
})
export type IncrementRequest = z.infer<typeof incrementRequestSchema>

/** What `evaluate` answers of a job that was interrupted: `start` starts it again. */
export const restartRequestSchema = z.object({
  verdict: z.literal('interrupted'),
  scene: z.string(),
  version: z.string(),
  /** The job that was interrupted. */
  jobName: z.string(),
  reason: z.string(),
})
export type RestartRequest = z.infer<typeof restartRequestSchema>

/** What `evaluate` answers, where there is something to carry out. */
export const releaseRequestSchema = z.object({
  verdict: z.enum(['accepted', 'promoted', 'relapsed', 'withdrawn']),
  scene: z.string(),
  version: z.string(),
  timeMs: z.number().int(),
  reason: z.string(),
})

/** What a person asks of a scene: `npm run <verb>`. */
const readRequestSchema = z.object({ scene: z.string() })
/** `requestedTime` makes a repeated request the same one. */
const writeRequestSchema = readRequestSchema.extend({
  reason: z.string().min(1),
  requestedTime: time,
})
/** As the verbs take it: the same reason and time twice are one change. */
export interface WriteRequest {
  reason: string
  timeMs: number
}
/** Of each list that `lineage` answers. */
export const MOST_LINES = 200
export const lineageRequestSchema = readRequestSchema.extend({
  version: z.string().optional(),
  limit: z.number().int().min(1).max(MOST_LINES).optional(),
})
export const explainRequestSchema = readRequestSchema.extend({
  sequence: z.number().int().min(1).optional(),
})
/** Without a version: what is on trial. */
export const promoteRequestSchema = writeRequestSchema.extend({ version: z.string().optional() })
export const rollbackRequestSchema = writeRequestSchema.extend({
  /** The release to go back to; the one before where absent. */
  to: z.number().int().min(1).optional(),
  /** Ends the trial instead; what everybody else is served stays. */
  canary: z.boolean().default(false),
})
/** Freeze and thaw: a tier, or the chain on a base. */
export const holdRequestSchema = writeRequestSchema.extend({ subject: z.string() })
const instant = time.transform((text) => Date.parse(text))
export const excludeRequestSchema = writeRequestSchema.extend({ from: instant, through: instant })
export const startRunRequestSchema = readRequestSchema.extend({
  tier: tierSchema,
  requestedTime: time,
})

/** What the scheduler fills in once a day. */
export const dailyRequestSchema = z.object({ scene: z.string(), scheduledTime: time })
