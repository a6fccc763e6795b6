import { unitInterval } from '../../math/hash.ts'

export interface SplitOptions {
  /** Training has requests before this time, validation from it on. */
  validationFromMs: number
  /** People who are only validated on, by the hash of the user. */
  validationShare: number
  seed: number
}
export type Split = 'train' | 'validation'

/**
 * Where a request belongs: validation is later than training and of other people, so it measures what training could
 * not have seen. Null for the two other quarters: earlier of a person of validation, or later of one of training.
 */
export function splitOf(
  { user, timeMs }: { user: string; timeMs: number },
  { validationFromMs, validationShare, seed }: SplitOptions,
): Split | null {
  const isHeldBack = unitInterval(user, seed) < validationShare
  const isLater = timeMs >= validationFromMs
  if (isHeldBack !== isLater) return null
  return isLater ? 'validation' : 'train'
}
