import { z } from 'zod'

/** What the search function is asked: the body of a POST to its URL, or the event of a direct invocation. */
const attribute = z.string().max(128)
const attributes = z.array(attribute).max(32)

export const searchRequestSchema = z.strictObject({
  scene: z.string(),
  query: z.string(),
  /** As `SearchOptions`, which has their meaning. The index checks names and limits. */
  limit: z.number().optional(),
  offset: z.number().optional(),
  operator: z.enum(['or', 'and']).optional(),
  filters: z.record(attribute, z.array(z.string()).max(1000)).optional(),
  ranges: z
    .record(
      attribute,
      z.strictObject({ from: z.number().optional(), through: z.number().optional() }),
    )
    .optional(),
  facets: attributes.optional(),
  sort: z.enum(['relevance', 'score']).optional(),
  documents: z.boolean().optional(),
  highlight: z.boolean().optional(),
  explain: z.boolean().optional(),
  /** Return completions of the last word instead of hits. */
  complete: z.boolean().optional(),
  /** Return `limit` passages instead of hits, found by words, vectors and the graph. */
  retrieve: z.boolean().optional(),
})
export type SearchRequest = z.infer<typeof searchRequestSchema>

/** The part of a function URL's event that is read (payload format 2.0). */
export const urlEventSchema = z.object({
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  queryStringParameters: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
})
export type UrlEvent = z.infer<typeof urlEventSchema>
