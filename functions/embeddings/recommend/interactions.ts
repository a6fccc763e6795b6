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
  /**
   * Writes the score of each item for this user into `scores` (items long); greater is better. −∞: the
   * recommender knows nothing that joins the two.
   */
  scoreFor(user: number, scores: Float64Array): void
  /** The same for some items alone, where that is cheaper: the score of items[i] into scores[i]. */
  scoreItems?(user: number, items: Uint32Array, scores: Float64Array): void
}

/** Ranks items for an item: those most like it. */
export interface ItemSimilarity {
  name: string
  /** Writes how like `item` each item is into `scores` (items long). −∞: the item itself, or nothing is known. */
  scoreFor(item: number, scores: Float64Array): void
  /** The same for some items alone, where that is cheaper. */
  scoreItems?(item: number, items: Uint32Array, scores: Float64Array): void
}

/** Numbers that a recommender is fitted with, by name. */
export type Settings = Readonly<Record<string, number>>

/** A way to recommend, and the settings that it is tried with. */
export interface Method {
  name: string
  /** The best is chosen on held-out events. */
  grid: readonly Settings[]
  /** What the settings share is done once. A recommender is valid until the next one is made. */
  prepare(interactions: Interactions): (settings: Settings) => Recommender
}
