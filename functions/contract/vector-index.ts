import { z } from 'zod'

/**
 * `in.qmv`, `out.qmv`: vectors by id, in cells, for search by cosine or inner product. The layout is that of
 * `model.qmm` (artifact.ts) with another magic and header; functions/embeddings/vector-index/LAYOUT.md says
 * how a search reads it. Sections, n vectors in c cells:
 *
 * - `ids` u8, `offsets` u32: n + 1. Id i is the UTF-8 bytes offsets[i] to offsets[i + 1]. Ids ascend by code
 *   units. A number in this order is the id's place.
 * - `starts` u32: c + 1. Cell j has the rows starts[j] to starts[j + 1]. Rows after the last cell are
 *   in none: vectors of zeros, which have no cosine.
 * - `places` u32: n. The place of each row's id; ascending within a cell.
 * - `centroids` f32: c × dimensions, or c × (dimensions + 2) for inner products. Of length 1.
 * - `vectors` f32: n × dimensions, by row. For cosine they have length 1.
 * - `bias` f64: n, by row. Inner products alone: it is added to the product.
 */
export const VECTOR_INDEX_MAGIC = 'QMVECTR\0'
export const VECTOR_INDEX_FORMAT_VERSION = 1

export const VECTOR_METRICS = ['cosine', 'inner-product'] as const
export type VectorMetric = (typeof VECTOR_METRICS)[number]

/** `in` finds items like an item, `out` finds items for a user. */
export type VectorSide = 'in' | 'out'

const count = z.number().int().min(0)

const originSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  codeDigest: z.string(),
  configurationDigest: z.string(),
})
/** What an index was made of, and by. */
export type VectorIndexOrigin = z.infer<typeof originSchema>

export const vectorIndexHeaderSchema = z.object({
  ...originSchema.shape,
  metric: z.enum(VECTOR_METRICS),
  dimensions: z.number().int().min(1),
  count,
  /** 0: empty. 1: every search is exact. */
  cells: count,
  /**
   * How many cells a search visits to find its best `depth` ids, the nearest cells first; `depth` ascends.
   * Chosen so that `minRecall` of them are found, over `queries` sampled queries.
   */
  visits: z.array(z.object({ depth: count.min(1), cells: count, recall: z.number() })).min(1),
  minRecall: z.number(),
  queries: count,
  /** Inner products: the length of the longest [vector, bias]. Cosine: 1. */
  radius: z.number(),
  seed: z.number().int(),
  sections: z.array(
    z.object({ name: z.string(), type: z.enum(['u8', 'u32', 'f32', 'f64']), length: count }),
  ),
})
export type VectorIndexHeader = z.infer<typeof vectorIndexHeaderSchema>
