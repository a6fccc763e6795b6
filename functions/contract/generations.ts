import { z } from 'zod'

/**
 * A list of generations: one row of the online table, for a search index or a space. A generation has one
 * meaning for good. A release names one of them.
 */

export const GENERATIONS_SK = 'STATE'

/** The last ones that are written to, and with them those that a kept release names: three, the served and the canary's. */
export const KEPT_GENERATIONS = 3

const generationSchema = z.object({
  generation: z.string(),
  /** What had arrived by then is in it from the beginning. */
  fenceMs: z.number().int(),
  /** `building`: it is not whole yet. `refused`: the gate held it back. */
  status: z.enum(['building', 'accepted', 'refused']),
  reason: z.string(),
})
export type Generation = z.infer<typeof generationSchema>

/** The newest generation is first. `n` counts changes: writers compare it. */
export const generationsSchema = z.object({
  n: z.number().int().min(0),
  generations: z.array(generationSchema).max(2 * KEPT_GENERATIONS + 2),
})
export type Generations = z.infer<typeof generationsSchema>
