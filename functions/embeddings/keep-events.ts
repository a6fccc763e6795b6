import { isWithheld } from './placement/new-item-trial.ts'
import type { Interactions } from './recommend/interactions.ts'

/** Some of the interactions. Users and items without any are left out; the others keep their order. */
function keepEvents(
  { users, items, offsets, targets, weights, timesMs }: Interactions,
  isKept: (user: number, event: number) => boolean,
): Interactions {
  const kept: number[] = []
  const ends = [0]
  const keptUsers: string[] = []
  for (const [user, id] of users.entries()) {
    const before = kept.length
    for (let e = offsets[user]!; e < offsets[user + 1]!; e++) if (isKept(user, e)) kept.push(e)
    if (kept.length === before) continue
    keptUsers.push(id)
    ends.push(kept.length)
  }
  const numbers = [...new Set(kept.map((e) => targets[e]!))].sort((a, b) => a - b)
  const numberOf = new Map(numbers.map((old, number) => [old, number]))
  return {
    users: keptUsers,
    items: numbers.map((old) => items[old]!),
    offsets: Uint32Array.from(ends),
    targets: Uint32Array.from(kept, (e) => numberOf.get(targets[e]!)!),
    weights: Float32Array.from(kept, (e) => weights[e]!),
    timesMs: Float64Array.from(kept, (e) => timesMs[e]!),
  }
}

/** Who and what a space was trained with. */
export interface TrainedIds {
  isUser(id: string): boolean
  isItem(id: string): boolean
}

/** The events from an instant on that a new user or a new item had. */
export function newcomerEvents(
  interactions: Interactions,
  fromMs: number,
  trained: TrainedIds,
): Interactions {
  const { users, items, targets, timesMs } = interactions
  const isNewUser = users.map((id) => !trained.isUser(id))
  const isNewItem = items.map((id) => !trained.isItem(id))
  return keepEvents(
    interactions,
    (user, e) => timesMs[e]! >= fromMs && (isNewUser[user]! || isNewItem[targets[e]!]!),
  )
}

/** The share of items that a space is trained without, so that it shows how well new items are placed. */
const WITHHELD_SHARE = 0.05
export const isWithheldItem = (id: string): boolean => isWithheld(id, WITHHELD_SHARE)

/** Interactions without some items, and those of these items. */
export function withholdItems(interactions: Interactions): {
  training: Interactions
  withheld: Interactions
} {
  const isOut = interactions.items.map(isWithheldItem)
  const part = (wanted: boolean): Interactions =>
    keepEvents(interactions, (_, e) => isOut[interactions.targets[e]!] === wanted)
  return { training: part(false), withheld: part(true) }
}
