import { z } from 'zod'
import { embeddingsSchema } from './embeddings.ts'

/** `generation.json`: what a generation of a space is and which objects it has. Written last. */

const count = z.number().int().min(0)
const timeMs = z.number().int()

/** What the vectors of a generation mean: equal ones can be compared, and continue each other. */
const spaceMeaningSchema = z.object({
  embeddings: embeddingsSchema.omit({ vectorStore: true, placeEveryHours: true }),
  objective: z.string(),
  formats: z.record(z.string(), count),
})
export type SpaceMeaning = z.infer<typeof spaceMeaningSchema>

const fileSchema = z.object({ key: z.string(), sha256: z.string(), bytes: count })

export const spaceManifestSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  meaning: spaceMeaningSchema,
  /** Event time of the graph's edges, half open. */
  dataFromMs: timeMs,
  dataThroughMs: timeMs,
  /** The closing that it was trained on. What was closed later is placed. */
  closedThroughMs: timeMs,
  /** The generation whose vectors these were rotated to; null for the first. */
  alignedTo: z.string().nullable(),
  popularityWeight: z.number(),
  /** The recommenders that the gate chose for lists. */
  chosen: z.object({ users: z.string(), items: z.string() }),
  counts: z.object({ users: count, items: count, documents: count, nodes: count, edges: count }),
  /** Objects that never change. `users.qms` is not among them: it may lose the rows of an erased user. */
  files: z.object({
    items: fileSchema,
    documents: fileSchema.nullable(),
    in: fileSchema,
    out: fileSchema,
  }),
})
export type SpaceManifest = z.infer<typeof spaceManifestSchema>
