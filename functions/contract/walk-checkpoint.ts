import { z } from 'zod'

/**
 * A checkpoint of a training by random walks. The layout is that of `model.qmm` (artifact.ts) with another magic
 * and header. Sections: `in`, `out` f32: nodes × dimensions, row-major.
 */
export const WALK_CHECKPOINT_MAGIC = 'QMWALKS\0'
export const WALK_CHECKPOINT_FORMAT_VERSION = 1

const count = z.number().int().min(0)

export const walkCheckpointHeaderSchema = z.object({
  /** The digest of graph and definition: only the same training can be continued. */
  training: z.string(),
  stepsDone: count,
  sections: z.array(
    z.object({ name: z.string(), type: z.enum(['u8', 'u32', 'f32', 'f64']), length: count }),
  ),
})
export type WalkCheckpointHeader = z.infer<typeof walkCheckpointHeaderSchema>
