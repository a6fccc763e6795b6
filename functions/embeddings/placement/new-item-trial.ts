import type { VectorTable } from '../../contract/space.ts'
import { auc } from '../../math/auc.ts'
import { unitInterval } from '../../math/hash.ts'
import { transpose } from '../recommend/histories.ts'
import type { Interactions } from '../recommend/interactions.ts'
import { rowsById } from './neighbours.ts'

const WITHHOLD_SEED = 0x171e

/** Whether an item is left out of the training that placement is judged on. It hangs on the item's id alone. */
export const isWithheld = (item: string, share: number): boolean =>
  unitInterval(item, WITHHOLD_SEED) < share

/** Items that a space was trained without, as if they were new. */
export interface NewItemTrial {
  /** Each item's first events: what it is placed with. */
  known: Interactions
  /** By user, in the order of `known.users`: numbers of the items of the later events. */
  later: readonly (readonly number[])[]
}

/**
 * Cuts the events of new items: the first `events` users of each are known, later users are to be found. Equal times
 * are in the order of the users' ids. Users and items keep their numbers.
 */
export function splitNewItems(interactions: Interactions, events: number): NewItemTrial {
  const { users, items, offsets, targets, timesMs, weights } = interactions
  const turned = transpose(offsets, targets, items.length)
  const isKnown = new Uint8Array(targets.length)
  const later: number[][] = users.map(() => [])
  for (let item = 0; item < items.length; item++) {
    const places = [...turned.places.subarray(turned.offsets[item]!, turned.offsets[item + 1]!)]
    const userOf = new Map(
      places.map((place, n) => [place, turned.rows[turned.offsets[item]! + n]!]),
    )
    const first = new Set<number>()
    // Places ascend by user and time, and sorting is stable.
    for (const place of places.sort((a, b) => timesMs[a]! - timesMs[b]!)) {
      const user = userOf.get(place)!
      if (first.size < events) first.add(user)
      if (first.has(user)) isKnown[place] = 1
      else if (!later[user]!.includes(item)) later[user]!.push(item)
    }
  }
  const shorter = new Uint32Array(users.length + 1)
  for (let user = 0; user < users.length; user++) {
    const own = isKnown.subarray(offsets[user]!, offsets[user + 1]!)
    shorter[user + 1] = shorter[user]! + own.reduce((sum, one) => sum + one, 0)
  }
  const keep = (_: number, place: number): boolean => isKnown[place] === 1
  const known = {
    ...{ users, items, offsets: shorter, targets: targets.filter(keep) },
    ...{ weights: weights.filter(keep), timesMs: timesMs.filter(keep) },
  }
  return { known, later }
}

/** Users that are judged at most. */
const MAX_USERS = 2000

/**
 * How well placed items are found among each other: by user, the probability that an item of a later event scores
 * above an item without one, in(user)·out(item). Known items of the user do not count, an item that was not placed
 * scores 0. Users without a vector, or without both kinds of items, are left out. By user id, for paired comparison.
 */
export function judgeNewItems(
  { known, later }: NewItemTrial,
  users: VectorTable,
  placed: VectorTable,
  dimensions: number,
): Map<string, number> {
  const [userRows, itemRows] = [rowsById(users.ids), rowsById(placed.ids)]
  const judged = known.users
    .flatMap((id, user) => (later[user]!.length > 0 && userRows.has(id) ? [{ id, user }] : []))
    .sort((a, b) => unitInterval(a.id, WITHHOLD_SEED) - unitInterval(b.id, WITHHOLD_SEED))
    .slice(0, MAX_USERS)
  const found = new Map<string, number>()
  for (const { id, user } of judged) {
    const seen = new Set(known.targets.subarray(known.offsets[user]!, known.offsets[user + 1]!))
    const positives = new Set(later[user])
    const from = userRows.get(id)! * dimensions
    const [scores, labels]: [number[], number[]] = [[], []]
    for (const [item, itemId] of known.items.entries()) {
      if (seen.has(item)) continue
      const row = itemRows.get(itemId)
      let score = 0
      if (row !== undefined)
        for (let i = 0; i < dimensions; i++)
          score += users.in[from + i]! * placed.out![row * dimensions + i]!
      scores.push(score)
      labels.push(positives.has(item) ? 1 : 0)
    }
    const area = auc(scores, labels)
    if (area !== null) found.set(id, area)
  }
  return found
}
