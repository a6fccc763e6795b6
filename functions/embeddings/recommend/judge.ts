import { unitInterval } from '../../math/hash.ts'
import { placesOfLargest } from '../../math/largest.ts'
import type { Interactions, Recommender } from './interactions.ts'
import { maskKnown } from './known.ts'
import { NONE } from './split.ts'

/** Held-out users that are judged at most. The standard error of a hit rate of .1 is then .004. */
const MAX_JUDGED = 5000

/** Held-out events and what was known before them. */
export interface HeldOut {
  /** What the recommender was fitted with. Its items are not recommended to the same user again. */
  known: Interactions
  /** users: the item to find; NONE: the user is not judged. */
  events: Uint32Array
}

export interface Judged {
  /** The share of users whose held-out item is among the first k (HR@k). NaN without users. */
  hitRate: number
  /** The mean of 1 / log2(1 + its place from 1), 0 beyond k (NDCG@k with one relevant item). */
  ndcg: number
  /** The share of items with events that are among the first k of some judged user. */
  coverage: number
  /** The judged users, ascending, and whether each was a hit: 1 or 0. */
  users: Uint32Array
  hits: Float64Array
}

/** The better hit rate; if equal, the better NDCG. Without users nothing is better. */
export const isBetter = (a: Judged, b: Judged): boolean =>
  a.hitRate > b.hitRate || (a.hitRate === b.hitRate && a.ndcg > b.ndcg)

/** Users with a held-out item: all, or a sample by the hash of their ids. */
export function judgedUsers({ known, events }: HeldOut, most = MAX_JUDGED): Uint32Array {
  const users: number[] = []
  for (const [user, item] of events.entries()) if (item !== NONE) users.push(user)
  if (users.length <= most) return Uint32Array.from(users)
  const chances = Float64Array.from(users, (user) => unitInterval(known.users[user]!, 16))
  return Uint32Array.from(placesOfLargest(chances, most), (place) => users[place]!).sort()
}

/** Means of hits and gains by user, where `first` writes the user's first k items, the best first. */
export function judgeLists(
  heldOut: HeldOut,
  users: Uint32Array,
  first: (user: number) => Uint32Array,
): Judged {
  const hits = new Float64Array(users.length)
  const isListed = new Uint8Array(heldOut.known.items.length)
  let gains = 0
  for (const [i, user] of users.entries()) {
    const list = first(user)
    for (const item of list) isListed[item] = 1
    const place = list.indexOf(heldOut.events[user]!)
    if (place < 0) continue
    hits[i] = 1
    gains += 1 / Math.log2(place + 2)
  }
  const hasEvents = new Uint8Array(isListed.length)
  for (const item of heldOut.known.targets) hasEvents[item] = 1
  const count = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0)
  return {
    hitRate: count(Uint8Array.from(hits)) / users.length,
    ndcg: gains / users.length,
    coverage: count(isListed) / Math.max(1, count(hasEvents)),
    ...{ users, hits },
  }
}

/**
 * Ranks all items that a user does not know yet (full ranking, no sampled negatives: Krichene & Rendle 2020).
 * Equal scores: the item of the lower number. A score that is NaN ranks nowhere, so that it cannot count as
 * a hit.
 */
export function judge(recommender: Recommender, heldOut: HeldOut, k = 10): Judged {
  const scores = new Float64Array(heldOut.known.items.length)
  return judgeLists(heldOut, judgedUsers(heldOut), (user) => {
    recommender.scoreFor(user, scores)
    maskKnown(heldOut.known, user, scores)
    return placesOfLargest(scores, k)
  })
}
