import type { Interactions } from './interactions.ts'

/** No item. */
export const NONE = 0xffffffff
/** Different items that a user needs to be judged: one to recommend from, one to choose on, one to judge on. */
const MIN_ITEMS = 3

/** Users and items keep their numbers in each part. */
export interface Split {
  /** Without each judged user's last two new items: what settings are chosen with. */
  training: Interactions
  /** Without the last alone: what is judged. */
  history: Interactions
  /** users: the item that is held out; NONE: the user is not judged. */
  validation: Uint32Array
  test: Uint32Array
}

/** Users that lists are judged by. */
export const countJudged = ({ test }: Pick<Split, 'test'>): number =>
  test.reduce((count, item) => count + Number(item !== NONE), 0)

/** The first `kept[u]` interactions of each user. */
function keepFirst(interactions: Interactions, kept: Uint32Array): Interactions {
  const { users, items, offsets } = interactions
  const shorter = new Uint32Array(users.length + 1)
  for (const [user, count] of kept.entries()) shorter[user + 1] = shorter[user]! + count
  const total = shorter[users.length]!
  const targets = new Uint32Array(total)
  const weights = new Float32Array(total)
  const timesMs = new Float64Array(total)
  for (const [user, count] of kept.entries()) {
    const from = offsets[user]!
    const [to, into] = [from + count, shorter[user]!]
    targets.set(interactions.targets.subarray(from, to), into)
    weights.set(interactions.weights.subarray(from, to), into)
    timesMs.set(interactions.timesMs.subarray(from, to), into)
  }
  return { users, items, offsets: shorter, targets, weights, timesMs }
}

/**
 * Leaves the last new item of each user out (test) and the last but one (validation). New: the user's first
 * event with this item. What follows the held-out event are repeats of known items; they are left out, too,
 * since they happened later. Equal times are in the order of the log: the interactions have that order. A user
 * with fewer than three different items keeps everything and is not judged.
 *
 * On MovieLens 100k all ratings are events and ties are in file order: 943 users. Other users' later events
 * stay in the training, as in every leave-last-out judgement.
 */
export function splitLastOut(interactions: Interactions): Split {
  const { users, items, offsets, targets } = interactions
  const validation = new Uint32Array(users.length).fill(NONE)
  const test = new Uint32Array(users.length).fill(NONE)
  const kept = [new Uint32Array(users.length), new Uint32Array(users.length)] as const
  const lastUser = new Uint32Array(items.length).fill(NONE)
  for (let user = 0; user < users.length; user++) {
    const [from, to] = [offsets[user]!, offsets[user + 1]!]
    let [before, last, different] = [to, to, 0]
    for (let e = from; e < to; e++) {
      if (lastUser[targets[e]!] === user) continue
      lastUser[targets[e]!] = user
      before = last
      last = e
      different++
    }
    const isJudged = different >= MIN_ITEMS
    kept[0][user] = (isJudged ? before : to) - from
    kept[1][user] = (isJudged ? last : to) - from
    if (!isJudged) continue
    validation[user] = targets[before]!
    test[user] = targets[last]!
  }
  return {
    training: keepFirst(interactions, kept[0]),
    history: keepFirst(interactions, kept[1]),
    validation,
    test,
  }
}
