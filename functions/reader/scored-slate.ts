/** What a service asks and is answered: types alone, so that the packed ones need no library. */

/** What is to be scored, in the words of the impressions that will be logged of it. */
export interface Slate {
  /** The raw identifier, as the app's events have it. */
  user: string
  /** When it is to be shown: epoch milliseconds, UTC. */
  timeMs: number
  /** A scalar, or a list of strings for many-valued attributes. */
  context?: Record<string, string | number | boolean | string[]> | undefined
  /** `position` from 1, where it is known before the ranking. */
  items: { item: string; position?: number | undefined }[]
}

/** Probabilities of the scene's objective, in the order of the slate's items. */
export interface Scored {
  scores: number[]
  /** The version that made them: log it as the `release` of the impressions. */
  release: string
  sequence: number
}
