import { z } from 'zod'

/**
 * `items.qms`, `users.qms`, `documents.qms`: the vectors of one kind of entity in one generation of a
 * space. The layout is that of `model.qmm` (artifact.ts) with another magic and header. Sections, rows
 * in the order of the ids:
 *
 * - `ids` u8, `offsets` u32: id i is the UTF-8 bytes offsets[i] to offsets[i + 1]. Ids ascend by code units.
 * - `in` f32, `out` f32: n × dimensions. Documents have no `out`; users have one, the mean of
 *   their items', where new items are placed by it.
 * - `degree` f64: n. The weighted degree in the graph; 0 where an entity was placed by its content alone.
 * - `content` f32: n × contentDimensions, of items and documents with text. A row of zeros: no text.
 *
 * Items alone also have what others are placed with, each absent where the space has none:
 * `contentIn`, `contentOut` f32 contentDimensions × dimensions, `map` f32 dimensions × 2; `placeIn`, `placeOut`,
 * `placeUser` f32 (4 dimensions + 3) × dimensions: how a new item's `in` and `out` and a new user's `in` follow from
 * their first events; `network` f32, where a network places items instead.
 */
export const SPACE_MAGIC = 'QMSPACE\0'
export const SPACE_FORMAT_VERSION = 1

const SPACE_KINDS = ['items', 'users', 'documents'] as const
export type SpaceKind = (typeof SPACE_KINDS)[number]

const count = z.number().int().min(0)

export const spaceHeaderSchema = z.object({
  kind: z.enum(SPACE_KINDS),
  scene: z.string(),
  generation: z.string(),
  dimensions: count,
  contentDimensions: count,
  /** Content vectors are of a model outside (`vectorFrom`): no text can be compared with them. */
  hasGivenContent: z.boolean().optional(),
  count,
  /** α of the score in(user)·out(item) + α·log(1 + degree(item)). */
  popularityWeight: z.number(),
  /** Event time of the graph's edges, half open. */
  dataFromMs: z.number().int(),
  dataThroughMs: z.number().int(),
  /** The generation whose vectors these were rotated to; null for the first. */
  alignedTo: z.string().nullable(),
  hyperparameters: z.record(z.string(), z.number()),
  codeDigest: z.string(),
  configurationDigest: z.string(),
  /** SHA-256 of the graph's bytes. */
  graphDigest: z.string(),
  sections: z.array(
    z.object({ name: z.string(), type: z.enum(['u8', 'u32', 'f32', 'f64']), length: count }),
  ),
})
export type SpaceHeader = z.infer<typeof spaceHeaderSchema>

/** The vectors of one kind. Matrices are row-major, one row an id; ids ascend by code units. */
export interface VectorTable {
  ids: readonly string[]
  /** n × dimensions. */
  in: Float32Array
  /** n × dimensions; null for users and documents. */
  out: Float32Array | null
  degree: Float64Array
  /** n × contentDimensions; null where the kind has no text. */
  content: Float32Array | null
}
