import type { Interactions } from './interactions.ts'

/** Takes the items that the user has in `known` out of the ranking. */
export function maskKnown(known: Interactions, user: number, scores: Float64Array): void {
  for (let e = known.offsets[user]!; e < known.offsets[user + 1]!; e++)
    scores[known.targets[e]!] = Number.NEGATIVE_INFINITY
}
