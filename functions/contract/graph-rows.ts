import { z } from 'zod'

/** Rows of a graph in the online table. */

/** The list of a scene's graphs (`contract/generations.ts`). */
export const graphPk = (scene: string): string => `${scene}#graph`

/** How far a generation has come: its newest snapshot. */
export const graphStateSk = (generation: string): string => `GRAPH#${generation}`
const advanceSchema = z.object({
  /** Key of the snapshot that the online rows have. */
  snapshot: z.string(),
  sha256: z.string(),
  /** Drops that had arrived by then are in it. */
  arrivedThroughMs: z.number().int(),
  /** Closed events through this time are in it; null before the first closing. */
  closedThroughMs: z.number().int().nullable(),
  entities: z.number().int().min(0),
  facts: z.number().int().min(0),
})
export type GraphAdvance = z.infer<typeof advanceSchema>
export const graphStateSchema = advanceSchema.extend({
  /** Counts changes: writers compare it. */
  n: z.number().int().min(0),
  /** Whose rows are being written. A call that finds one writes them again. */
  pending: advanceSchema.nullable(),
})
export type GraphState = z.infer<typeof graphStateSchema>

/** The row of an entity in one generation; its values are `entityRowSchema`. `entityPk` is in claim-keys.ts. */
export const entitySk = (generation: string): string => `ENTITY#${generation}`
