import { placesOfLargest } from '../../math/largest.ts'
import type { Interactions, ItemSimilarity } from './interactions.ts'
import { type HeldOut, isBetter, type Judged, judgedUsers, judgeLists } from './judge.ts'
import { maskKnown } from './known.ts'
import type { Split } from './split.ts'

/**
 * Judges lists of items like an item: whether the list of a user's last known item has the next, held-out
 * one among the first k that the user does not know yet.
 */
export function judgeSimilarity(similarity: ItemSimilarity, heldOut: HeldOut, k = 10): Judged {
  const { known } = heldOut
  const scores = new Float64Array(known.items.length)
  return judgeLists(heldOut, judgedUsers(heldOut), (user) => {
    similarity.scoreFor(known.targets[known.offsets[user + 1]! - 1]!, scores)
    maskKnown(known, user, scores)
    return placesOfLargest(scores, k)
  })
}

/** A way to find items like an item. */
export interface SimilarityMethod {
  name: string
  learn(interactions: Interactions): ItemSimilarity
}
export interface SimilarityEntry {
  name: string
  /** On the last event but one, fitted without the last two. */
  validation: Judged
  /** On the last event, fitted without it. */
  test: Judged
}

/** Chooses what item lists are made from on each user's last event but one, and reports on the last. */
export function chooseSimilarity(
  methods: readonly SimilarityMethod[],
  split: Split,
  k = 10,
): { chosen: SimilarityEntry; entries: readonly SimilarityEntry[] } {
  const entries = methods.map(({ name, learn }): SimilarityEntry => {
    const chosenOn: HeldOut = { known: split.training, events: split.validation }
    const reportedOn: HeldOut = { known: split.history, events: split.test }
    const learned = learn(split.training)
    const validation = judgeSimilarity(learned, chosenOn, k)
    const reported = split.history === split.training ? learned : learn(split.history)
    return { name, validation, test: judgeSimilarity(reported, reportedOn, k) }
  })
  const chosen = entries.reduce((best, next) =>
    isBetter(next.validation, best.validation) ? next : best,
  )
  return { chosen, entries }
}
