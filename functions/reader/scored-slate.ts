import { QuartermasterError } from '../core/errors.ts'

/** A service's request and answer. The package exports them: their declarations need no schema library. */

/** No release is served: there is none yet, it was withdrawn, or it could not be loaded (reported). */
export class NothingServed extends QuartermasterError {}

/** The items to score, with the same fields as the impressions that will be logged of them. */
export interface Slate {
  /** The raw identifier, as in the app's events. */
  user: string
  /** When the slate will be shown: epoch milliseconds, UTC. */
  timeMs: number
  /** As in the impressions that will be logged. Only the log of served cells uses it. */
  requestId?: string | undefined
  /** Each value is a scalar, or a list of strings for an attribute with many values. */
  context?: Record<string, string | number | boolean | string[]> | undefined
  /** `position` counts from 1; absent where it is not known before the ranking. */
  items: { item: string; position?: number | undefined }[]
}

/** Probabilities of the scene's objective, in the order of the slate's items. */
export interface Scored {
  scores: number[]
  /** The version that made the scores. Log it as the `release` of the impressions. */
  release: string
  sequence: number
}

/** Hands out the cells that some users were served, so that they are compared with those of samples. */
export interface CellLog {
  /** Users whose `unitInterval(pseudonym, seed)` is below this share. */
  share: number
  seed: number
  /**
   * Called with one JSON line for each item of their slates, without the line's end. Drop the lines
   * under `raw/<scene>/served/`. A fault is reported, and the slate is answered all the same.
   */
  put: (line: string) => void | Promise<void>
}
