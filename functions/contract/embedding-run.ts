import { z } from 'zod'
import { embeddingsSchema } from './embeddings.ts'
import { scheduledRequestSchema } from './requests.ts'
import { jobEventSchema } from './training.ts'

/** Requests to `embed`: the schedule's, or SageMaker's event of a job that ended. */
export const embedRequestSchema = z.union([scheduledRequestSchema, jobEventSchema])

/** `run.json` beside the graphs in the container's `run` channel: what a job trains. */
export const spaceRunSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  embeddings: embeddingsSchema,
  /** What is read and closed by then: the build continues from these after the job. */
  scheduledMs: z.number().int(),
  closedThroughMs: z.number().int(),
})
export type SpaceRun = z.infer<typeof spaceRunSchema>
