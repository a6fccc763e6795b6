import { z } from 'zod'

/**
 * What the functions are called with that a state machine, a schedule or a person calls, beside
 * those of a run (training.ts). Intake is called by SQS and evaluate by SageMaker's own event.
 */

const time = z.iso.datetime({ offset: true })

/** What `start` answers, where a Lambda trains. */
export const incrementRequestSchema = z.object({
  scene: z.string(),
  version: z.string(),
  scheduledTime: time,
})

/** What `evaluate` answers, where there is something to carry out. */
export const releaseRequestSchema = z.object({
  verdict: z.enum(['accepted', 'promoted', 'relapsed', 'withdrawn']),
  scene: z.string(),
  version: z.string(),
  timeMs: z.number().int(),
  reason: z.string(),
})

/** What a person asks for; `to` is the release to go back to, the one before where absent. */
export const rollbackRequestSchema = z.object({
  scene: z.string(),
  reason: z.string().min(1),
  requestedTime: time,
  to: z.number().int().min(1).optional(),
})

/** What the scheduler fills in once a day. */
export const reportRequestSchema = z.object({ scene: z.string(), scheduledTime: time })
