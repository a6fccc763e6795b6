import type { EventRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import { floorHour } from '../contract/time.ts'
import { sha256Hex } from '../core/digest.ts'
import type { ListedCounts } from '../features/as-of-counts.ts'
import type { ListedCatalogue } from '../features/catalogue.ts'
import { unitInterval } from '../math/hash.ts'

export type NegativeSampling = NonNullable<Scene['sampling']['negatives']>

/** Draws for one place before it stays empty: of ten items nine may be the user's own. */
const MAX_DRAWS = 50

/** The id of the nth negative that is drawn for a positive: a hash, as the ids of events are. */
export const negativeId = (positive: string, n: number): string =>
  sha256Hex(`${positive}\nnegative ${n}`).slice(0, 32)

/** Items that were available at an hour, and the sums of their weights up to each. */
interface Candidates {
  items: readonly string[]
  sums: Float64Array
}

/**
 * Items that were counted or in the catalogue before an hour, weighted by their popularity
 * (Mikolov et al. 2013, "Distributed Representations of Words and Phrases", section 2.2, for the
 * exponent). Candidates are made once an hour and remembered. Memory: 8 bytes an item and hour.
 */
export function openCandidates(
  counts: ListedCounts,
  catalogue: ListedCatalogue,
  event: string,
  { smoothing, windowHours }: NegativeSampling,
): (timeMs: number) => Candidates {
  const known = catalogue.ids()
  const all = [...new Set([...counts.idsOf('item', event), ...known])].sort()
  const isKnown = new Set(known)
  const byHour = new Map<number, Candidates>()
  return (timeMs) => {
    const hourMs = floorHour(timeMs)
    let found = byHour.get(hourMs)
    if (found) return found
    const items: string[] = []
    const sums: number[] = []
    let sum = 0
    for (const item of all) {
      const count = counts.count('item', item, event, hourMs, windowHours)
      const isAvailable =
        count > 0 || (isKnown.has(item) && catalogue.attributesOf(item, hourMs) !== null)
      if (!isAvailable) continue
      sum += (count + 1) ** smoothing
      items.push(item)
      sums.push(sum)
    }
    found = { items, sums: Float64Array.from(sums) }
    byHour.set(hourMs, found)
    return found
  }
}

/**
 * How many times as often an item is drawn as if all were drawn alike. An item that was not
 * available has a count of 0.
 */
function rateOf({ items, sums }: Candidates, item: string): number {
  const total = sums.at(-1)
  if (total === undefined) return 1
  const place = firstPlace(items.length, (n) => items[n]! >= item)
  const weight = items[place] === item ? sums[place]! - (sums[place - 1] ?? 0) : 1
  return (weight * items.length) / total
}

/** The first of `length` places that is reached, or the last place; those after it are reached too. */
function firstPlace(length: number, isReached: (place: number) => boolean): number {
  let low = 0
  let high = length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (isReached(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Items that each user had the outcome of, with the times. */
function indexOwn(
  rows: readonly EventRow[],
): ReadonlyMap<string, { item: string; timeMs: number }[]> {
  const byUser = new Map<string, { item: string; timeMs: number }[]>()
  for (const { user, item, timeMs } of rows) {
    const own = byUser.get(user)
    if (own) own.push({ item, timeMs })
    else byUser.set(user, [{ item, timeMs }])
  }
  return byUser
}

/** An item of a sample, and how much more often than by chance alone it is drawn as a negative. */
interface DrawnItem {
  item: string
  rate: number
}
export interface Draw {
  positive: DrawnItem
  negatives: DrawnItem[]
}

/**
 * Negatives for a positive: items that were available before it, by popularity, never one that the
 * user had the outcome of within `windowMs` of it, none twice. `positives` are all that is known of
 * these users. The same positive gets the same negatives in every run, by hash of its id; fewer
 * where fewer items are left. Each says how often it is drawn, so that what is learned is what
 * items drawn alike would teach: without that a model learns that the popular are not chosen.
 */
export function openNegatives(
  candidatesAt: (timeMs: number) => Candidates,
  positives: readonly EventRow[],
  windowMs: number,
  { perPositive }: NegativeSampling,
  seed: number,
): (positive: EventRow) => Draw {
  const own = indexOwn(positives)
  return ({ event, user, item, timeMs }) => {
    const candidates = candidatesAt(timeMs)
    const { items, sums } = candidates
    const drawnItem = (name: string): DrawnItem => ({ item: name, rate: rateOf(candidates, name) })
    const taken = new Set([item])
    for (const one of own.get(user) ?? [])
      if (Math.abs(one.timeMs - timeMs) <= windowMs) taken.add(one.item)
    const drawn: DrawnItem[] = []
    const total = sums.at(-1) ?? 0
    for (let n = 0; n < perPositive * MAX_DRAWS && total > 0; n++) {
      const target = total * unitInterval(`${event}\n${n}`, seed)
      const candidate = items[firstPlace(sums.length, (place) => sums[place]! > target)]!
      if (taken.has(candidate)) continue
      taken.add(candidate)
      drawn.push(drawnItem(candidate))
      if (drawn.length === perPositive) break
    }
    return { positive: drawnItem(item), negatives: drawn }
  }
}
