import { z } from 'zod'

const count = z.number().int().min(0)

/** What people asked for, and what the index answers: a report. Only queries of several people are named. */
export const searchQueriesSchema = z.object({
  scene: z.string(),
  fromMs: z.number().int(),
  throughMs: z.number().int(),
  /** Requests with a query, and their different texts, rare ones included. */
  requests: count,
  distinct: count,
  /** Requests of queries that are too rare to be named. */
  rare: count,
  /** The most frequent ones first. */
  queries: z.array(
    z.object({
      query: z.string(),
      requests: count,
      users: count,
      /** Outcomes of the objective. */
      clicks: count,
      /** The mean position of what was clicked; null where none has one. */
      position: z.number().nullable(),
      /** What the index finds now. */
      found: count,
    }),
  ),
  /** Clicks and impressions by position, of all queries. */
  positions: z.array(z.object({ position: count, shown: count, clicks: count })),
  /** Words of queries that no document has, by requests. */
  unknown: z.array(z.object({ term: z.string(), requests: count })),
  /** Pairs of queries without a common word whose clicks fall on the same documents. */
  synonyms: z.array(z.object({ a: z.string(), b: z.string(), cosine: z.number() })),
})
export type SearchQueries = z.infer<typeof searchQueriesSchema>
