/** What a caller asks beside the words. */
export interface SearchOptions {
  /** Hits to return, 1 to 1,000. Defaults to 10. */
  limit?: number
  /** Hits to leave out first. With `limit` at most 10,000. */
  offset?: number
  /** `and`: a hit has every word of the query. Defaults to `or`. */
  operator?: 'or' | 'and'
  /** By attribute: a hit has one of these values in each. */
  filters?: Readonly<Record<string, readonly string[]>>
  /** By attribute: a hit's number is within, both ends included. */
  ranges?: Readonly<Record<string, { from?: number; through?: number }>>
  /** Attributes whose values are counted over all matches. */
  facets?: readonly string[]
  /** `score`: the definition's business score, the greatest first. Defaults to `relevance`. */
  sort?: 'relevance' | 'score'
  /** Return each hit's document, and the passages of its fields that match. */
  documents?: boolean
  highlight?: boolean
  /** Return how the score of each hit is made up. */
  explain?: boolean
}

/** Where searches read an index: whole in memory, or in pages of objects in S3 or of rows in DynamoDB. */
export const SEARCH_READS = ['memory', 's3', 'dynamodb'] as const
export type SearchRead = (typeof SEARCH_READS)[number]
