/**
 * What users did with items, in compressed sparse rows by user: user u's items are `items` from offsets[u] to
 * offsets[u + 1], in the order of their times; equal times are in the order of the log. An item may repeat.
 * Users and items are numbered in the order of their ids by code units.
 */
export interface Interactions {
  users: readonly string[]
  items: readonly string[]
  /** users + 1. */
  offsets: Uint32Array
  /** The item's number of each interaction. */
  targets: Uint32Array
  /** The outcome's weight, decayed to the end of the data. */
  weights: Float32Array
  timesMs: Float64Array
}

/** Ranks items for users. */
export interface Recommender {
  name: string
  /** Writes the score of each item for this user into `scores` (items long); greater is better. */
  scoreFor(user: number, scores: Float64Array): void
}
