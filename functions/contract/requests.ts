import { z } from 'zod'
import { tierSchema } from './training.ts'

/**
 * Requests to the functions that a state machine, a schedule or an operator invokes. Requests of a
 * run are in training.ts. SQS invokes intake, and SageMaker's event invokes evaluate.
 */

const time = z.iso.datetime({ offset: true })

/** The answer of `start` if a Lambda trains. */
export const incrementRequestSchema = z.object({
  scene: z.string(),
  version: z.string(),
  /** The attempt at the version: the prefix of its outputs, and the name that evaluate receives. */
  jobName: z.string(),
  scheduledTime: time,
})
export type IncrementRequest = z.infer<typeof incrementRequestSchema>

/** The answer of `evaluate` for an interrupted job. `start` restarts the job. */
export const restartRequestSchema = z.object({
  verdict: z.literal('interrupted'),
  scene: z.string(),
  version: z.string(),
  /** The job that was interrupted. */
  jobName: z.string(),
  reason: z.string(),
})
export type RestartRequest = z.infer<typeof restartRequestSchema>

/** The answer of `evaluate` if there is something to release. */
export const releaseRequestSchema = z.object({
  verdict: z.enum(['accepted', 'promoted', 'relapsed', 'withdrawn']),
  scene: z.string(),
  version: z.string(),
  timeMs: z.number().int(),
  reason: z.string(),
})

/** Requests of an operator about a scene: `npm run <verb>`. */
const readRequestSchema = z.object({ scene: z.string() })
/** `requestedTime` makes a repeated request identical to the first. */
const writeRequestSchema = readRequestSchema.extend({
  reason: z.string().min(1),
  requestedTime: time,
})
/** The same, parsed. A request with the same reason and time is the same change. */
export interface WriteRequest {
  reason: string
  timeMs: number
}
/** The most entries of each list in the answer of `lineage`. */
export const MOST_LINES = 200
export const lineageRequestSchema = readRequestSchema.extend({
  version: z.string().optional(),
  limit: z.number().int().min(1).max(MOST_LINES).optional(),
})
export const featuresRequestSchema = readRequestSchema.extend({ requestedTime: time })
export const explainRequestSchema = readRequestSchema.extend({
  sequence: z.number().int().min(1).optional(),
})
/** Without a version: the release on trial. */
export const promoteRequestSchema = writeRequestSchema.extend({ version: z.string().optional() })
export const rollbackRequestSchema = writeRequestSchema.extend({
  /** The release to go back to. Defaults to the one before. */
  to: z.number().int().min(1).optional(),
  /** Ends the trial instead. All other users keep their release. */
  canary: z.boolean().default(false),
})
/** Freezes or thaws a tier, or the chain on a base. */
export const holdRequestSchema = writeRequestSchema.extend({ subject: z.string() })
const instant = time.transform((text) => Date.parse(text))
export const excludeRequestSchema = writeRequestSchema.extend({ from: instant, through: instant })
/** How long a statement holds unless its request says otherwise. */
export const STATEMENT_DAYS = 30
/** Flags or clears a user, by hash, or an item. `from` and `through` are of event time. */
export const statementRequestSchema = writeRequestSchema.extend({
  user: z.string().optional(),
  item: z.string().min(1).optional(),
  from: instant.optional(),
  through: instant.optional(),
  until: instant.optional(),
})
/** Takes a user, by hash, out of a scene's space. */
export const forgetRequestSchema = writeRequestSchema.extend({ user: z.string() })
/** How much one call of `erase` reads before it stores how far it is. */
export const ERASE_OBJECTS = 3000
export const ERASE_MEGABYTES = 1000
/**
 * Removes a person, by raw id or by hash. Without a scene: from every scene, and then by raw id, since a hash is one
 * of a scene.
 */
export const eraseRequestSchema = writeRequestSchema
  .partial({ scene: true })
  .extend({
    reason: z.string().min(1).default('a person asked to be erased'),
    user: z.string().min(1).optional(),
    hash: z
      .string()
      .regex(/^[0-9a-f]{32}$/, '32 hex digits')
      .optional(),
    objects: z.number().int().min(1).default(ERASE_OBJECTS),
    megabytes: z.number().int().min(1).default(ERASE_MEGABYTES),
  })
  .refine(({ user, hash }) => (user === undefined) !== (hash === undefined), {
    message: 'expected either user, the raw id, or hash; nothing was changed',
  })
  .refine(({ hash, scene }) => hash === undefined || scene !== undefined, {
    message: 'a hash is one of a scene: expected a scene with it; nothing was changed',
  })
export type EraseRequest = z.infer<typeof eraseRequestSchema>
export const startRunRequestSchema = readRequestSchema.extend({
  tier: tierSchema,
  requestedTime: time,
})

/** The scheduler fills this in, once an hour or once a day. */
export const scheduledRequestSchema = z.object({ scene: z.string(), scheduledTime: time })
