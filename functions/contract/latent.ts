import { z } from 'zod'

/**
 * The latent space of a search index: words that occur with the same words are near each other. An object of the
 * models bucket in the layout of contract/artifact.ts. Sections: `terms` and `termOffsets` (UTF-8 texts), `rarity`
 * (f64, ln(documents / documents with the term)), `termVectors` (f32, terms × dimensions), `ids` and `offsets` (the
 * documents' ids), `vectors` (f32, documents × dimensions, each of length 1).
 */
export const LATENT_MAGIC = 'QMLATENT'
export const LATENT_FORMAT_VERSION = 1

const count = z.number().int().min(0)
export const latentHeaderSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  /** The snapshot whose documents it was fitted to. */
  snapshot: count,
  dimensions: count,
  terms: count,
  documents: count,
  sections: z.array(
    z.object({ name: z.string(), type: z.enum(['u8', 'u32', 'f32', 'f64']), length: count }),
  ),
})
export type LatentHeader = z.infer<typeof latentHeaderSchema>

/** The row beside a generation's pointer that names its newest latent space. */
export const latentSk = (generation: string): string => `LATENT#${generation}`
export const latentRowSchema = z.object({ key: z.string(), sha256: z.string(), snapshot: count })
